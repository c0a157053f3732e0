"""The documents that the server gives of itself: sound, complete, and true of every answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import httpx2
import jsonschema_rs
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from amigo_mock import AmigoMock
from amigo_mock.contract.digest import digest
from amigo_mock.contract.drift import drift
from amigo_mock.control.routes import control_operations
from amigo_mock.operations import openapi
from amigo_mock.operations.operation import Operation
from amigo_mock.resources import CATALOG
from tests.support import bodies
from tests.support.paths import METRICS, PERSONAS, RUNS, SCENARIOS, SERVICES, SETS, UNIT_TESTS
from tests.support.worlds import (
    AGENT,
    ANN,
    BUSY_SET,
    FREE_METRIC,
    FREE_TEST,
    GOING,
    GRAPH,
    LATEST,
    METRIC,
    PARTS,
    REFILL,
    RUN,
    SERVICE,
    SET,
    TEST,
    YES,
)

CONTROL_OPERATIONS = control_operations(CATALOG.scripts)

Json = dict[str, Any]

ORGANIZATION = "mock-org"
LIMITED = ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset")
UNKNOWN = "0" * 24
LARGEST = 16 * 1024


WORLD = {
    "organizations": [
        {
            "id": ORGANIZATION,
            "users": [
                {"id": "mock-user", "grants": [{"permission_name": "*"}]},
                {"id": "nobody", "grants": []},
            ],
            **PARTS,
        }
    ]
}

BY_ID = {operation.id: operation for operation in CATALOG.all()}


@cache
def documents() -> dict[str, Json]:
    return {
        "strict": openapi.document(CATALOG.all(), "amigo-mock", strict=True),
        "lenient": openapi.document(CATALOG.all(), "amigo-mock", strict=False),
        "control": openapi.document(CONTROL_OPERATIONS, "amigo-mock: the control API", strict=True),
    }


def described(name: str) -> Iterator[tuple[str, Json]]:
    """Every operation of a document, as it is described."""
    for item in documents()[name]["paths"].values():
        for operation in item.values():
            yield operation["operationId"], operation


def declared(operation: str, document: str = "strict") -> Json:
    return dict(described(document))[operation]


def valid(document: str, schema: Json) -> jsonschema_rs.Validator:
    """A validator of one schema, which may refer to the components of its document."""
    whole = {**schema, "components": documents()[document]["components"]}
    return jsonschema_rs.Draft202012Validator(whole, validate_formats=True)


# The documents by themselves


@pytest.mark.parametrize("name", ["strict", "lenient", "control"])
def test_the_document_is_valid(name: str) -> None:
    """Rule: it is an OpenAPI 3.1 document. Source: the OpenAPI specification."""
    found = [error.message for error in OpenAPIV31SpecValidator(documents()[name]).iter_errors()]
    assert found == []


@pytest.mark.parametrize("name", ["strict", "lenient", "control"])
def test_nothing_goes_without_a_description(name: str) -> None:
    """Rule: operations, parameters, answers, headers and schemes are described, and no
    description is empty. Source: assumption: a document is there to be read.
    """
    wanted: list[tuple[str, Any]] = []
    for id, operation in described(name):
        wanted += [(f"{id} {key}", operation.get(key)) for key in ("summary", "description")]
        for parameter in operation["parameters"]:
            wanted.append((f"{id} {parameter['name']}", parameter.get("description")))
        for status, response in operation["responses"].items():
            wanted.append((f"{id} {status}", response.get("description")))
            for header, stated in response.get("headers", {}).items():
                wanted.append((f"{id} {status} {header}", stated.get("description")))
    schemes = documents()[name]["components"].get("securitySchemes", {})
    wanted += [(scheme, stated.get("description")) for scheme, stated in schemes.items()]
    wanted += [(path, text) for path, text in _descriptions(documents()[name], "")]
    assert [where for where, text in wanted if not (isinstance(text, str) and text.strip())] == []


def _descriptions(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, item in value.items():
            if key == "description" and not isinstance(item, dict):
                yield path, item
            yield from _descriptions(item, f"{path}/{key}")
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _descriptions(item, f"{path}/{number}")


@pytest.mark.parametrize("name", ["strict", "lenient"])
def test_every_way_to_sign_requests_is_declared(name: str) -> None:
    """Rule: Bearer or Basic, each with or without the issuing organization, except for the
    sign-in, which asks for none. Source: guide: authorization.
    """
    schemes = documents()[name]["components"]["securitySchemes"]
    assert {
        (scheme["type"], scheme.get("scheme", scheme.get("name"))) for scheme in schemes.values()
    } == {
        ("http", "bearer"),
        ("http", "basic"),
        ("apiKey", "X-ORG-ID"),
    }
    ways = [set(way) for way in documents()[name]["security"]]
    issuer = "Bearer-Authorization-Organization"
    for scheme in ("Bearer-Authorization", "Basic"):
        assert {scheme} in ways
        assert {scheme, issuer} in ways
    assert len(ways) == 4
    public = [id for id, operation in described(name) if operation.get("security") == []]
    assert public == ["sign-in-with-api-key"]


@pytest.mark.parametrize("operation", CATALOG.all(), ids=lambda operation: operation.id)
def test_limits_are_documented_where_they_apply(operation: Operation) -> None:
    """Rule: every answer of a limited operation names the three headers, and 429 how long to
    wait. Source: guide: rate limits.
    """
    for status, response in declared(operation.id)["responses"].items():
        if status == "413":  # refused before anybody is counted
            continue
        headers = {name.lower() for name in response.get("headers", {})}
        wait = {"retry-after"} if status == "429" else set()
        assert headers == {*LIMITED, *wait}, status


UNIQUE = {
    "applied_to_service",
    "creator",
    "id",
    "metric_id",
    "persona_id",
    "role",
    "scenario_id",
    "service_id",
    "simulation_unit_test_set_id",
    "type",
    "unit_test_id",
}
"""Filters whose values are published as differing from one another."""


def test_the_lenient_document_differs_by_the_leniencies_alone() -> None:
    """Rule: what the server accepts beyond the published contract is the stated leniencies and
    nothing else, and only they can make it warn. Source: assumptions: the table of leniencies.
    """
    strict, lenient = (digest(documents()[name]) for name in ("strict", "lenient"))
    found = drift(strict, lenient, extra=True)
    body = "request.body"
    variables = ("nonsensitive_user_variables", "sensitive_user_variables", "user_models")
    optional = {
        *(
            f"create-simulation-persona {body}.properties.initial_version.required.{name}"
            for name in variables
        ),
        *(f"create-simulation-persona-version {body}.required.{name}" for name in variables),
    }
    sorts = {
        f"{operation.id} query.sort_by.items.pattern"
        for operation in CATALOG.all()
        if "sort_by" in operation.query
    }
    repeated = {
        f"{operation.id} query.{name}.uniqueItems"
        for operation in CATALOG.all()
        for name in UNIQUE & operation.query.keys()
    }
    warns = {
        f"{operation.id} responses.{operation.status}.headers.x-amigo-mock-warning"
        for operation in CATALOG.all()
        if any(f"{operation.id} " in place for place in optional | sorts | repeated)
    }
    assert {
        f"{each.operation} {each.where}" for each in found
    } == optional | sorts | repeated | warns
    for each in found:
        if each.where.endswith("pattern"):
            pattern = str(each.published).replace("^[+-]", "^[+ -]")
            if each.operation in ("get-simulation-personas", "get-simulation-scenarios"):
                pattern = pattern.replace("(updated_at)", "(updated_at|created_at|name)")
            assert each.ours == pattern


def test_the_control_api_says_whom_it_refuses() -> None:
    """Rule: a control operation answers 401 to a wrong control token and 403 to another machine;
    404 where there is no such tenant, 503 where a change cannot be kept; it is not limited.

    Source: assumption: the control API is our own.
    """
    operations = list(described("control"))
    assert operations
    for id, operation in operations:
        found = set(operation["responses"])
        assert {"401", "403", "404", "503"} <= found, id
        assert "429" not in found, id


# The documents as they are served


@pytest.mark.parametrize("mode", ["lenient", "strict"])
def test_the_document_is_served(
    client: httpx2.Client, strict_client: httpx2.Client, mode: str
) -> None:
    """Rule: the document of the mode the server is in, to anyone. Source: published document:
    its address.
    """
    asked = strict_client if mode == "strict" else client
    answer = asked.get("/v1/openapi.json", headers={"Authorization": ""})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == documents()[mode]


def test_the_document_of_the_control_api_is_served(client: httpx2.Client) -> None:
    """Rule: the control API has a document of its own.

    Source: assumption: the control API is our own.
    """
    answer = client.get("/_mock/openapi.json")
    assert answer.status_code == 200
    assert answer.json() == documents()["control"]


# Examples


def body_fields(name: str) -> list[Any]:
    return [
        pytest.param(name, id, title, id=f"{name}-{id}-{title}")
        for id, operation in described(name)
        for title in operation.get("requestBody", {})
        .get("content", {})
        .get("application/json", {})
        .get("examples", {})
    ]


@pytest.mark.parametrize(
    ("name", "operation", "title"), [*body_fields("strict"), *body_fields("lenient")]
)
def test_an_example_is_valid_and_accepted(
    server: AmigoMock, signed_in: httpx2.Client, name: str, operation: str, title: str
) -> None:
    """Rule: an example can be sent as it is. Source: published document: its schemas."""
    media = declared(operation, name)["requestBody"]["content"]["application/json"]
    body = media["examples"][title]["value"]
    valid(name, media["schema"]).validate(body)
    request = requests(signed_in)[operation]
    answer = request.but(json=body).send(signed_in)
    assert answer.status_code == BY_ID[operation].status
    assert "x-amigo-mock-warning" not in answer.headers


def test_operations_with_a_body_have_an_example() -> None:
    """Rule: whoever has to write a body finds one to copy. Source: assumption: a document is there
    to be read.
    """
    named = {param.values[1] for param in body_fields("strict")}
    assert named == {id for id, operation in described("strict") if "requestBody" in operation}


@pytest.mark.parametrize("kind", ["persona", "scenario"])
def test_an_example_of_a_parameter_is_valid_and_accepted(
    signed_in: httpx2.Client, kind: str
) -> None:
    """Rule: an example can be sent as it is. Source: published document: the forms of `version`."""
    operation = f"get-simulation-{kind}-versions"
    request = requests(signed_in)[operation]
    stated = {item["name"]: item["schema"] for item in declared(operation)["parameters"]}
    examples = stated["version"]["examples"]
    assert examples
    for example in examples:
        valid("strict", stated["version"]).validate(example)
        assert request.but(params={"version": example}).send(signed_in).status_code == 200


@pytest.mark.parametrize(("field", "count"), [("preferred_language", 7910), ("timezone", 599)])
def test_every_value_of_a_long_enumeration_is_accepted(field: str, count: int) -> None:
    """Rule: each language and each time zone that is listed is a valid one. Source: published
    document: the enumerations of a persona's version.
    """
    model = BY_ID["create-simulation-persona-version"].body()
    assert model is not None
    media = declared("create-simulation-persona-version")["requestBody"]["content"]
    name = media["application/json"]["schema"]["$ref"].rpartition("/")[2]
    schema = documents()["strict"]["components"]["schemas"][name]["properties"][field]
    (values,) = [choice["enum"] for choice in schema["anyOf"] if "enum" in choice]
    assert len(values) == count
    for value in values:
        made = model.model_validate(bodies.persona_version(**{field: value}))
        assert getattr(made, field) == value


# Every status that is declared


@dataclass(frozen=True)
class Request:
    """A request as it would succeed."""

    method: str
    path: str
    json: Any = None
    params: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    content: bytes | None = None

    def but(self, **changes: Any) -> Request:
        """The same request, with one thing changed."""
        return Request(**{**self.__dict__, **changes})

    def send(self, client: httpx2.Client) -> httpx2.Response:
        if self.content is not None:
            headers = {**self.headers, "content-type": "application/json"}
            return client.request(self.method, self.path, content=self.content, headers=headers)
        body = {} if self.json is None else {"json": self.json}
        return client.request(
            self.method, self.path, params=self.params, headers=self.headers, **body
        )


@pytest.fixture(scope="module")
def small() -> Iterator[AmigoMock]:
    with AmigoMock(seed=WORLD, max_body_size=LARGEST) as mock:
        yield mock


@pytest.fixture
def server(small: AmigoMock) -> AmigoMock:
    """A server for small bodies, with a user who may do everything and one who may do nothing."""
    small.reset()
    return small


@pytest.fixture
def signed_in(server: AmigoMock) -> Iterator[httpx2.Client]:
    with server.client("mock-user") as client:
        yield client


def requests(client: httpx2.Client) -> dict[str, Request]:
    """A request that succeeds, for every operation. What it is about is made first."""
    persona = client.post(PERSONAS, json=bodies.persona("There"))
    scenario = client.post(SCENARIOS, json=bodies.scenario("There"))
    keys = {"x-api-key": "mock-api-key", "x-api-key-id": "mock-key-id", "x-user-id": "mock-user"}
    found = {
        "sign-in-with-api-key": Request(
            "POST", f"/v1/{ORGANIZATION}/user/signin_with_api_key", headers=keys
        )
    }
    for kind, home, made, new, version in (
        ("persona", PERSONAS, persona, bodies.persona, bodies.persona_version),
        ("scenario", SCENARIOS, scenario, bodies.scenario, bodies.scenario_version),
    ):
        one = f"{home}{made.json()[f'simulation_{kind}_id']}/"
        found |= {
            f"create-simulation-{kind}": Request("POST", home, new("New")),
            f"get-simulation-{kind}s": Request("GET", home),
            f"search-simulation-{kind}s": Request("GET", f"{home}search", params={"query": "x"}),
            f"update-simulation-{kind}": Request("POST", one, {"tags": {}}),
            f"delete-simulation-{kind}": Request("DELETE", one),
            f"create-simulation-{kind}-version": Request("POST", f"{one}version/", version()),
            f"get-simulation-{kind}-versions": Request("GET", f"{one}version/"),
        }
    return found | simulations()


def simulations() -> dict[str, Request]:
    """What succeeds in the world as it is."""
    service = {
        "service_hierarchical_state_machine_id": GRAPH,
        "agent_id": AGENT,
        "name": "New",
        "description": "D",
        "is_active": True,
        "keyterms": [],
        "tags": {},
    }
    version = {"description": "D", "metric_value": {"type": "boolean"}}
    measure: Json = {"name": "New", "applied_to_services": [], "additional_notes": None, "tags": {}}
    criterions = [{"name": "Done", "metric_id": METRIC, "criterion": YES}]
    test = {
        "name": "New",
        "description": "D",
        "service_id": SERVICE,
        "service_version_set_name": "release",
        "persona_id": ANN,
        "scenario_id": REFILL,
        "max_interactions": 1,
        "success_criterions": criterions,
        "tags": {},
    }
    tests: Json = {
        "name": "New",
        "description": None,
        "unit_test_runs": [{"unit_test_id": TEST, "run_count": 1}],
        "tags": {},
    }
    words = {"query": "x"}
    beta = f"{SERVICES}{SERVICE}/version_sets/beta/"
    return {
        "get-services": Request("GET", SERVICES),
        "create-service": Request("POST", SERVICES, service),
        "update-service": Request("POST", f"{SERVICES}{SERVICE}/", {"tags": {}}),
        "upsert-service-version-set": Request("PUT", beta, {"version_set": LATEST}),
        "delete-service-version-set": Request("DELETE", beta),
        "create-metric": Request(
            "POST", METRICS, {**measure, "initial_version_metric_value": version}
        ),
        "get-metrics": Request("GET", METRICS),
        "search-metrics": Request("GET", f"{METRICS}search/", params=words),
        "update-metric": Request("POST", f"{METRICS}{METRIC}/", {"tags": {}}),
        "delete-metric": Request("DELETE", f"{METRICS}{FREE_METRIC}/"),
        "create-metric-version": Request("POST", f"{METRICS}{METRIC}/version/", version),
        "get-metric-versions": Request("GET", f"{METRICS}{METRIC}/version"),
        "create-simulation-unit-test": Request("POST", UNIT_TESTS, test),
        "get-simulation-unit-tests": Request("GET", UNIT_TESTS),
        "search-simulation-unit-tests": Request("GET", f"{UNIT_TESTS}search/", params=words),
        "update-simulation-unit-test": Request("POST", f"{UNIT_TESTS}{TEST}/", {"tags": {}}),
        "delete-simulation-unit-test": Request("DELETE", f"{UNIT_TESTS}{FREE_TEST}/"),
        "create-simulation-unit-test-set": Request("POST", SETS, tests),
        "get-simulation-unit-test-sets": Request("GET", SETS),
        "search-simulation-unit-test-sets": Request("GET", f"{SETS}search/", params=words),
        "update-simulation-unit-test-set": Request("POST", f"{SETS}{SET}", {"tags": {}}),
        "delete-simulation-unit-test-set": Request("DELETE", f"{SETS}{SET}"),
        "create-simulation-unit-test-set-run": Request(
            "POST", RUNS, {"simulation_unit_test_set_id": SET}
        ),
        "get-simulation-unit-test-set-runs": Request("GET", RUNS),
        "get-simulation-unit-test-set-run-artifacts": Request("GET", f"{RUNS}{RUN}/artifacts/"),
        "cancel-simulation-unit-test-set-run": Request("DELETE", f"{RUNS}{GOING}/"),
    }


NUMBER: Json = {"type": "numerical", "verb": "<", "threshold": 1}
OTHER_TYPE = {"success_criterions": [{"name": "Done", "metric_id": METRIC, "criterion": NUMBER}]}

OWN_WAYS: dict[tuple[str, int], Json] = {
    ("delete-simulation-persona", 400): {"path": f"{PERSONAS}{ANN}/"},
    ("delete-simulation-scenario", 400): {"path": f"{SCENARIOS}{REFILL}/"},
    ("create-service", 400): {
        "json": {"release_version_set": {**LATEST, "agent_version_number": 9}}
    },
    ("update-service", 400): {"json": {"is_active": False}},
    ("upsert-service-version-set", 400): {"path": f"{SERVICES}{SERVICE}/version_sets/edge/"},
    ("delete-service-version-set", 400): {"path": f"{SERVICES}{SERVICE}/version_sets/release/"},
    ("delete-metric", 400): {"path": f"{METRICS}{METRIC}/"},
    ("create-metric-version", 400): {
        "json": {"metric_value": {"type": "categorical", "categories": ["a"]}}
    },
    ("create-metric-version", 409): {"params": {"version": 7}},
    ("create-simulation-unit-test", 400): {"json": OTHER_TYPE},
    ("update-simulation-unit-test", 400): {"json": OTHER_TYPE},
    ("delete-simulation-unit-test", 400): {"path": f"{UNIT_TESTS}{TEST}/"},
    ("create-simulation-unit-test-set-run", 409): {
        "json": {"simulation_unit_test_set_id": BUSY_SET}
    },
    ("get-simulation-unit-test-set-run-artifacts", 400): {"path": f"{RUNS}{GOING}/artifacts/"},
    ("cancel-simulation-unit-test-set-run", 409): {"path": f"{RUNS}{RUN}/"},
    ("get-simulation-unit-test-set-run-artifacts", 422): {"path": f"{RUNS}x/artifacts/"},
    ("delete-service-version-set", 422): {"path": f"{SERVICES}x/version_sets/beta/"},
    ("delete-simulation-unit-test-set", 422): {"path": f"{SETS}x"},
}
"""What brings a status about where the general way does not: another path or query, or some other
fields in the body.
"""

BY_FAULT = {
    # Lists and searches leave out what the caller may not see, so they refuse nobody.
    (operation.id, 403)
    for operation in CATALOG.all()
    if operation.method == "GET" and 403 in operation.statuses and 403 not in operation.errors
}
"""What is declared because it is published, and only an armed fault brings about."""


def provoke(
    operation: str, status: int, server: AmigoMock, client: httpx2.Client
) -> httpx2.Response:
    """Ask for one thing that must be answered with this status."""
    request = requests(client)[operation]
    server.rate_limits.reset()
    sign_in = operation == "sign-in-with-api-key"
    if (operation, status) in BY_FAULT:
        client.post("/_mock/faults", json={"operation": operation, "status": status})
        return request.send(client)
    if (operation, status) in OWN_WAYS:
        changes = OWN_WAYS[operation, status]
        if "json" in changes:
            changes = {"json": {**request.json, **changes["json"]}}
        return request.but(**changes).send(client)
    if status == 400 and 400 not in CATALOG.operations[operation].statuses:
        return request.but(json=None, content=b"\xff").send(client)
    if status == 400:
        return request.but(params={"version": 7}).send(client)
    if status == 401:
        headers = {"x-api-key": "wrong"} if sign_in else {"Authorization": "Bearer wrong"}
        return request.but(headers={**request.headers, **headers}).send(client)
    if status == 403:
        with server.client("nobody") as nobody:
            return request.send(nobody)
    if status == 404:
        return request.but(path=request.path.replace(ORGANIZATION, "nowhere")).send(client)
    if status == 409:
        return request.but(json={**request.json, "name": "There"}).send(client)
    if status == 413:
        return request.but(json={"name": "x" * LARGEST}).send(client)
    if status == 422:
        return invalid(operation, request).send(client)
    if status == 429:
        client.put("/_mock/rate-limits", json={"limits": {operation: 0}})
    if status == 503:
        client.put("/_mock/maintenance", json={"enabled": True})
    return request.send(client)


def invalid(operation: str, request: Request) -> Request:
    """The same request, spoilt."""
    if operation == "sign-in-with-api-key":
        return request.but(headers={})
    if operation.startswith("search-"):
        return request.but(params={})
    if request.method == "GET":
        return request.but(params={"limit": -1})
    if request.method == "DELETE":
        return request.but(path=f"{request.path.removesuffix('/')}x/")
    return request.but(json=[])


@pytest.mark.parametrize(
    ("operation", "status"),
    [
        pytest.param(id, int(status), id=f"{id}-{status}")
        for id, operation in described("strict")
        for status in operation["responses"]
    ],
)
def test_every_declared_status_is_answered_as_declared(
    server: AmigoMock, signed_in: httpx2.Client, operation: str, status: int
) -> None:
    """Rule: each status that is documented can be met, with the documented body and headers.
    Source: published document: the answers of each operation.
    """
    answer = provoke(operation, status, server, signed_in)
    assert answer.status_code == status, answer.text
    response = declared(operation)["responses"][str(status)]
    content = response.get("content", {})
    if content:
        assert answer.headers["content-type"] in content
        valid("strict", content[answer.headers["content-type"]]["schema"]).validate(answer.json())
    else:
        assert answer.content == b""
    if (operation, status) not in BY_FAULT and status != 413:
        assert {name.lower() for name in response["headers"]} <= set(answer.headers)


@pytest.mark.parametrize("operation", CATALOG.all(), ids=lambda operation: operation.id)
def test_a_body_that_is_too_large_is_documented(operation: Operation) -> None:
    """Rule: every status that can be answered is documented, the one for large bodies too. Source:
    assumption: the size limit is our own.
    """
    assert "413" in declared(operation.id)["responses"]


@pytest.mark.parametrize(
    "operation", [operation.id for operation in CATALOG.all() if "_id}" in operation.path]
)
def test_what_is_not_there_is_a_404(signed_in: httpx2.Client, operation: str) -> None:
    """Rule: 404 for a record that does not exist, with the same shape as for an organization.
    Source: published document: the answers of each operation.
    """
    request = requests(signed_in)[operation]
    id = next(part for part in request.path.split("/") if len(part) == len(UNKNOWN))
    answer = request.but(path=request.path.replace(id, UNKNOWN)).send(signed_in)
    assert answer.status_code == 404
    assert set(answer.json()) == {"detail"}


def test_what_only_faults_bring_about_is_declared() -> None:
    """Rule: an exception from provoking a status for real is one of a declared status. Source:
    published document: the answers of each operation.
    """
    known = {(id, int(status)) for id, one in described("strict") for status in one["responses"]}
    assert known > BY_FAULT
