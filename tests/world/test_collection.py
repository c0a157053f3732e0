"""The collection: whatever is done to it, it answers like a plain list that is sorted."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cmp_to_key
from types import NoneType
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from pydantic import BaseModel

from amigo_mock.world.collection import Collection
from amigo_mock.world.kind import Kind, Label
from amigo_mock.world.records import Stored, Tracked, UserInfo, Version
from amigo_mock.world.storage.table import Between, NameTaken, Sort, Table, Where

START = datetime(2026, 1, 31, tzinfo=UTC)


class Thing(Tracked):
    colour: str


class Plan(Version):
    thing_id: str
    text: str
    uses: list[str] = []


class Seed(BaseModel):
    """What a thing looks like in a world document; not used here."""


def labels(thing: Thing) -> Iterable[Label]:
    yield "colour", thing.colour


def text(thing: Thing, plan: Plan) -> tuple[str, str]:
    return thing.name, plan.text


def uses(_: Thing, plan: Plan) -> Iterable[str]:
    return plan.uses


def no_content(body: Any, owner: Any) -> dict[str, Any]:
    return {}


KIND: Kind[Thing, Plan] = Kind(
    "things",
    Thing,
    Plan,
    parent="thing_id",
    seed=Seed,
    content=no_content,
    labels=labels,
    text=text,
    references={"others": uses},
)


@dataclass
class Item:
    """A record and its versions, in the model."""

    thing: Thing
    plans: list[Plan]


@dataclass
class Model:
    """A list, and the obvious ways to ask it."""

    items: list[Item] = field(default_factory=list)

    def named(self, name: str) -> Thing | None:
        live = (item.thing for item in self.items if not item.thing.is_deleted)
        return next((thing for thing in live if thing.name == name), None)

    def page(
        self, where: Where, sort: Sort, visible: Callable[[Thing], bool] | None = None
    ) -> list[Thing]:
        places = [
            place
            for place, item in enumerate(self.items)
            if all(has(item, name, values) for name, values in where)
            and (visible is None or visible(item.thing))
        ]

        def compare(left: int, right: int) -> int:
            for name, descending in sort:
                first = getattr(self.items[left].thing, name)
                second = getattr(self.items[right].thing, name)
                if first != second:
                    return -1 if (first < second) is not descending else 1
            backwards = bool(sort) and sort[-1][1]
            return right - left if backwards else left - right

        return [self.items[place].thing for place in sorted(places, key=cmp_to_key(compare))]

    def search(self, query: str, where: Where) -> list[Thing]:
        found = []
        for place, item in enumerate(self.items):
            name, body = item.thing.name.split(), item.plans[-1].text.split()
            if (
                not item.thing.is_deleted
                and all(has(item, label, values) for label, values in where)
                and set(query.split()) <= {*name, *body}
            ):
                weight = sum(8 * name.count(term) + body.count(term) for term in set(query.split()))
                found.append((-weight, place))
        return [self.items[place].thing for _, place in sorted(found)]

    def values(self, name: str) -> list[Any]:
        return sorted({value for item in self.items for value in labelled(item, name)})


def labelled(item: Item, name: str) -> set[Any]:
    """What an item has in a field."""
    thing = item.thing
    found: dict[str, set[Any]] = {
        "id": {thing.id},
        "is_deleted": {thing.is_deleted},
        "creator": {f"{thing.creator.org_id},{thing.creator.user_id}"},
        "tag": set(thing.tags),
        "tag=": set(thing.tags.items()),
        "colour": {thing.colour},
        "others": set(item.plans[-1].uses),
    }
    return found[name]


def has(item: Item, name: str, values: Iterable[Hashable] | Between) -> bool:
    if isinstance(values, Between):
        value = getattr(item.thing, name)
        late = values.first is None or value >= values.first
        return late and (values.last is None or value <= values.last)
    return bool(labelled(item, name) & set(values))


def plan_of(id: str, version: int, **content: Any) -> Plan:
    who = UserInfo(org_id="o", user_id="ann")
    common = {"_id": "f" * 24, "org_id": "o", "created_at": START, "updated_at": START}
    own = {"thing_id": id, "version": version, "creator": who}
    return Plan.model_validate({**common, **own, **content})


def json_of(records: Iterable[BaseModel]) -> list[bytes]:
    return [record.model_dump_json(by_alias=True).encode() for record in records]


WORDS = st.sampled_from(["red", "new", "user", "nurse", "night"])
NAMES = st.lists(WORDS, min_size=1, max_size=2).map(" ".join)
TEXTS = st.lists(WORDS, max_size=5).map(" ".join)
COLOURS = st.sampled_from(["red", "green", "blue"])
TAGS = st.dictionaries(st.sampled_from("ab"), st.sampled_from([None, "x", "y"]))
PEOPLE = st.sampled_from(["ann", "bob"]).map(lambda user: UserInfo(org_id="o", user_id=user))
TIMES = st.integers(0, 3).map(lambda hours: START + timedelta(hours=hours))
USES = st.lists(st.sampled_from(["u", "v"]), max_size=3)
IDS = st.integers(0, 12).map(lambda number: f"{number:024x}")

WHERES = st.lists(
    st.one_of(
        st.tuples(st.just("id"), st.frozensets(IDS)),
        st.tuples(st.just("is_deleted"), st.booleans().map(lambda value: (value,))),
        st.tuples(st.just("creator"), st.frozensets(st.sampled_from(["o,ann", "o,bob", "o,x"]))),
        st.tuples(st.just("colour"), st.frozensets(st.sampled_from(["red", "green", "none"]))),
        st.tuples(st.just("tag"), st.sampled_from("abc").map(lambda key: (key,))),
        st.tuples(
            st.sampled_from(["created_at", "updated_at"]),
            st.builds(Between, st.none() | TIMES, st.none() | TIMES),
        ),
        st.tuples(
            st.just("tag="),
            st.tuples(st.sampled_from("ab"), st.sampled_from([None, "x"])).map(lambda tag: (tag,)),
        ),
    ),
    max_size=3,
)
SORTS = st.lists(
    st.tuples(st.sampled_from(["name", "created_at", "updated_at"]), st.booleans()), max_size=3
)


class LikeAList(RuleBasedStateMachine):
    """Does the same to a collection and to a list, and compares what they answer."""

    snapshots: Bundle[tuple[Table, list[Item]]] = Bundle("snapshots")

    def __init__(self) -> None:
        super().__init__()
        self.collection = Collection(KIND)
        self.model = Model()
        self.made = 0

    @initialize(target=snapshots)
    def first_snapshot(self) -> tuple[Table, list[Item]]:
        return self.collection.snapshot(), []

    # Changes

    @rule(
        name=NAMES,
        body=TEXTS,
        colour=COLOURS,
        tags=TAGS,
        creator=PEOPLE,
        created_at=TIMES,
        is_deleted=st.booleans(),
        used=USES,
    )
    def add(
        self,
        name: str,
        body: str,
        colour: str,
        tags: dict[str, str | None],
        creator: UserInfo,
        created_at: datetime,
        is_deleted: bool,
        used: list[str],
    ) -> None:
        thing = Thing(
            id=f"{self.made:024x}",
            name=name,
            tags=tags,
            is_deleted=is_deleted,
            created_at=created_at,
            creator=creator,
            updated_at=created_at,
            updated_by=creator,
            colour=colour,
        )
        plan = self.plan(thing.id, 1, body, used)
        if not is_deleted and self.model.named(name) is not None:
            before = self.collection.changes
            with pytest.raises(NameTaken):
                self.collection.add(thing, plan)
            assert self.collection.changes == before
            return
        self.made += 1
        self.collection.add(thing, plan)
        self.model.items.append(Item(thing, [plan]))

    @precondition(lambda self: self.model.items)
    @rule(
        place=st.integers(0),
        name=st.none() | NAMES,
        tags=TAGS,
        colour=COLOURS,
        updated_at=TIMES,
        delete=st.booleans(),
    )
    def replace(
        self,
        place: int,
        name: str | None,
        tags: dict[str, str | None],
        colour: str,
        updated_at: datetime,
        delete: bool,
    ) -> None:
        item = self.model.items[place % len(self.model.items)]
        changes = {"tags": tags, "colour": colour, "updated_at": updated_at}
        changes["is_deleted"] = item.thing.is_deleted or delete
        changes["name"] = name or item.thing.name
        changed = item.thing.model_copy(update=changes)
        other = self.model.named(changed.name)
        if not changed.is_deleted and other is not None and other.id != changed.id:
            with pytest.raises(NameTaken):
                self.collection.replace(changed)
            return
        item.thing = changed
        self.collection.replace(item.thing)

    @precondition(lambda self: self.model.items)
    @rule(place=st.integers(0), body=TEXTS, used=USES)
    def add_version(self, place: int, body: str, used: list[str]) -> None:
        item = self.model.items[place % len(self.model.items)]
        plan = self.plan(item.thing.id, len(item.plans) + 1, body, used)
        item.plans.append(plan)
        self.collection.add_version(item.thing.id, plan)

    @rule(target=snapshots)
    def snapshot(self) -> tuple[Table, list[Item]]:
        return self.collection.snapshot(), deepcopy(self.model.items)

    @rule(snapshot=snapshots)
    def restore(self, snapshot: tuple[Table, list[Item]]) -> None:
        table, items = snapshot
        self.collection.restore(table)
        self.model.items = deepcopy(items)

    # Questions

    @rule(where=WHERES, sort=SORTS, offset=st.integers(0, 8), limit=st.integers(0, 5))
    def page(self, where: Where, sort: Sort, offset: int, limit: int) -> None:
        found = self.model.page(where, sort)
        rows, more = self.collection.page(where, sort, offset, limit)
        assert rows == json_of(found[offset : offset + limit])
        assert more is (len(found) > offset + limit)

    @rule(where=WHERES, sort=SORTS, offset=st.integers(0, 4), limit=st.integers(0, 5))
    def page_of_what_is_visible(self, where: Where, sort: Sort, offset: int, limit: int) -> None:
        found = self.model.page(where, sort, is_red)
        rows, more = self.collection.page(where, sort, offset, limit, is_red)
        assert rows == json_of(found[offset : offset + limit])
        assert more is (len(found) > offset + limit)

    @rule(query=NAMES, where=WHERES, limit=st.integers(0, 5))
    def search(self, query: str, where: Where, limit: int) -> None:
        found = self.model.search(query, where)
        assert self.collection.search(query, where, limit) == json_of(found[:limit])
        seen = [thing for thing in found if is_red(thing)]
        assert self.collection.search(query, where, limit, is_red) == json_of(seen[:limit])

    @rule(name=NAMES, id=IDS, used=st.sampled_from(["u", "v", "w"]))
    def look_up(self, name: str, id: str, used: str) -> None:
        by_id = {item.thing.id: item.thing for item in self.model.items}
        assert self.collection.named(name) == self.model.named(name)
        assert self.collection.get(id) == by_id.get(id)
        assert self.collection.any_live("others", used) is any(
            has(item, "others", {used}) and not item.thing.is_deleted for item in self.model.items
        )

    @rule(name=st.sampled_from(["creator", "tag", "colour"]))
    def values(self, name: str) -> None:
        assert self.collection.values(name) == self.model.values(name)

    @invariant()
    def holds_the_same(self) -> None:
        assert len(self.collection) == len(self.model.items)
        expected = [
            (json_of([item.thing])[0], tuple(json_of(item.plans))) for item in self.model.items
        ]
        assert list(self.collection.rows()) == expected
        for item in self.model.items:
            assert self.collection.latest(item.thing.id) == item.plans[-1]
            assert self.collection.versions(item.thing.id) == tuple(json_of(item.plans))

    def plan(self, id: str, version: int, body: str, used: list[str]) -> Plan:
        return plan_of(id, version, text=body, uses=used)


def is_red(thing: Thing) -> bool:
    return thing.colour == "red"


def test_a_collection_answers_like_a_list() -> None:
    """Rule: pages, filters, orders, search and snapshots are those of a plain list.

    Source: the guide's list, search and version endpoints.
    """
    run_state_machine_as_test(
        LikeAList, settings=settings(max_examples=40, stateful_step_count=30, deadline=None)
    )


def thing(number: int, **changes: Any) -> tuple[Thing, Plan]:
    who = UserInfo(org_id="o", user_id="ann")
    record = Thing(
        id=f"{number:024x}",
        name=f"thing {number}",
        tags={},
        is_deleted=False,
        created_at=START,
        creator=who,
        updated_at=START,
        updated_by=who,
        colour="red",
    )
    return record.model_copy(update=changes), plan_of(record.id, 1, text="")


def test_a_record_with_two_of_the_values_is_found_once() -> None:
    """Rule: a filter with several values finds what has any of them, once. Source: filters."""
    collection = Collection(KIND)
    collection.add(*thing(1, tags={"a": None, "b": None}))
    rows, more = collection.page([("tag", ("a", "b"))], [], 0, 10)
    assert (len(rows), more) == (1, False)


def test_a_deleted_name_is_free_again() -> None:
    """Rule: names are unique among what is not deleted. Source: create persona, status 409."""
    collection = Collection(KIND)
    first, plan = thing(1, name="Ann")
    collection.add(first, plan)
    with pytest.raises(NameTaken, match="Ann"):
        collection.add(*thing(2, name="Ann"))
    collection.replace(first.model_copy(update={"is_deleted": True}))
    second, plan = thing(3, name="Ann")
    collection.add(second, plan)
    assert collection.named("Ann") == second


class Egg(Stored):
    """Neither named nor versioned; hatches in an hour."""

    laid_at: datetime
    hatched: bool = False

    @property
    def settled(self) -> bool:
        return self.hatched


def hatched(egg: Egg, now: datetime) -> Egg:
    return egg.model_copy(update={"hatched": now - egg.laid_at >= timedelta(hours=1)})


EGGS: Kind[Egg, None] = Kind(
    "eggs",
    Egg,
    NoneType,
    labels=lambda egg: [("hatched", egg.hatched)],
    sortable=("laid_at",),
    passed=hatched,
)


def test_records_need_neither_names_nor_versions() -> None:
    """Rule: a kind may have records without a name, tags or versions. Source: the house."""
    collection = Collection(EGGS)
    for number in (2, 1):
        collection.add(Egg(id=f"{number}", laid_at=START + timedelta(hours=number)))
    rows, more = collection.page([], [("laid_at", False)], 0, 1)
    assert (b'"id":"1"' in rows[0], more) == (True, True)
    first = collection.first()
    assert first is not None
    assert (first.id, collection.versions("2"), collection.names()) == ("2", (), [])


def test_time_passes_for_what_is_not_settled() -> None:
    """Rule: what time has made of a record is found once it is settled, and stays: looking again
    changes nothing. Source: the house's own rules.
    """
    collection = Collection(EGGS)
    collection.add(Egg(id="1", laid_at=START))
    assert not collection.settled
    collection.settle(START + timedelta(minutes=59))
    assert (collection.settled, collection.changes) == (False, 1)
    table = collection.snapshot()
    collection.settle(START + timedelta(hours=1))
    assert (collection.settled, collection.changes) == (True, 2)
    assert len(collection.page([("hatched", (True,))], [], 0, 9)[0]) == 1
    collection.settle(START)
    assert collection.changes == 2
    collection.restore(table)
    assert not collection.settled


def test_a_collection_is_filled_when_it_is_looked_at() -> None:
    """Rule: what is to be filled later is filled once, at the first look, as if it always had
    been: it counts as no change, and whoever restores an earlier state finds it too. Source: the
    house's own rules.
    """
    collection, fills = Collection(KIND), []

    def fill() -> None:
        fills.append(collection)
        collection.add(*thing(1))

    collection.later(fill)
    table = collection.snapshot()
    assert (fills, collection.changes) == ([], 0)
    assert (len(collection), collection.changes, len(fills)) == (1, 0, 1)
    collection.add(*thing(2))
    assert (len(collection), collection.changes) == (2, 1)
    collection.restore(table)
    assert (len(collection), len(fills)) == (1, 1)


def test_what_is_changed_unseen_is_filled_first() -> None:
    """Rule: a change comes after what was there before. Source: the house's own rules."""
    collection = Collection(KIND)
    collection.later(lambda: collection.add(*thing(1)))
    table = collection.snapshot()
    collection.add(*thing(2))
    rows = [row for row, _ in collection.rows()]
    assert rows == json_of(thing(number)[0] for number in (1, 2))
    collection.restore(table)
    assert len(collection) == 1


