"""Makes JSON schemas usable for generated clients: no field that is one text or a list, no defaults. Knows no route."""

import json
from typing import Any

Json = dict[str, Any]
# Keywords whose value maps names to schemas, and those whose value is no schema.
NAMES, VALUES = ("properties", "$defs"), ("examples", "const", "enum")


def half(schema: Any, is_many: bool) -> Any:
    """Return a schema in which each value that is one or a list of such is the list if `is_many`, else the one."""
    if isinstance(schema, list):
        return [half(one, is_many) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if _is_one_or_many(schema):
        around = {key: value for key, value in schema.items() if key != "oneOf"}
        return {**around, **schema["oneOf"][is_many]}
    return {key: half(value, is_many) for key, value in schema.items()}


def one_or_many(schema: Json) -> list[str]:
    """Return the names of the fields that are one text or a list of them."""
    return [name for name, value in schema["properties"].items() if half(value, True) != value]


def _is_one_or_many(schema: Json) -> bool:
    branches = schema.get("oneOf", ())
    return len(branches) == 2 and branches[1].get("type") == "array" and branches[0].get("type") != "array"


def without_defaults(schema: Any) -> Any:
    """Return a schema that says each default in words; generators of clients take a field with one for required."""
    if isinstance(schema, list):
        return [without_defaults(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: without_defaults(value) for key, value in schema.items() if key not in ("default", *NAMES, *VALUES)}
    made |= {key: schema[key] for key in VALUES if key in schema}
    # A field may have the name of a keyword, such as "default".
    made |= {key: {name: without_defaults(one) for name, one in schema[key].items()} for key in NAMES if key in schema}
    if schema.get("default") is not None and "const" not in schema:
        said = f"Default: {json.dumps(schema['default'])}."
        made["description"] = f"{schema['description']} {said}" if "description" in schema else said
    return made
