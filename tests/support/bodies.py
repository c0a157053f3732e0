"""Complete request bodies, as the published contract asks for them."""

from __future__ import annotations

from typing import Any


def persona_version(**changes: Any) -> dict[str, Any]:
    return {
        "background": "Calls for the first time.",
        "preferred_language": "eng",
        "timezone": "Europe/Vienna",
        "user_models": [],
        "nonsensitive_user_variables": {},
        "sensitive_user_variables": {},
        **changes,
    }


def persona(name: str = "Ann", **changes: Any) -> dict[str, Any]:
    body = {"name": name, "role": "patient", "tags": {}, "initial_version": persona_version()}
    return {**body, **changes}


def scenario_version(**changes: Any) -> dict[str, Any]:
    return {
        "objective": "Get a refill.",
        "instructions": "Be brief.",
        "initial_message_type": "user-message",
        "conversation_starts_at": None,
        **changes,
    }


def scenario(name: str = "Refill", **changes: Any) -> dict[str, Any]:
    return {"name": name, "tags": {}, "initial_version": scenario_version(), **changes}
