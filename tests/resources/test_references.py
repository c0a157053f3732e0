"""Deletion of what is in use, with a kind whose versions refer to personas and scenarios.

Unit tests, which do refer to them, have no versions; this kind shows that a kind's `references`
are all that it takes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

import httpx2
import pytest

from amigo_mock import create_app
from amigo_mock.engine.fake import Fake
from amigo_mock.resources import CATALOG
from amigo_mock.world.documents.seeding import fill
from amigo_mock.world.documents.seeds import RecordSeed, VersionSeed
from amigo_mock.world.kind import Kind
from amigo_mock.world.records import Tracked, Version
from amigo_mock.world.world import World
from tests.support.kinds import PERSONA, SCENARIO, Resource, of_both
from tests.support.paths import NOBODY
from tests.support.worlds import EVERYTHING, user

ANN, BOB, PLAN = (f"{number:024x}" for number in (1, 2, 3))


class PlanVersion(Version):
    """Uses personas and scenarios."""

    plan_id: str
    personas: list[str]
    scenarios: list[str]


class PlanVersionSeed(VersionSeed):
    plan_id: str | None = None
    personas: list[str] = []
    scenarios: list[str] = []


class PlanSeed(RecordSeed):
    versions: list[PlanVersionSeed]


def _content(seed: PlanVersionSeed, _: object) -> dict[str, Any]:
    return {"personas": seed.personas, "scenarios": seed.scenarios}


def _personas(_: Tracked, latest: PlanVersion) -> Iterable[str]:
    return latest.personas


def _scenarios(_: Tracked, latest: PlanVersion) -> Iterable[str]:
    return latest.scenarios


PLANS: Kind[Tracked, PlanVersion] = Kind(
    "plans",
    Tracked,
    PlanVersion,
    parent="plan_id",
    seed=PlanSeed,
    content=_content,
    references={"personas": _personas, "scenarios": _scenarios},
)


def plan(*uses: Mapping[str, list[str]], **changes: Any) -> dict[str, Any]:
    """A plan whose versions use these."""
    return {"id": PLAN, "name": "Plan", "versions": list(uses), **changes}


def fake(*plans: dict[str, Any], **other: Any) -> Fake:
    """A fake with Ann and Bob, of both kinds, and with plans."""
    found = Fake(CATALOG)
    found.world = World({**CATALOG.kinds, PLANS.name: PLANS})
    lists = {
        f"{resource.name}s": [resource.seed("Ann", id=ANN), resource.seed("Bob", id=BOB)]
        for resource in (PERSONA, SCENARIO)
    }
    organization = {"id": "mock-org", "users": [EVERYTHING, user("bea")], **lists, **other}
    document = {"organizations": [{**organization, "plans": list(plans)}]}
    fill(found.world, document, found.clock.datetime())
    return found


def ask(
    fake: Fake, method: str, path: str, user: str = "mock-user", **parts: Any
) -> httpx2.Response:
    """What the application answers to this user."""

    async def send() -> httpx2.Response:
        transport = httpx2.ASGITransport(create_app(fake), client=("127.0.0.1", 1))
        headers = {"Authorization": f"Bearer {fake.token('mock-org', user)}"}
        async with httpx2.AsyncClient(
            transport=transport, base_url="http://localhost", headers=headers
        ) as client:
            return await client.request(method, path, **parts)

    return asyncio.run(send())


def deleted(fake: Fake, resource: Resource, id: str) -> bool:
    (found,) = ask(fake, "GET", f"{resource.path}?id={id}").json()[resource.rows_field]
    return bool(found["is_deleted"])


@of_both
def test_what_is_in_use_cannot_be_deleted(resource: Resource) -> None:
    """Rule: deleting what a live record uses is a 400 with a text, and changes nothing; what it
    does not use is deleted. Source: guide.
    """
    world = fake(plan({f"{resource.name}s": [ANN]}))
    answer = ask(world, "DELETE", resource.item(ANN))
    assert (answer.status_code, type(answer.json()["detail"])) == (400, str)
    assert not deleted(world, resource, ANN)
    assert ask(world, "DELETE", resource.item(BOB)).status_code == 204


@of_both
def test_what_is_in_use_can_be_changed_and_read(resource: Resource) -> None:
    """Rule: only deletion is refused. Source: published document, which answers 400 for this to
    nothing else.
    """
    world = fake(plan({f"{resource.name}s": [ANN]}))
    assert ask(world, "POST", resource.item(ANN), json={}).status_code == 204
    body = resource.version()
    assert ask(world, "POST", resource.versions(ANN), json=body).status_code == 201
    assert ask(world, "GET", resource.versions(ANN)).status_code == 200


@of_both
def test_one_user_among_many_is_enough(resource: Resource) -> None:
    """Rule: the record is in use until nothing uses it any more. Source: guide."""
    used = {f"{resource.name}s": [BOB, ANN, ANN]}
    plans = [
        plan({}, id=f"{number:024x}", name=f"Plan {number}", versions=[used], is_deleted=gone)
        for number, gone in ((4, True), (5, False), (6, True))
    ]
    world = fake(*plans)
    assert ask(world, "DELETE", resource.item(ANN)).status_code == 400
    records = world.world.organization("mock-org")
    assert records is not None
    collection = records.collection(PLANS)
    last = collection.get(f"{5:024x}")
    assert last is not None
    collection.replace(last.model_copy(update={"is_deleted": True}))
    assert ask(world, "DELETE", resource.item(ANN)).status_code == 204


@of_both
def test_what_was_deleted_uses_nothing(resource: Resource) -> None:
    """Rule: a deleted user is no use. Source: assumption on use."""
    world = fake(plan({f"{resource.name}s": [ANN]}, is_deleted=True))
    assert ask(world, "DELETE", resource.item(ANN)).status_code == 204


@of_both
def test_the_latest_version_says_what_is_in_use(resource: Resource) -> None:
    """Rule: what only an earlier version used is not in use. Source: assumption."""
    field = f"{resource.name}s"
    world = fake(plan({field: [ANN]}, {field: [BOB]}))
    assert ask(world, "DELETE", resource.item(BOB)).status_code == 400
    assert ask(world, "DELETE", resource.item(ANN)).status_code == 204


@of_both
def test_a_new_version_changes_what_is_in_use(resource: Resource) -> None:
    """Rule: a reference begins and ends with the version that has it. Source: assumption."""
    field = f"{resource.name}s"
    world = fake(plan({}))
    organization = world.world.organization("mock-org")
    assert organization is not None
    collection = organization.collection(PLANS)

    def add(number: int, used: list[str]) -> None:
        version = {
            "id": f"{10 + number:024x}",
            "org_id": "mock-org",
            "created_at": world.clock.datetime(),
            "updated_at": world.clock.datetime(),
            "version": number,
            "creator": {"org_id": "mock-org", "user_id": "mock-user"},
            "plan_id": PLAN,
            "personas": [],
            "scenarios": [],
            field: used,
        }
        collection.add_version(PLAN, PlanVersion.model_validate(version))

    add(2, [ANN])
    assert ask(world, "DELETE", resource.item(ANN)).status_code == 400
    add(3, [])
    assert ask(world, "DELETE", resource.item(ANN)).status_code == 204


@of_both
def test_a_use_is_of_one_kind(resource: Resource) -> None:
    """Rule: a scenario's use is no persona's, though the ids be the same. Source: guide."""
    other = "scenarios" if resource is PERSONA else "personas"
    world = fake(plan({other: [ANN]}))
    assert ask(world, "DELETE", resource.item(ANN)).status_code == 204


@of_both
def test_a_use_in_another_organization_is_none(resource: Resource) -> None:
    """Rule: what an organization has is used in it alone. Source: assumption."""
    world = fake()
    there = {"id": "other-org", "plans": [plan({f"{resource.name}s": [ANN]})]}
    twin = World({**CATALOG.kinds, PLANS.name: PLANS})
    fill(twin, {"organizations": [there]}, world.clock.datetime())
    organization = twin.organization("other-org")
    assert organization is not None
    world.world.put(organization)
    assert ask(world, "DELETE", resource.item(ANN)).status_code == 204


@of_both
@pytest.mark.parametrize(
    ("who", "id", "status"),
    [("mock-user", NOBODY, 404), ("bea", ANN, 403), ("bea", NOBODY, 403), ("mock-user", ANN, 400)],
)
def test_the_use_is_looked_at_last(resource: Resource, who: str, id: str, status: int) -> None:
    """Rule: 403 and 404 come before 400. Source: assumption."""
    world = fake(plan({f"{resource.name}s": [ANN]}))
    assert ask(world, "DELETE", resource.item(id), user=who).status_code == status


@of_both
def test_a_snapshot_keeps_what_is_in_use(resource: Resource) -> None:
    """Rule: going back brings a use back. Source: a restore gives the world as it was."""
    world = fake(plan({f"{resource.name}s": [ANN]}))
    before = world.snapshot()
    organization = world.world.organization("mock-org")
    assert organization is not None
    collection = organization.collection(PLANS)
    found = collection.get(PLAN)
    assert found is not None
    collection.replace(found.model_copy(update={"is_deleted": True}))
    assert ask(world, "DELETE", resource.item(ANN)).status_code == 204
    world.restore(before)
    assert ask(world, "DELETE", resource.item(ANN)).status_code == 400
