"""Writing records of whatever kind, and which rules of writing hold for a kind."""

from __future__ import annotations

from typing import Any

import httpx2

from amigo_mock.operations.operation import Operation
from tests.support.listed import Listed
from tests.support.worlds import Json


class Writer:
    """Writes records of a kind as one user."""

    def __init__(self, client: httpx2.Client, listed: Listed) -> None:
        self.client = client
        self.listed = listed

    def post(self, **changes: Any) -> httpx2.Response:
        """Ask for a record like that of the declared example."""
        return self.client.post(self.listed.path("create-{}"), json=self.listed.body(**changes))

    def create(self, **changes: Any) -> str:
        """The id of a new record."""
        answer = self.post(**changes)
        assert answer.status_code == self.listed.operation("create-{}").status, answer.text
        found = answer.json()[self.listed.made]
        assert isinstance(found, str)
        return found

    def send(self, operation: Operation, record: str) -> httpx2.Response:
        """A request that is right in itself, to a record."""
        others = {"organization": "mock-org", "version_set_name": "beta"}
        path = operation.path.format(**{**dict.fromkeys(operation.slots, record), **others})
        body = next(iter(operation.examples.values()), None)
        return self.client.request(operation.method, path, json=body)

    def rows(self, query: str) -> list[Json]:
        answer = self.client.get(f"{self.listed.path()}?{query}")
        assert answer.status_code == 200, answer.text
        found: list[Json] = answer.json()[self.listed.rows]
        return found

    def row(self, id: str, **query: str) -> Json:
        """A record as the list shows it."""
        (found,) = self.rows(
            "&".join(f"{key}={value}" for key, value in {"id": id, **query}.items())
        )
        return found


def writable(listed: Listed) -> bool:
    return listed.find("create-{}") is not None


def named(listed: Listed) -> bool:
    return writable(listed) and "name" in listed.body()


def words_as_tags(listed: Listed) -> bool:
    """Whether tags are published as words, 20 at most; otherwise any text will do."""
    if not writable(listed):
        return False
    body = listed.operation("create-{}").body()
    assert body is not None
    tags = body.model_json_schema()["properties"].get("tags", {})
    return bool(tags.get("maxProperties") == 20)


def by_key(tags: Any) -> Json:
    """The tags of an answer, which some kinds give as a list."""
    return tags if isinstance(tags, dict) else {tag["key"]: tag["value"] for tag in tags}


def deletable(listed: Listed) -> bool:
    return named(listed) and listed.find("delete-{}") is not None


def versioned(listed: Listed) -> bool:
    return listed.find("create-{}-version") is not None
