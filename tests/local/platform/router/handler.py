"""A router that shows what it was told: it invokes one model as the real one does, and answers with what it saw."""

import json
import os
from pathlib import Path
from typing import Any

import boto3

CLIENT = boto3.client("lambda")


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    if "warmup" in event:
        invoke({"ping": {}})
        return {"warm": {"qa": {"sandboxes": 1, "cold": 1, "failed": 0}}}
    if event["rawPath"] == "/healthz":
        return {"statusCode": 200, "body": '{"status": "ok"}'}
    names = ("AUTH", "API_KEYS", "MODEL_FUNCTION", "MAX_CONCURRENCY", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
    facts = {
        "pid": os.getpid(),
        "route": event["routeKey"],
        "environ": {name: os.environ.get(name) for name in names},
        "served": json.loads(Path(os.environ["CATALOG"]).read_text(encoding="utf-8")),
        "model": invoke(json.loads(event.get("body", "{}"))),
    }
    return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": json.dumps(facts)}


def invoke(payload: dict[str, Any]) -> Any:
    name = os.environ["MODEL_FUNCTION"].replace("{id}", "qa")
    response = CLIENT.invoke(FunctionName=name, Payload=json.dumps(payload).encode())
    return json.loads(response["Payload"].read())
