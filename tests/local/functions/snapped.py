"""A function with hooks before and after its snapshot. What happened when is in its answer."""

import os
from typing import Any

import snapshot_restore_py

HAPPENED = ["loaded"]


def note(what: str) -> None:
    HAPPENED.append(what)
    if os.environ.get("FAILS") == what:
        raise LookupError(what)


snapshot_restore_py.register_before_snapshot(note, "before 1")
snapshot_restore_py.register_before_snapshot(note, "before 2")
snapshot_restore_py.register_after_restore(note, "after 1")
snapshot_restore_py.register_after_restore(note, "after 2")


def handler(event: Any, context: Any) -> dict[str, Any]:
    HAPPENED.append("event")
    return {"happened": HAPPENED, "pid": os.getpid(), "environ": dict(os.environ)}


def credentials(event: Any, context: Any) -> dict[str, Any]:
    import botocore.session

    found: Any = botocore.session.get_session().get_credentials()
    return {"method": found.method, "key": found.access_key}
