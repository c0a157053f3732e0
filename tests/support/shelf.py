"""A world to read: for each kind an organization with more records than fit into a page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx2

from amigo_mock import AmigoMock
from amigo_mock.resources import CATALOG
from tests.support.listed import Listed
from tests.support.worlds import EVERYTHING, Json, grant, user

START = datetime(2026, 1, 1, tzinfo=UTC)
DELETED = (1, 3, 5)  # of the records, by number
TEAMS = ("blue", "red", None)


def creator(number: int) -> Json:
    return {"org_id": "mock-org", "user_id": ("mock-user", "bea")[number % 2]}


def count(listed: Listed) -> int:
    """As many records as make more than the largest page, even without the deleted ones."""
    return listed.most + len(DELETED) + 1


def item(listed: Listed, number: int) -> Json:
    """A record of a world: times with ties, two creators, three values of a tag, some deleted."""
    moved = (number * 7) % count(listed) // 2
    found: Json = {
        **listed.seed(f"Record {number:03}", f"{number + 1:024x}"),
        "created_at": (START + timedelta(minutes=number // 2)).isoformat(),
        "creator": creator(number),
    }
    if "updated_at" in CATALOG.kinds[listed.kind].seed.model_fields:
        found["updated_at"] = (START + timedelta(days=1, minutes=moved)).isoformat()
    if listed.name_of_tags:
        found["tags"] = {"team": TEAMS[number % 3], "number": str(number)}
    if listed.has("is_deleted"):
        found["is_deleted"] = number in DELETED
    if listed.has("is_active"):
        found["is_active"] = number not in DELETED
    return found


def equal(value: str) -> Json:
    """A condition that something has this value."""
    return {"type": "Equals", "value": value}


def organization(listed: Listed) -> Json:
    """An organization of a kind, with users who see all of it, a part of it, or nothing."""
    mine = {"creator.user_id": equal("bea")}
    return {
        "id": listed.kind,
        "users": [
            EVERYTHING,
            user("bea", grant(listed.list.permissions[0], **mine)),
            user("inside", grant(listed.list.permissions[0], org_id=equal("{self_org_id}"))),
            user("outside", grant(listed.list.permissions[0], org_id=equal("elsewhere"))),
            user("nobody"),
        ],
        **listed.parts(*(item(listed, number) for number in range(count(listed)))),
    }


def visible(listed: Listed) -> list[int]:
    """The numbers of a list without filters: deleted records are in it if `is_deleted` is open."""
    hides = listed.has("is_deleted") and listed.list.query["is_deleted"].info.default is False
    return [number for number in range(count(listed)) if not (hides and number in DELETED)]


class Reader:
    """Reads the list of a kind as one user."""

    def __init__(self, mock: AmigoMock, listed: Listed, name: str = "mock-user") -> None:
        token = mock.token(name, organization=listed.kind)
        headers = {"Authorization": f"Bearer {token}"}
        self.client = mock.client(in_process=True, headers=headers)
        self.listed = listed
        self.path = listed.path(organization=listed.kind)

    def get(self, query: str = "") -> httpx2.Response:
        return self.client.get(f"{self.path}?{query}")

    def page(self, query: str = "") -> Json:
        answer = self.get(query)
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        return found

    def numbers(self, query: str = "") -> list[int]:
        """The numbers of the records in a page, in its order."""
        return [int(row["id"], 16) - 1 for row in self.page(query)[self.listed.rows]]

    def outline(self, query: str = "") -> tuple[int, bool, int | None]:
        """Length, `has_more` and token of a page."""
        page = self.page(query)
        return len(page[self.listed.rows]), page["has_more"], page["continuation_token"]

    def all(self, query: str = "") -> list[int]:
        """The numbers in all pages of the largest size."""
        found: list[int] = []
        token: int | None = 0
        while token is not None:
            asked = f"{query}&limit={self.listed.most}&continuation_token={token}"
            found += self.numbers(asked)
            token = self.page(asked)["continuation_token"]
        return found
