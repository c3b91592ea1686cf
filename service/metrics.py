"""Counts for Prometheus: nothing of a firm, a project or a query is in them."""

from __future__ import annotations

import os

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
)

REQUESTS = Counter("matcher_requests_total", "Requests answered.", ["method", "route", "status"])
SECONDS = Histogram(
    "matcher_request_seconds",
    "Time to answer.",
    ["method", "route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
FIRMS = Gauge("matcher_index_firms", "Firms in this process's index.", multiprocess_mode="max")
WAITING = Gauge("matcher_index_waiting", "Firms found by words only, until embedded.", multiprocess_mode="max")
CHANGE = Gauge("matcher_index_change", "Change number that this process serves.", multiprocess_mode="min")


def exposition() -> tuple[bytes, str]:
    """All counts in Prometheus' text form, with its media type; over all processes where there are several."""
    registry = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry), CONTENT_TYPE_LATEST
