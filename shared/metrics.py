"""One line of JSON per invocation, in CloudWatch's embedded metric format. Numbers and names, never a request's text.

Format: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import json
import os
import sys
import time
from collections.abc import Mapping
from typing import TextIO

from shared.deployment import DEFAULT_METRICS_NAMESPACE, METRICS_NAMESPACE

NAMESPACE = os.environ.get(METRICS_NAMESPACE, DEFAULT_METRICS_NAMESPACE)


def emit(
    dimensions: Mapping[str, str],
    metrics: Mapping[str, float],
    facts: Mapping[str, str | int | float | bool | None],
    stream: TextIO | None = None,
) -> None:
    """Write one line: `metrics` by `dimensions` become CloudWatch metrics, `facts` stay searchable in the log.

    A line without metrics is only searchable. A metric whose name ends in `_ms` is in milliseconds, any other a count.
    """
    definitions = [{"Name": n, "Unit": "Milliseconds" if n.endswith("_ms") else "Count"} for n in metrics]
    directive = {"Namespace": NAMESPACE, "Dimensions": [list(dimensions)], "Metrics": definitions}
    head = {"_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [directive]}} if metrics else {}
    stream = stream or sys.stdout
    # In one piece: print writes the line's end by itself, and the runtime client flushes each write.
    stream.write(json.dumps({**head, **dimensions, **metrics, **facts}) + "\n")
    stream.flush()
