"""Random calls, valid and not, by several users: the server and a plain model never disagree."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from functools import partial
from typing import Any, cast

import httpx2
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from amigo_mock import AmigoMock
from tests.support.deadlines import stop
from tests.support.model import (
    BOOLEAN,
    NUMERICAL,
    OBJECT_ID,
    SERVICE,
    SIGN_IN,
    Answer,
    Grant,
    Id,
    Model,
    Organization,
    Request,
    kind_of,
)

START = 1769860800.0  # 2026-01-31T12:00:00Z
LIMIT = 8  # requests a minute, of every operation

KINDS = ("persona", "scenario")
PLURALS = [f"{verb}-simulation-{kind}s" for verb in ("get", "search") for kind in KINDS]
SINGULARS = [
    f"{verb}-simulation-{kind}{suffix}"
    for kind in KINDS
    for verb, suffix in (
        ("create", ""),
        ("update", ""),
        ("delete", ""),
        ("create", "-version"),
        ("get", "-versions"),
    )
]
UNIT_TEST = "simulation-unit-test"
UNIT_TESTS = [f"{verb}-{UNIT_TEST}" for verb in ("create", "update", "delete")]
OPERATIONS = [SIGN_IN, *PLURALS, *SINGULARS, *UNIT_TESTS, f"get-{UNIT_TEST}s"]

# Who there is: in the world's words, and in the model's.

Granted = list[tuple[str, tuple[str, str, Any] | None]]  # permissions, and on which condition

EVERYTHING: Granted = [("*", None)]
OWN: Granted = [("Simulation:*", ("creator.user_id", "Equals", "dora"))]
PATIENTS: Granted = [
    ("Simulation:GetSimulation*", None),
    ("Simulation:DeleteSimulationPersona", ("role", "NotEquals", "patient")),
    ("Simulation:ModifySimulationPersona", ("role", "In", ["patient", "nurse"])),
    ("Simulation:CreateSimulationPersona", None),
    ("Metric:GetMetric", None),  # which nothing here asks for
]
USERS: dict[tuple[str, str], Granted] = {
    ("first", "anna"): EVERYTHING,
    ("first", "bert"): PATIENTS,
    ("first", "cleo"): [],
    ("first", "dora"): OWN,
    ("second", "anna"): EVERYTHING,
}
ORGANIZATIONS: dict[str, dict[str, str | None]] = {
    "first": {"preferred_language": None, "timezone": None},
    "second": {"preferred_language": "deu", "timezone": "Europe/Vienna"},
}
KEY_ID, KEY = "key-id", "the-key"


def world() -> dict[str, Any]:
    def grant(name: str, condition: tuple[str, str, Any] | None) -> dict[str, Any]:
        conditions: dict[str, Any] = {}
        if condition is not None:
            attribute, kind, value = condition
            conditions[attribute] = {"type": kind, "values" if kind == "In" else "value": value}
        return {"permission_name": name, "conditions": conditions}

    def metric(id: str, type: str) -> dict[str, Any]:
        bounds = {} if type == "boolean" else {"lower_bound": 0, "upper_bound": 1}
        value = {"type": type, **bounds}
        return {"id": id, "name": type, "versions": [{"description": "", "metric_value": value}]}

    return {
        "organizations": [
            {
                "id": id,
                **own,
                "api_keys": [{"id": KEY_ID, "key": KEY}],
                "services": [{"id": SERVICE, "name": "Service"}],
                "metrics": [metric(BOOLEAN, "boolean"), metric(NUMERICAL, "numerical")],
                "users": [
                    {"id": user, "grants": [grant(*each) for each in grants]}
                    for (home, user), grants in USERS.items()
                    if home == id
                ],
            }
            for id, own in ORGANIZATIONS.items()
        ]
    }


def model() -> Model:
    def holds(condition: tuple[str, str, Any] | None, record: dict[str, Any]) -> bool:
        if condition is None:
            return True
        attribute, kind, value = condition
        found: Any = record
        for part in attribute.split("."):
            if part not in found:
                return False
            found = found[part]
        if kind == "In":
            return found in value
        return bool((found == value) is (kind == "Equals"))

    users = {
        user: [Grant(name, partial(holds, condition)) for name, condition in grants]
        for user, grants in USERS.items()
    }
    organizations = {
        id: Organization(own["preferred_language"], own["timezone"])
        for id, own in ORGANIZATIONS.items()
    }
    return Model(organizations, users, {(KEY_ID, KEY)}, LIMIT, START)


# What is sent. Most of it is right: what is wrong comes last, where shrinking leaves it be.


def mostly(right: st.SearchStrategy[Any], *wrong: Any) -> st.SearchStrategy[Any]:
    choices = [right] * 19 + [st.sampled_from(wrong)]
    return st.integers(0, 19).flatmap(lambda number: choices[number])


def optional(name: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    """A query parameter, most often left out."""
    pair = values.map(lambda value: [(name, value)])
    return st.sampled_from([False, True]).flatmap(lambda on: pair if on else st.just([]))


def repeated(name: str, values: st.SearchStrategy[str]) -> st.SearchStrategy[list[Any]]:
    several = st.lists(values, min_size=1, max_size=3)
    pairs = several.map(lambda found: [(name, value) for value in found])
    return st.sampled_from([False, True]).flatmap(lambda on: pairs if on else st.just([]))


def joined(*parts: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.tuples(*parts).map(lambda lists: tuple(item for each in lists for item in each))


NAMES = st.sampled_from(
    ["Ann", " Ann ", "Bob Bob", "Ann's Émile", "ann bob", "Bob Ann Bob", "New_User 7", "Straße"]
)
TEXTS = st.sampled_from(["Calls Ann", " asks ", "Ann ann ann bob", "straẞe", "a-b", "\u3000ja\n"])
WORDS = mostly(st.sampled_from(["mood", "a b", " calm", "ü_7", "x"]), "", "  ", "a:b", "!", 7)
TAG_KEYS = mostly(st.sampled_from(["mood", "a b", "x", "ü_7"]), "", "!", "a:b")
TAGS = mostly(
    st.dictionaries(TAG_KEYS, st.none() | WORDS, max_size=3),
    {f"key {number}": None for number in range(21)},
    None,
    [],
    "mood",
)
FULL_TAGS = TAGS | st.just({f"key {number}": "x" for number in range(20)})
VARIABLES = mostly(
    st.dictionaries(st.sampled_from(["plan", "_x", " age2 "]), st.sampled_from(["", " v "])),
    {"Plan": "x"},
    {"p": "x"},
    {"plan": None},
    {"2x": "x"},
    None,
)
FIELDS = ("user_models", "nonsensitive_user_variables", "sensitive_user_variables")

PERSONA_VERSIONS = st.fixed_dictionaries(
    {"background": mostly(TEXTS, "", " ", None, 7)},
    optional={
        "preferred_language": mostly(st.sampled_from(["eng", "deu", None, {}]), "xx", "ENG", 7),
        "timezone": mostly(st.sampled_from(["UTC", "Europe/Vienna", None, {}]), "Mars", "utc"),
        "unknown": st.just(1),
        "user_models": mostly(st.lists(TEXTS, max_size=2), [""], "x", None),
        "nonsensitive_user_variables": VARIABLES,
        "sensitive_user_variables": VARIABLES,
    },
)
SCENARIO_VERSIONS = st.fixed_dictionaries(
    {
        "objective": mostly(TEXTS, "", None),
        "instructions": mostly(TEXTS, " ", 7),
        "initial_message_type": mostly(
            st.sampled_from(["user-message", "external-event", "skip"]), "", "User-Message", None
        ),
        "conversation_starts_at": mostly(
            st.sampled_from([None, "2026-03-02T09:30:00Z", "2026-03-02T09:30:00.123456+00:00"]),
            "2026-03-02T09:30:00+05:30",
            "2026-03-02T09:30:00",
            "2026-03-02",
            "soon",
            1769860800,
        ),
    }
)
VERSIONS = {
    "persona": mostly(PERSONA_VERSIONS, [], {}, "x"),
    "scenario": mostly(SCENARIO_VERSIONS, [], {}, "x"),
}
RECORDS = {
    "persona": st.fixed_dictionaries(
        {
            "name": mostly(NAMES, "", " ", None),
            "role": mostly(st.sampled_from(["patient", "nurse", " patient", "aunt"]), "", 7),
            "tags": FULL_TAGS,
            "initial_version": VERSIONS["persona"],
        }
    ),
    "scenario": st.fixed_dictionaries(
        {
            "name": mostly(NAMES, "", " ", None),
            "tags": FULL_TAGS,
            "initial_version": VERSIONS["scenario"],
        }
    ),
}
CHANGES = mostly(
    st.fixed_dictionaries(
        {}, optional={"tags": st.none() | FULL_TAGS.filter(lambda tags: tags != [])}
    ),
    [],
    "x",
)
OFFSETS = optional(
    "continuation_token", mostly(st.sampled_from(["0", "1", "2", "-5", "99"]), "x", "1.5")
)
FILTERS = (
    repeated(
        "creator", mostly(st.sampled_from(["first,anna", "first,bert", "first,dora"]), "x", "a,b,c")
    ),
    repeated(
        "tag", mostly(st.sampled_from(["mood:calm", "mood:*", "mood:", "a b:x", "x:"]), "x", ":x")
    ),
)
ROLES = repeated("role", st.sampled_from(["patient", "nurse", "aunt", "Patient"]))
STRANGE = 9
IDS = st.integers(-1, STRANGE)  # see Machine.id
SORTS = repeated(
    "sort_by",
    mostly(
        st.sampled_from(
            ["+name", "-name", "+updated_at", "-updated_at", " created_at", "-created_at"]
        ),
        "name",
        "+role",
        "",
    ),
)
PAGES = joined(
    optional("limit", mostly(st.sampled_from(["0", "1", "2", "3", "50"]), "51", "201", "-1", "x")),
    OFFSETS,
)
LISTS = {
    kind: st.one_of(
        PAGES,
        joined(SORTS, PAGES),
        joined(*FILTERS, *([ROLES] if kind == "persona" else [])),
        joined(
            *FILTERS,
            *([ROLES] if kind == "persona" else []),
            optional("is_deleted", mostly(st.sampled_from(["true", "false"]), "maybe")),
            SORTS,
            PAGES,
            optional("unknown", st.just("1")),
        ),
    )
    for kind in KINDS
}
QUERIES = mostly(
    st.sampled_from(["ann", "ANN bob", "bob", "strasse", "émile", "asks", "-", "new_user"]), "", " "
)
ASKED = mostly(QUERIES.map(lambda query: [("query", query)]), [])
SEARCHES = {
    kind: st.one_of(joined(ASKED), joined(ASKED, *FILTERS, *([ROLES] if kind == "persona" else [])))
    for kind in KINDS
}
SELECTIONS = joined(
    optional(
        "version",
        mostly(
            st.sampled_from(
                [
                    "1",
                    "2",
                    "latest",
                    "1-2",
                    "1-latest",
                    "2-latest",
                    "0",
                    "0-1",
                    "7",
                    "7-latest",
                    "2-9",
                ]
            ),
            *("2-1", "latest-1", "x", "", "1-", "-1"),
        ),
    ),
    optional("limit", mostly(st.sampled_from(["1", "2", "10"]), "0", "11")),
    OFFSETS,
    repeated(
        "sort_by", mostly(st.sampled_from(["+version", "-version", " version"]), "version", "+name")
    ),
)
EXPECTED = joined(optional("version", st.sampled_from(["2", "3", "4", "2", "3", "1", "0", "x"])))
CRITERIONS = {
    "boolean": {"type": "boolean", "expected_value": True},
    "numerical": {"type": "numerical", "verb": "<", "threshold": 0.5},
}


def criterion(metric: str, type: str) -> dict[str, Any]:
    return {"name": "Done", "metric_id": metric, "criterion": CRITERIONS[type]}


# Personas and scenarios are named by the number of an id: see Machine.id.
USES = {
    "persona_id": IDS,
    "scenario_id": IDS,
    "service_id": mostly(st.just(SERVICE), "f" * 24),
    "service_version_set_name": mostly(st.sampled_from(["edge", "release"]), "beta"),
    "success_criterions": mostly(
        st.sampled_from([[criterion(BOOLEAN, "boolean")], [criterion(NUMERICAL, "numerical")]]),
        [criterion(BOOLEAN, "numerical")],
        [criterion("f" * 24, "boolean"), criterion(BOOLEAN, "numerical")],
    ),
}
UNIT_TEST_CHANGES = st.fixed_dictionaries(
    {}, optional={**USES, "max_interactions": st.none() | st.integers(1, 100)}
)
UNIT_TEST_BODIES = st.fixed_dictionaries(
    {
        **USES,
        "name": st.sampled_from(["One", "Two", "Three"]),
        "description": st.just("D"),
        "max_interactions": st.just(5),
        "tags": st.dictionaries(st.sampled_from(["a", "b!"]), st.sampled_from([None, ""])),
    }
)
CALLERS = mostly(
    st.sampled_from(
        [("first", "anna")] * 4
        + [("first", "bert")] * 3
        + [("first", "dora")] * 2
        + [("first", "cleo"), ("second", "anna")]
    ),
    None,
)
PLACES = mostly(st.none(), "first", "second", "nowhere")


class Machine(RuleBasedStateMachine):
    """Calls both sides and compares. `met` counts what was answered, over all runs."""

    def __init__(self, mock: AmigoMock, client: httpx2.Client, met: Counter[Any]) -> None:
        super().__init__()
        self.mock, self.client, self.met = mock, client, met
        mock.reset()
        stop(mock, START)
        self.model = model()
        self.ids: dict[str, list[str]] = {kind: [] for kind in (*KINDS, "unit-test")}
        self.saved: Any = None

    # What can happen

    @initialize(data=st.data())
    def begin(self, data: st.DataObject) -> None:
        for kind in KINDS:
            for name in data.draw(st.lists(NAMES, min_size=2, max_size=5, unique_by=str.strip)):
                body = {**data.draw(RECORDS[kind]), "name": name}
                self.call(f"create-simulation-{kind}", ("first", "anna"), None, body=body)

    @rule(kind=st.sampled_from(KINDS), caller=CALLERS, place=PLACES, data=st.data())
    def create(self, kind: str, caller: Any, place: Any, data: st.DataObject) -> None:
        body = data.draw(mostly(RECORDS[kind], [], {}, "x"))
        known = [record["name"] for record in self.model.organizations["first"].records[kind]]
        again = data.draw(st.booleans())
        if again and known and "name" in body:
            body = {**body, "name": data.draw(st.sampled_from(known))}
        self.call(f"create-simulation-{kind}", caller, place, body=body)

    @rule(kind=st.sampled_from(KINDS), caller=CALLERS, place=PLACES, data=st.data())
    def list(self, kind: str, caller: Any, place: Any, data: st.DataObject) -> None:
        query = data.draw(LISTS[kind])
        for number in data.draw(
            st.sampled_from([(), (), (), (), (0,), (0, 1), (0, 0), (-1,), (3, 1)])
        ):
            query = (*query, ("id", self.id(kind, number)))
        self.call(f"get-simulation-{kind}s", caller, place, query=query)

    @rule(kind=st.sampled_from(KINDS), caller=CALLERS, place=PLACES, data=st.data())
    def search(self, kind: str, caller: Any, place: Any, data: st.DataObject) -> None:
        query = data.draw(SEARCHES[kind])
        self.call(f"search-simulation-{kind}s", caller, place, query=query)

    @rule(kind=st.sampled_from(KINDS), caller=CALLERS, place=PLACES, number=IDS, body=CHANGES)
    def update(self, kind: str, caller: Any, place: Any, number: int, body: Any) -> None:
        self.call(f"update-simulation-{kind}", caller, place, number, body=body)

    @rule(kind=st.sampled_from(KINDS), caller=CALLERS, place=PLACES, number=IDS)
    def delete(self, kind: str, caller: Any, place: Any, number: int) -> None:
        self.call(f"delete-simulation-{kind}", caller, place, number)

    @rule(
        kind=st.sampled_from(KINDS),
        caller=CALLERS,
        place=PLACES,
        number=IDS,
        query=EXPECTED,
        data=st.data(),
    )
    def create_version(
        self, kind: str, caller: Any, place: Any, number: int, query: Any, data: st.DataObject
    ) -> None:
        body = data.draw(VERSIONS[kind])
        operation = f"create-simulation-{kind}-version"
        self.call(operation, caller, place, number, query=query, body=body)

    @rule(kind=st.sampled_from(KINDS), caller=CALLERS, place=PLACES, number=IDS, query=SELECTIONS)
    def versions(self, kind: str, caller: Any, place: Any, number: int, query: Any) -> None:
        self.call(f"get-simulation-{kind}-versions", caller, place, number, query=query)

    @rule(caller=CALLERS, place=PLACES, body=UNIT_TEST_BODIES)
    def create_unit_test(self, caller: Any, place: Any, body: Any) -> None:
        self.call(f"create-{UNIT_TEST}", caller, place, body=self.named(body))

    @rule(caller=CALLERS, place=PLACES, number=IDS, body=UNIT_TEST_CHANGES)
    def update_unit_test(self, caller: Any, place: Any, number: int, body: Any) -> None:
        self.call(f"update-{UNIT_TEST}", caller, place, number, body=self.named(body))

    @rule(caller=CALLERS, place=PLACES, number=IDS)
    def delete_unit_test(self, caller: Any, place: Any, number: int) -> None:
        self.call(f"delete-{UNIT_TEST}", caller, place, number)

    @rule(caller=CALLERS, place=PLACES, kind=st.none() | st.sampled_from(KINDS), number=IDS)
    def list_unit_tests(self, caller: Any, place: Any, kind: str | None, number: int) -> None:
        query = () if kind is None else ((f"{kind}_id", self.id(kind, number)),)
        self.call(f"get-{UNIT_TEST}s", caller, place, query=query)

    @rule(kind=st.sampled_from(KINDS), caller=CALLERS, number=st.integers(0, 3))
    def delete_what_is_used(self, kind: str, caller: Any, number: int) -> None:
        tests = self.model.organizations["first"].records["unit-test"]
        known = self.ids[kind]
        if tests:
            place = known[::-1].index(tests[number % len(tests)][f"{kind}_id"])
            place += len(known) if place == STRANGE else 0
            self.call(f"delete-simulation-{kind}", caller, "first", place)

    @rule(
        place=mostly(st.sampled_from([*ORGANIZATIONS]), "nowhere"),
        headers=st.fixed_dictionaries(
            {},
            optional={
                "x-api-key": mostly(st.just(KEY), "wrong"),
                "x-api-key-id": mostly(st.just(KEY_ID), "wrong"),
                "x-user-id": mostly(st.sampled_from(["anna", "bert"]), "nobody"),
            },
        ),
    )
    def sign_in(self, place: str, headers: dict[str, str]) -> None:
        self.call(SIGN_IN, None, place, headers=headers)

    @rule(kind=st.sampled_from(KINDS), caller=CALLERS)
    def hurry(self, kind: str, caller: Any) -> None:
        for _ in range(LIMIT + 1):
            self.call(f"get-simulation-{kind}s", caller, None)
        self.call(f"get-simulation-{kind}s", caller, "nowhere")

    @rule(seconds=st.sampled_from([0.25, 1.5, 29.75, 60.0, 4000.0]))
    def time_passes(self, seconds: float) -> None:
        self.mock.clock.advance(seconds)
        self.model.now += seconds

    @rule()
    def save(self) -> None:
        self.saved = (self.mock.snapshot(), deepcopy((self.model.organizations, self.ids)))

    @precondition(lambda self: self.saved is not None)
    @rule()
    def go_back(self) -> None:
        world, rest = self.saved
        self.mock.restore(world)
        self.model.organizations, self.ids = deepcopy(rest)

    def named(self, body: dict[str, Any]) -> dict[str, Any]:
        """The body, with ids instead of their numbers."""
        numbers = {f"{kind}_id": kind for kind in KINDS if isinstance(body.get(f"{kind}_id"), int)}
        return {**body, **{name: self.id(kind, body[name]) for name, kind in numbers.items()}}

    # How it is compared

    def id(self, kind: str, number: int) -> str:
        """An id given out earlier, one of the other kind or of nothing, or what is none at all."""
        if number < 0:
            return "not-an-id"
        if number == STRANGE:
            kind = next(other for other in KINDS if other != kind)
        known = self.ids[kind]
        return known[-1 - number % len(known)] if known else "f" * 24

    def call(
        self,
        operation: str,
        caller: tuple[str, str] | None,
        place: str | None,
        number: int | None = None,
        **sent: Any,
    ) -> None:
        organization = place or (caller[0] if caller else "first")
        id = None if number is None else self.id(kind_of(operation), number)
        request = Request(operation, organization, caller, id, **sent)
        expected = self.model.answer(request)
        actual = self.send(request)
        self.met[operation, actual.status_code] += 1
        self.compare(request, expected, actual)

    def send(self, request: Request) -> httpx2.Response:
        headers = dict(request.headers)
        if request.user is not None:
            token = self.mock.token(request.user[1], organization=request.user[0])
            headers["Authorization"] = f"Bearer {token}"
        body = {} if request.body is None else {"json": request.body}
        method, path = route(request)
        return self.client.request(method, path, params=request.query, headers=headers, **body)

    def compare(self, request: Request, expected: Answer, actual: httpx2.Response) -> None:
        assert actual.status_code == expected.status, (request, expected, actual.text)
        found: Any = actual.json() if actual.content else None
        if expected.status == 422:
            places = {tuple(finding["loc"][:2]) for finding in found["detail"]}
            assert places == expected.problems, (request, found)
        elif expected.status >= 400:
            assert isinstance(found["detail"], str), (request, found)
        else:
            self.match(expected.body, found, request)
        warned = actual.headers.get_list("x-amigo-mock-warning")
        assert {text.partition(":")[0] for text in warned} == expected.warnings, (request, warned)
        names = {*expected.headers, "retry-after"}
        limits = {name: actual.headers[name] for name in names if name in actual.headers}
        assert limits == expected.headers, request

    def match(self, expected: Any, actual: Any, request: Request) -> None:
        if isinstance(expected, Id):
            assert isinstance(actual, str), request
            if expected.value is None:
                assert OBJECT_ID.fullmatch(actual), (request, actual)
                assert all(actual not in known for known in self.ids.values()), (request, actual)
                expected.value = actual
                if request.operation.startswith("create"):
                    self.ids[kind_of(request.operation)].append(actual)
            assert actual == expected.value, request
        elif expected is str:
            assert isinstance(actual, str), request
        elif isinstance(expected, dict):
            assert isinstance(actual, dict), (request, actual)
            assert expected.keys() == actual.keys(), (request, actual)
            for name, value in expected.items():
                self.match(value, actual[name], request)
        elif isinstance(expected, (tuple, type([]))):
            assert len(expected) == len(actual), (request, expected, actual)
            for one, other in zip(expected, actual, strict=True):
                self.match(one, other, request)
        else:
            assert actual == expected, (request, expected, actual)
            assert type(actual) is type(expected), (request, expected, actual)


def route(request: Request) -> tuple[str, str]:
    """Method and path, as published."""
    if request.operation == SIGN_IN:
        return "POST", f"/v1/{request.organization}/user/signin_with_api_key"
    kind = kind_of(request.operation)
    if kind == "unit-test":
        tests = f"/v1/{request.organization}/simulation/unit_test/"
        return {
            f"create-{UNIT_TEST}": ("POST", tests),
            f"get-{UNIT_TEST}s": ("GET", tests),
            f"update-{UNIT_TEST}": ("POST", f"{tests}{request.id}/"),
            f"delete-{UNIT_TEST}": ("DELETE", f"{tests}{request.id}/"),
        }[request.operation]
    home = f"/v1/{request.organization}/simulation/{kind}/"
    return {
        f"create-simulation-{kind}": ("POST", home),
        f"get-simulation-{kind}s": ("GET", home),
        f"search-simulation-{kind}s": ("GET", f"{home}search"),
        f"update-simulation-{kind}": ("POST", f"{home}{request.id}/"),
        f"delete-simulation-{kind}": ("DELETE", f"{home}{request.id}/"),
        f"create-simulation-{kind}-version": ("POST", f"{home}{request.id}/version/"),
        f"get-simulation-{kind}-versions": ("GET", f"{home}{request.id}/version/"),
    }[request.operation]


ROUNDS = 4  # at most: what chance has not come to in one, it comes to in the next


def missing(met: Counter[Any]) -> set[Any]:
    """The answers that every operation is to have given, and have not been given."""
    wanted: set[Any] = {(name, "success") for name in OPERATIONS}
    wanted |= {(f"delete-simulation-{kind}", 400) for kind in KINDS}
    return wanted - {(name, "success") for name, status in met if status < 300} - met.keys()


def test_the_server_answers_as_the_model_does() -> None:
    """Rule: whatever is asked, in whatever order and by whomever, status, body, warnings and limit
    headers are what the documents lead to expect. Source: published document, guide, and the
    stated assumptions.
    """
    met: Counter[Any] = Counter()
    limits = dict.fromkeys(OPERATIONS, LIMIT)
    with (
        AmigoMock(seed=world(), rate_limits=limits, clock="2026-01-31T12:00:00Z") as mock,
        httpx2.Client(base_url=mock.url, trust_env=False) as client,
    ):
        for _ in range(ROUNDS):
            run_state_machine_as_test(
                cast("type[Machine]", partial(Machine, mock, client, met)),
                settings=settings(
                    max_examples=150,
                    stateful_step_count=50,
                    deadline=None,
                    database=None,
                    print_blob=True,
                    suppress_health_check=[*HealthCheck],
                ),
            )
            if missing(met) == set():
                break
    assert missing(met) == set()
    assert {status for _, status in met} == {200, 201, 204, 400, 401, 403, 404, 409, 422, 429}
