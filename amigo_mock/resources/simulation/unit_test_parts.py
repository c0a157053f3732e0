"""Parts of simulation unit tests: what they name must be there, and of the right type."""

from __future__ import annotations

from typing import Any

from amigo_mock.operations import handlers
from amigo_mock.operations.call import Call


def check(call: Call[Any, Any], changes: dict[str, Any], whole: dict[str, Any]) -> None:
    """Answer 404 for what is new and not there, 400 for a criterion of another type."""
    if not changes.keys().isdisjoint(("service_id", "service_version_set_name")):
        service = handlers.referred(call, "services", whole["service_id"])
        if whole["service_version_set_name"] not in service.version_sets:
            raise call.error(404)
    for kind in ("persona", "scenario"):
        if f"{kind}_id" in changes:
            handlers.referred(call, f"{kind}s", changes[f"{kind}_id"])
    criterions = changes.get("success_criterions", [])
    metrics = [handlers.referred(call, "metrics", each["metric_id"]) for each in criterions]
    for criterion, metric in zip(criterions, metrics, strict=True):
        if criterion["criterion"]["type"] != metric.metric_value_type:
            raise call.error(400)