def test_many_changes_leave_the_search_right() -> None:
    """Rule: search knows the latest, however much has changed since. Source: the guide, search."""
    collection = Collection(KIND)
    for number in range(50):
        collection.add(*thing(number))
    assert len(collection.search("thing", [], 100)) == 50
    table = collection.snapshot()
    for number in range(50, 500):
        collection.add(*thing(number, name=f"other {number}"))
    assert len(collection.search("other", [], 1000)) == 450
    assert len(collection.search("thing", [], 1000)) == 50
    collection.restore(table)
    assert collection.search("other", [], 1000) == []


def test_a_record_that_changes_twice_is_found_by_what_it_says_last() -> None:
    """Rule: search knows the latest, and nothing of what was said between two searches. Source:
    the guide, search.
    """
    collection = Collection(KIND)
    first, plan = thing(1, name="red")
    collection.add(first, plan)
    assert len(collection.search("red", [], 9)) == 1
    table = collection.snapshot()
    for name in ("green", "blue"):
        collection.replace(first.model_copy(update={"name": name}))
    collection.add_version(first.id, plan_of(first.id, 2, text="night"))
    found = {word: len(collection.search(word, [], 9)) for word in ("red", "green", "blue")}
    assert found == {"red": 0, "green": 0, "blue": 1}
    assert len(collection.search("night blue", [], 9)) == 1
    collection.restore(table)
    assert len(collection.search("red", [], 9)) == 1


def test_the_best_of_very_many_are_found_whatever_the_filter() -> None:
    """Rule: a search ranks and filters the same however many records there are, and whichever
    of the query and the filter is the rarer. Source: the guide, search and its filters.
    """
    collection, model = Collection(KIND), Model()
    for number in range(3000):
        colour = "red" if number % 2 else ("green" if number % 100 else "blue")
        words = ["user"] * (number % 7) + ["night"] * (number % 3)
        record, _ = thing(number, colour=colour, is_deleted=number % 10 == 9)
        plan = plan_of(record.id, 1, text=" ".join(words))
        collection.add(record, plan)
        model.items.append(Item(record, [plan]))
    wheres: list[Where] = [[], [("colour", ("red",))], [("colour", ("blue", "white"))]]
    for where in wheres:
        for query in ("thing", "user night", "thing 7", "user thing night"):
            expected = json_of(model.search(query, where)[:50])
            assert collection.search(query, where, 50) == expected
