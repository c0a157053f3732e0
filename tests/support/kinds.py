"""The two kinds of thing that follow the same rules, and shorthands for talking about them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from tests.support import bodies


@dataclass(frozen=True)
class Resource:
    """One of the kinds, as seen by a client."""

    name: str
    most: int  # the largest `limit` of a list
    content: dict[str, Any]  # a complete version
    own: dict[str, Any]  # required fields besides name, tags and the first version

    def __str__(self) -> str:
        return self.name

    @property
    def path(self) -> str:
        return f"/v1/mock-org/simulation/{self.name}/"

    @property
    def search(self) -> str:
        return f"{self.path}search"

    @property
    def id_field(self) -> str:
        return f"simulation_{self.name}_id"

    @property
    def rows_field(self) -> str:
        return f"simulation_{self.name}s"

    @property
    def versions_field(self) -> str:
        return f"simulation_{self.name}_versions"

    def item(self, id: str) -> str:
        return f"{self.path}{id}/"

    def versions(self, id: str) -> str:
        return f"{self.path}{id}/version/"

    def permission(self, verb: str) -> str:
        return f"Simulation:{verb}Simulation{self.name.title()}"

    # What is sent

    def body(self, name: str = "Ann", **changes: Any) -> dict[str, Any]:
        body = {"name": name, **self.own, "tags": {}, "initial_version": dict(self.content)}
        return {**body, **changes}

    def version(self, **changes: Any) -> dict[str, Any]:
        return {**self.content, **changes}

    def seed(self, name: str, **changes: Any) -> dict[str, Any]:
        """An item of a world document."""
        return {"name": name, **self.own, "versions": [self.content], **changes}

    # What is done

    def create(self, client: httpx2.Client, name: str = "Ann", **changes: Any) -> str:
        answer = client.post(self.path, json=self.body(name, **changes))
        assert answer.status_code == 201, answer.text
        found = answer.json()[self.id_field]
        assert isinstance(found, str)
        return found

    def delete(self, client: httpx2.Client, id: str) -> None:
        answer = client.delete(self.item(id))
        assert answer.status_code == 204, answer.text

    def add_version(self, client: httpx2.Client, id: str, **changes: Any) -> int:
        answer = client.post(self.versions(id), json=self.version(**changes))
        assert answer.status_code == 201, answer.text
        found = answer.json()["version"]
        assert isinstance(found, int)
        return found

    # What is seen

    def page(self, client: httpx2.Client, query: str = "") -> dict[str, Any]:
        answer = client.get(f"{self.path}?{query}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def names(self, client: httpx2.Client, query: str = "") -> list[str]:
        """The names in a page of the list, in its order."""
        return [row["name"] for row in self.page(client, query)[self.rows_field]]

    def get(self, client: httpx2.Client, id: str) -> dict[str, Any]:
        """The record with this id, as the list shows it."""
        (found,) = self.page(client, f"id={id}")[self.rows_field]
        assert isinstance(found, dict)
        return found

    def found(self, client: httpx2.Client, query: str, **filters: Any) -> list[str]:
        """The names that a search finds, in its order."""
        answer = client.get(self.search, params={"query": query, **filters})
        assert answer.status_code == 200, answer.text
        return [row["name"] for row in answer.json()[self.rows_field]]

    def numbers(self, client: httpx2.Client, id: str, query: str = "") -> list[int]:
        """The numbers in a page of versions, in its order."""
        answer = client.get(f"{self.versions(id)}?{query}")
        assert answer.status_code == 200, answer.text
        return [version["version"] for version in answer.json()[self.versions_field]]


PERSONA = Resource("persona", 50, bodies.persona_version(), {"role": "patient"})
SCENARIO = Resource("scenario", 200, bodies.scenario_version(), {})

of_both = pytest.mark.parametrize("resource", [PERSONA, SCENARIO], ids=str)
"""Marks a rule that personas and scenarios share."""

TWENTY = {f"key {number}": str(number) for number in range(20)}

BROKEN_TAGS = pytest.mark.parametrize(
    ("tags", "finding"),
    [
        ({**TWENTY, "one more": None}, ("too_long", ["tags"])),
        ({"a-b": "c"}, ("string_pattern_mismatch", ["tags", "a-b", "[key]"])),
        ({"a": "b-c"}, ("string_pattern_mismatch", ["tags", "a"])),
        ({"a": "b:c"}, ("string_pattern_mismatch", ["tags", "a"])),
        ({"a": "*"}, ("string_pattern_mismatch", ["tags", "a"])),
        ({"a": "🎉"}, ("string_pattern_mismatch", ["tags", "a"])),
        ({"": "c"}, ("string_too_short", ["tags", "", "[key]"])),
        ({" ": "c"}, ("string_too_short", ["tags", " ", "[key]"])),
        ({"a": ""}, ("string_too_short", ["tags", "a"])),
        ({"a": " \n"}, ("string_too_short", ["tags", "a"])),
        ({"a": 5}, ("string_type", ["tags", "a"])),
        ({"a": ["b"]}, ("string_type", ["tags", "a"])),
        (["a"], ("dict_type", ["tags"])),
        ("a:b", ("dict_type", ["tags"])),
    ],
    ids=str,
)
"""Tags that are refused, with what the answer says of them and where."""
