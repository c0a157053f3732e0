"""Worlds of any size that hold the same answer to the same question."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

RARE = 20
"""So many personas of every world have the rare role, the rare tag and the rare word."""
BACKGROUND = (
    "A 35-year-old first-time user who is unfamiliar with the platform and tends to ask "
    "basic questions."
)
VERSION = {
    "background": BACKGROUND,
    "preferred_language": "eng",
    "user_models": [],
    "nonsensitive_user_variables": {},
    "sensitive_user_variables": {},
}


def persona(name: str) -> str:
    """The body that creates the persona of the published guide, under another name."""
    tags = {"category": "onboarding", "difficulty": "low"}
    body = {"name": name, "role": "patient", "tags": tags, "initial_version": VERSION}
    return json.dumps(body)


def world(size: int) -> dict[str, Any]:
    """A world with so many personas; most are patients, `RARE` of them are astronauts."""
    chance = random.Random(size)
    words = ["".join(chance.choices("abdeiklmnorstu", k=6)) for _ in range(2000)]
    personas = [_persona(number, size, chance.choices(words, k=12)) for number in range(size)]
    user = {"id": "mock-user", "grants": [{"permission_name": "*", "conditions": {}}]}
    organization = {
        "id": "mock-org",
        "name": "Mock Organization",
        "users": [user],
        "api_keys": [{"id": "mock-key-id", "key": "mock-api-key"}],
        "personas": personas,
        "scenarios": [],
    }
    return {"organizations": [organization]}


def _persona(number: int, size: int, words: list[str]) -> dict[str, Any]:
    rare = number % (size // RARE) == 0
    common = "caregiver" if number % 10 == 3 else "patient"
    return {
        "name": f"Seeded {'Heliotrope' if rare else 'Ordinary'} User {number:012d}",
        "role": "astronaut" if rare else common,
        "tags": {"category": "onboarding"} | ({"orbit": "high"} if rare else {}),
        "versions": [VERSION | {"background": f"A user who is {' '.join(words)}."}],
    }


def seed(size: int, folder: Path) -> str:
    """Write a world to a file, and name the file."""
    file = folder / f"world-{size}.json"
    file.write_text(json.dumps(world(size)))
    return str(file)
