"""What a rehearsal may break: the inputs of one resource changed, or the resource left out."""

import json

from tests.rehearsal.resource import Inputs


def nothing(type_: str, name: str, inputs: Inputs) -> Inputs:
    return inputs


def permission(type_: str, name: str, inputs: Inputs) -> Inputs:
    """The router's policy without the statement that lets it invoke."""
    if (type_, name) != ("aws:iam/rolePolicy:RolePolicy", "router"):
        return inputs
    document = json.loads(inputs["policy"])
    document["Statement"] = [s for s in document["Statement"] if s["Action"] != "lambda:InvokeFunction"]
    return {**inputs, "policy": json.dumps(document)}


def variable(type_: str, name: str, inputs: Inputs) -> Inputs:
    """The router without the variable that tells it where the models are."""
    if (type_, name) != ("aws:lambda/function:Function", "router"):
        return inputs
    variables = {k: v for k, v in inputs["environment"]["variables"].items() if k != "MODEL_FUNCTION"}
    return {**inputs, "environment": {"variables": variables}}


def integration(type_: str, name: str, inputs: Inputs) -> Inputs | None:
    """The API without its way to the router."""
    return None if type_ == "aws:apigatewayv2/integration:Integration" else inputs


WITHOUT = {f.__name__: f for f in (nothing, permission, variable, integration)}
