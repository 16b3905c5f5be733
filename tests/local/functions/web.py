"""A function behind an HTTP API: it does what the request's JSON body, or its path, says."""

import json
import os
import time
from typing import Any


def handler(event: dict[str, Any], context: Any) -> Any:
    if event["rawPath"] == "/event":
        return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": json.dumps(event)}
    if event["rawPath"] == "/size":
        return {"statusCode": 200, "body": str(len(event["body"]))}
    if event["rawPath"] == "/large":
        return {"statusCode": 200, "body": "x" * 7_000_000}
    order = json.loads(event["body"])
    time.sleep(order.get("sleep_s", 0))
    while "until" in order and not os.path.exists(order["until"]):
        time.sleep(0.01)
    if "exit" in order:
        os._exit(order["exit"])
    if "raise" in order:
        raise RuntimeError(order["raise"])
    return order["return"].encode() if order.get("verbatim") else order["return"]
