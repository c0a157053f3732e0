"""The world: ids that never collide, snapshots that stay, and a revision that tells changes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from amigo_mock.world.collection import Collection
from amigo_mock.world.identity import Identity
from amigo_mock.world.ids import Ids, IdSeries, nth
from amigo_mock.world.kind import Kind
from amigo_mock.world.records import Tracked, User, UserInfo, Version
from amigo_mock.world.world import Organization, World

WHO = UserInfo(org_id="here", user_id="ann")
WHEN = datetime(2026, 1, 31, tzinfo=UTC)


class Seed(BaseModel):
    """What a thing looks like in a world document; not used here."""


class Plan(Version):
    thing_id: str
    uses: list[str] = []


def used(_: Tracked, plan: Plan) -> Iterable[str]:
    return plan.uses


def no_content(body: Any, owner: Any) -> dict[str, Any]:
    return {}


THINGS: Kind[Tracked, Plan] = Kind("things", Tracked, Plan, "thing_id", Seed, no_content)
PLANS: Kind[Tracked, Plan] = Kind(
    "plans", Tracked, Plan, "thing_id", Seed, no_content, references={"things": used}
)
KINDS = {kind.name: kind for kind in (THINGS, PLANS)}


def add(
    world: World,
    kind: Kind[Tracked, Plan] = THINGS,
    organization: str = "here",
    uses: Iterable[str] = (),
) -> Tracked:
    """Add a record to an organization of the world."""
    ids = world.ids.of(organization, kind.name)
    id = ids.make()
    record = Tracked(
        id=id,
        name=id,
        tags={},
        is_deleted=False,
        created_at=WHEN,
        creator=WHO,
        updated_at=WHEN,
        updated_by=WHO,
    )
    plan = Plan.model_validate(
        {
            "_id": ids.make(),
            "org_id": organization,
            "created_at": WHEN,
            "updated_at": WHEN,
            "version": 1,
            "creator": WHO,
            "thing_id": id,
            "uses": list(uses),
        }
    )
    there(world, organization).collection(kind).add(record, plan)
    return record


def there(world: World, organization: str = "here") -> Organization:
    found = world.organization(organization)
    assert found is not None
    return found


def names(world: World) -> dict[str, list[str]]:
    """The names of the things of every organization."""
    return {
        organization.id: [
            THINGS.record.model_validate_json(row).name
            for row, _ in organization.collection(THINGS).rows()
        ]
        for organization in world
    }


@pytest.fixture
def world() -> World:
    """A world with one organization and one user."""
    made = World(KINDS)
    made.put(Organization(Identity("here", "Here", users={"ann": User(id="ann")}), made.kinds))
    return made


# Ids


@given(st.integers())
def test_ids_are_24_hexadecimal_digits_and_increase(seed: int) -> None:
    """Rule: an id is 24 lower-case hex digits; each is above the last. Source: the contract."""
    ids = Ids(seed)
    made = [ids.make() for _ in range(50)]
    assert all(len(id) == 24 and set(id) <= set("0123456789abcdef") for id in made)
    assert made == sorted(set(made))


@given(st.integers())
def test_the_same_seed_gives_the_same_ids(seed: int) -> None:
    """Rule: a run can be repeated to the byte. Source: one seed for everything random."""
    assert Ids(seed).make() == Ids(seed).make()


def test_another_seed_gives_other_ids() -> None:
    """Rule: another seed, other ids. Source: one seed for everything random."""
    assert len({Ids(seed).make() for seed in range(100)}) == 100


def test_no_kind_or_organization_moves_the_ids_of_another() -> None:
    """Rule: seed, organization, kind and number say what an id is, and nothing else does. Source:
    a release that adds a resource changes no world.
    """
    alone, crowded = IdSeries(7), IdSeries(7)
    for organization, kind in (("here", "others"), ("there", "things"), ("", "herethings")):
        crowded.of(organization, kind).make()
    assert crowded.of("here", "things").make() == alone.of("here", "things").make()
    first = [crowded.of(*key).make() for key in (("here", "others"), ("there", "things"))]
    assert len({*first, alone.of("here", "things").make()}) == 3


def test_ids_go_on_where_they_were() -> None:
    """Rule: the last ids are enough to make the same ones again. Source: capsules."""
    ids, others = IdSeries(7), IdSeries(7)
    ids.of("here", "things").make()
    others.of("here", "others").make()
    others.go_on(ids.last())
    assert others.last() == ids.last()
    assert others.of("here", "things").make() == ids.of("here", "things").make()


HEX = st.text("0123456789abcdef", min_size=24, max_size=24)


@given(st.lists(st.one_of(HEX, st.integers(-3, 3)), max_size=20), st.integers(0, 3))
def test_an_id_that_was_given_is_never_made(given: list[str | int], seed: int) -> None:
    """Rule: ids given and ids made never collide. Source: the world format."""
    ids = Ids(seed)
    taken: list[str] = []
    for item in given:
        # A number stands for an id near the last one made: the ones that could collide.
        id = item if isinstance(item, str) else f"{ids.last + item:024x}"
        ids.pass_by(id)
        taken += [id, ids.make()]
    made = taken[1::2]
    assert made == sorted(set(made))
    for place, id in enumerate(taken[::2]):
        assert id not in made[place:]


def test_ids_at_the_end_of_the_range_do_not_collide_either() -> None:
    """Rule: ids given and ids made never collide. Source: the world format."""
    ids = Ids()
    given = {"66ffffffffffffffffffffff", "670000000000000000000000", "f" * 24}
    for id in sorted(given):
        ids.pass_by(id)
    made = [ids.make() for _ in range(3)]
    assert given.isdisjoint(made)
    assert all(len(id) == 24 for id in made)


# Snapshots


def test_a_snapshot_brings_everything_back(world: World) -> None:
    """Rule: restoring gives the world as it was: records, people, ids. Source: snapshots."""
    add(world)
    before, snapshot = names(world), world.snapshot()
    following = add(world).id
    there(world).put_user(User(id="bob"))
    world.put(Organization(Identity("there", "There"), world.kinds))
    world.restore(snapshot)
    assert names(world) == before
    assert world.user("here", "bob") is None
    assert "there" not in world
    assert add(world).id == following


def test_a_snapshot_brings_the_ids_back() -> None:
    """Rule: after a restore the same ids are made as before it, whatever came from outside
    meanwhile. Source: a reset is back to the start.
    """
    world = World(KINDS)
    ids = world.ids.of("here", "things")
    taken = nth(Ids(0, "here", "things").make(), 1)
    ids.pass_by(f"{1:024x}")
    kept = world.snapshot()
    made = []
    for outside in (nth(taken, 2), taken):
        made.append([ids.make() for _ in range(2)])
        ids.pass_by(made[0][0])
        later = world.snapshot()
        ids.pass_by(outside)
        world.restore(later)
        world.restore(kept)
    assert made[0] == made[1]


def test_an_organization_that_was_replaced_comes_back(world: World) -> None:
    """Rule: restoring gives back the organization that was there. Source: snapshots."""
    add(world)
    before, snapshot = names(world), world.snapshot()
    world.put(Organization(Identity("here", "Another"), world.kinds))
    add(world)
    world.restore(snapshot)
    assert names(world) == before
    assert there(world).identity.name == "Here"


@given(st.lists(st.tuples(st.sampled_from(["add", "snapshot", "restore"]), st.integers(0, 9))))
def test_snapshots_can_be_restored_in_any_order(steps: list[tuple[str, int]]) -> None:
    """Rule: no snapshot sees what happened after it, nor after a restore. Source: snapshots."""
    world = World(KINDS)
    world.put(Organization(Identity("here", "Here"), world.kinds))
    taken = [(world.snapshot(), names(world))]
    for step, place in steps:
        snapshot, content = taken[place % len(taken)]
        if step == "add":
            add(world)
        elif step == "snapshot":
            taken.append((world.snapshot(), names(world)))
        else:
            world.restore(snapshot)
            assert names(world) == content
    for snapshot, content in taken:
        world.restore(snapshot)
        assert names(world) == content


def test_a_copy_stays_as_it_is(world: World) -> None:
    """Rule: what happens to a world afterwards is not in its copy. Source: World.copy."""
    add(world)
    before, copy = names(world), world.copy()
    add(world)
    there(world).put_user(User(id="bob"))
    assert names(copy) == before
    assert copy.user("here", "bob") is None


def test_a_copy_leaves_nothing_for_later(world: World) -> None:
    """Rule: what was to be filled at the first look is in the copy, and in the world that was
    copied, now and after every restore. Source: World.copy.
    """

    def fill() -> None:
        add(world)

    there(world).collection(THINGS).later(fill)
    start = world.snapshot()
    copy = world.copy()
    assert len(names(copy)["here"]) == 1
    add(world)
    assert len(names(world)["here"]) == 2
    world.restore(start)
    assert names(world) == names(copy)


def test_what_was_made_since_is_as_it_began() -> None:
    """Rule: records that nobody had asked for when the snapshot was taken are, after a restore,
    what they were when somebody did. Source: snapshots.
    """
    fills = []

    def begin(collection: Collection[Any, Any]) -> None:
        if collection.kind is THINGS:
            collection.later(lambda: fills.append(add(found)))

    found = World(KINDS)
    found.put(Organization(Identity("here", "Here"), found.kinds, begin))
    start, revision = found.snapshot(), found.revision
    before = names(found)
    assert (len(before["here"]), found.revision) == (1, revision)
    add(found)
    add(found, PLANS)
    for _ in range(2):
        found.restore(start)
        assert names(found) == before
        assert len(there(found).collection(PLANS)) == 0
        assert found.revision != revision
    assert len(fills) == 1


# Revisions and references


@given(st.lists(st.sampled_from(["add", "user", "put", "snapshot", "restore"]), max_size=12))
def test_every_change_has_a_revision_of_its_own(steps: list[str]) -> None:
    """Rule: the revision differs after every change, and only then. Source: the state file."""
    world = World(KINDS)
    world.put(Organization(Identity("here", "Here"), world.kinds))
    snapshot, seen = world.snapshot(), [world.revision]
    for step in steps:
        if step == "add":
            add(world)
        elif step == "user":
            there(world).put_user(User(id="bob"))
        elif step == "put":
            world.put(Organization(Identity("there", "There"), world.kinds))
        elif step == "restore":
            world.restore(snapshot)
        else:
            snapshot = world.snapshot()
            names(world)
            assert world.revision == seen[-1]
            continue
        assert world.revision not in seen
        seen.append(world.revision)


def test_a_record_in_use_is_referred_to_while_its_user_lives(world: World) -> None:
    """Rule: only what is not deleted counts as use. Source: delete, status 400."""
    thing, other = add(world), add(world)
    user = add(world, PLANS, uses=[thing.id])
    organization = there(world)
    assert organization.refers("things", thing.id)
    assert not organization.refers("things", other.id)
    organization.collection(PLANS).replace(user.model_copy(update={"is_deleted": True}))
    assert not organization.refers("things", thing.id)


def test_ids_in_a_row_are_kept_for_later() -> None:
    """Rule: reserved ids follow each other, and nobody else gets one of them. Source: ids."""
    ids = Ids(7)
    before = ids.make()
    taken = nth(before, 3)
    ids.pass_by("f" * 24)
    first = ids.reserve(5)
    row = [nth(first, number) for number in range(5)]
    assert row == sorted(row)
    assert before < row[0]
    assert taken in row
    assert ids.make() == nth(row[-1], 1)
    assert ids.reserve(0) > row[-1]


def test_reserved_ids_leave_out_what_is_taken() -> None:
    """Rule: an id that came from outside is not given out again. Source: ids."""
    ids = Ids(7)
    low = Ids(7).make()
    outside = f"{(0x65 << 88) + 5:024x}"
    ids.pass_by(outside)
    ids.last = (0x65 << 88) + 1
    first = ids.reserve(6)
    assert outside not in [nth(first, number) for number in range(6)]
    assert low > first


def test_organizations_do_not_see_each_other(world: World) -> None:
    """Rule: a reference counts in its own organization only. Source: records belong to one."""
    world.put(Organization(Identity("there", "There"), world.kinds))
    thing = add(world)
    add(world, PLANS, "there", uses=[thing.id])
    assert not there(world).refers("things", thing.id)
    assert there(world, "there").refers("things", thing.id)
    assert names(world) == {"here": [thing.name], "there": []}
