"""The official SDK as a client: its HTTP clients, its models and its errors, over a socket."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import httpx
import pytest
from amigo_sdk import (
    AmigoConfig,
    AmigoError,
    AuthenticationError,
    BadRequestError,
    ConflictError,
    ForbiddenError,
    NotFoundError,
    RateLimitError,
    ServiceUnavailableError,
    ValidationError,
    parse_rate_limit_headers,
)
from amigo_sdk.auth import sign_in_with_api_key, sign_in_with_api_key_async
from amigo_sdk.generated import model as sdk
from amigo_sdk.http_client import AmigoAsyncHttpClient, AmigoHttpClient
from pydantic import BaseModel

from amigo_mock import AmigoMock
from amigo_mock.operations.responses import Nothing
from amigo_mock.resources import CATALOG
from tests.support.bodies import persona, persona_version, scenario, scenario_version
from tests.support.paths import PERSONAS, RUNS, SCENARIOS
from tests.support.suite import Suite

Json: TypeAlias = dict[str, Any]

VERSIONED = {
    id for id, module in CATALOG.modules.items() if module.endswith((".personas", ".scenarios"))
}
"""The operations of personas and scenarios."""

LIST = "get-simulation-personas"
CREATE = "create-simulation-persona"
SIGN_IN = "sign-in-with-api-key"


def configured(mock: AmigoMock, environment: pytest.MonkeyPatch) -> AmigoConfig:
    """The SDK's configuration, read from the environment that the mock hands out."""
    for name, value in mock.env.items():
        environment.setenv(name, value)
    environment.setenv("NO_PROXY", "127.0.0.1")
    return AmigoConfig()  # type: ignore[call-arg]  # it reads the environment


@pytest.fixture
def config(mock: AmigoMock, monkeypatch: pytest.MonkeyPatch) -> AmigoConfig:
    """The configuration for the mock of all tests."""
    return configured(mock, monkeypatch)


@pytest.fixture
def http(config: AmigoConfig) -> Iterator[AmigoHttpClient]:
    """The SDK's own client."""
    with AmigoHttpClient(config) as client:
        yield client


Ask = Callable[..., httpx.Response]


@pytest.fixture(params=["sync", "async"])
def ask(request: pytest.FixtureRequest, config: AmigoConfig) -> Iterator[Ask]:
    """One request with a client that lasts for the test: the blocking one, or the other."""
    if request.param == "sync":
        with AmigoHttpClient(config) as client:
            yield client.request
        return
    with asyncio.Runner() as runner:

        async def opened() -> AmigoAsyncHttpClient:
            return AmigoAsyncHttpClient(config)

        patient = runner.run(opened())
        yield lambda *given, **options: runner.run(patient.request(*given, **options))
        runner.run(patient.aclose())


def statuses(mock: AmigoMock, operation: str) -> list[int | None]:
    """What an operation answered so far."""
    return [entry.status for entry in mock.requests if entry.operation == operation]


# Signing in


def test_the_environment_configures_the_sdk(mock: AmigoMock, config: AmigoConfig) -> None:
    """Rule: the five variables are the SDK's configuration. Source: the SDK's config module."""
    assert config.base_url == mock.url
    assert config.organization_id == "mock-org"
    assert config.user_id == "mock-user"


def test_the_sdk_signs_in(mock: AmigoMock, config: AmigoConfig) -> None:
    """Rule: its sign-in gets a token and when it ends. Source: the SDK's auth module."""
    for found in (
        sign_in_with_api_key(config),
        asyncio.run(sign_in_with_api_key_async(config)),
    ):
        assert found.id_token.count(".") == 2
        left = (found.expires_at - datetime.now(UTC)).total_seconds()
        assert 3500 < left <= 3600
    assert statuses(mock, SIGN_IN) == [200, 200]


def test_the_sdk_signs_in_by_itself_and_once(ask: Ask, mock: AmigoMock) -> None:
    """Rule: the first request signs in, the others use its token. Source: the SDK's client."""
    for _ in range(3):
        assert ask("GET", PERSONAS).status_code == 200
    assert statuses(mock, SIGN_IN) == [200]
    assert {entry.caller for entry in mock.requests if entry.user} == {"mock-org/mock-user"}


def frozen(mock: AmigoMock, days: int) -> None:
    """Have the clock stand still so many days away from now."""
    mock.clock.freeze((datetime.now(UTC) + timedelta(days=days)).timestamp())


CLOCKS: dict[str, Callable[[AmigoMock], None]] = {
    "frozen now": lambda mock: mock.clock.freeze(),
    "frozen ten months ago": lambda mock: frozen(mock, -300),
    "frozen in a year": lambda mock: frozen(mock, 366),
    "moved on by a year": lambda mock: mock.clock.advance(days=366),
}


@pytest.mark.parametrize("set_clock", CLOCKS.values(), ids=CLOCKS)
def test_the_sdk_signs_in_once_whatever_the_clock_says(
    ask: Ask, mock: AmigoMock, set_clock: Callable[[AmigoMock], None]
) -> None:
    """Rule: `expires_at` and `X-RateLimit-Reset` are told by the clock of the client, who compares
    them with its own time: a token is used until its end. Source: the SDK's client.
    """
    set_clock(mock)
    for _ in range(7):
        answer = ask("GET", PERSONAS)
    assert statuses(mock, SIGN_IN) == [200]
    assert statuses(mock, LIST) == [200] * 7
    told = parse_rate_limit_headers(answer.headers)
    assert told is not None
    assert 0 < (told.reset - datetime.now(UTC)).total_seconds() <= 62
    mock.clock.advance(3601)  # of which the client knows nothing
    assert ask("GET", PERSONAS).status_code == 200
    assert statuses(mock, SIGN_IN) == [200, 200]


@pytest.mark.parametrize("wrong", ["api_key", "api_key_id", "user_id", "organization_id"])
def test_wrong_credentials_are_the_sdk_s_error(config: AmigoConfig, wrong: str) -> None:
    """Rule: what does not sign in is its AuthenticationError. Source: the SDK's auth module."""
    changed = config.model_copy(update={wrong: "wrong"})
    with (
        pytest.raises(AuthenticationError, match="exchange failed"),
        AmigoHttpClient(changed) as client,
    ):
        client.request("GET", PERSONAS)


def test_the_sdk_s_own_resources_meet_an_honest_refusal(config: AmigoConfig) -> None:
    """Rule: what is not emulated is a 501, never a plausible answer. Source: honesty."""
    with AmigoHttpClient(config) as client, pytest.raises(AmigoError) as caught:
        client.request("GET", "/v1/mock-org/organization/")
    assert caught.value.status_code == 501
    assert "does not emulate" in str(caught.value)


# Refreshing, retrying


def test_an_expired_token_is_refreshed(ask: Ask, mock: AmigoMock) -> None:
    """Rule: on a 401 the SDK signs in again and repeats. Source: the SDK's client."""
    assert ask("GET", PERSONAS).status_code == 200
    # The SDK looks at its own clock, by which the token is good: only the 401 tells it.
    mock.clock.advance(3601)
    assert ask("GET", PERSONAS).status_code == 200
    assert ask("POST", PERSONAS, json=persona()).status_code == 201
    assert statuses(mock, LIST) == [200, 401, 200]
    assert statuses(mock, SIGN_IN) == [200, 200]
    assert statuses(mock, CREATE) == [201]


def test_a_token_that_was_refused_once_is_refreshed(ask: Ask, mock: AmigoMock) -> None:
    """Rule: the same for a write, which then happens once. Source: the SDK's client."""
    mock.faults.add(CREATE, status=401)
    assert ask("POST", PERSONAS, json=persona()).status_code == 201
    assert statuses(mock, CREATE) == [401, 201]
    assert statuses(mock, SIGN_IN) == [200, 200]


def test_a_token_that_is_refused_for_good_is_an_error(ask: Ask, mock: AmigoMock) -> None:
    """Rule: it signs in again once, then gives up. Source: the SDK's client."""
    mock.faults.add(LIST, status=401, times=None)
    with pytest.raises(AuthenticationError) as caught:
        ask("GET", PERSONAS)
    assert caught.value.status_code == 401
    assert statuses(mock, LIST) == [401, 401]


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_read_is_tried_again(ask: Ask, mock: AmigoMock, status: int) -> None:
    """Rule: the SDK repeats a GET, three times at most. Source: the SDK's retry defaults."""
    mock.faults.add(LIST, status=status, times=2, headers={"Retry-After": "0"})
    assert ask("GET", PERSONAS).status_code == 200
    assert statuses(mock, LIST) == [status, status, 200]


def test_a_read_is_tried_three_times_at_most(ask: Ask, mock: AmigoMock) -> None:
    """Rule: then the last answer is raised. Source: the SDK's retry defaults."""
    mock.faults.add(LIST, status=503, times=None, headers={"Retry-After": "0"})
    with pytest.raises(ServiceUnavailableError) as caught:
        ask("GET", PERSONAS)
    assert caught.value.status_code == 503
    assert statuses(mock, LIST) == [503, 503, 503]


def test_a_lost_connection_is_tried_again(ask: Ask, mock: AmigoMock) -> None:
    """Rule: a GET whose connection is cut is repeated. Source: the SDK's client."""
    mock.faults.add(LIST, drop=True, when="after")
    assert ask("GET", PERSONAS).status_code == 200
    assert statuses(mock, LIST) == [None, 200]


def test_a_write_is_tried_again_only_when_told_to_wait(ask: Ask, mock: AmigoMock) -> None:
    """Rule: a POST is repeated on a 429 with Retry-After, else not. Source: the SDK's client."""
    mock.faults.add(CREATE, status=429, headers={"Retry-After": "0"})
    assert ask("POST", PERSONAS, json=persona()).status_code == 201
    mock.faults.add(CREATE, status=503, headers={"Retry-After": "0"})
    with pytest.raises(ServiceUnavailableError):
        ask("POST", PERSONAS, json=persona("Bob"))
    mock.faults.add(CREATE, status=429)
    with pytest.raises(RateLimitError):
        ask("POST", PERSONAS, json=persona("Bob"))
    assert statuses(mock, CREATE) == [429, 201, 503, 429]


# Errors


def refused(
    http: AmigoHttpClient, kind: type[AmigoError], *request: Any, **options: Any
) -> AmigoError:
    """What the SDK raises for a request."""
    with pytest.raises(kind) as caught:
        http.request(*request, **options)
    assert type(caught.value) is kind
    return caught.value


def test_every_status_is_its_class_with_our_words(http: AmigoHttpClient, mock: AmigoMock) -> None:
    """Rule: the SDK's error carries status and detail of our body. Source: its errors module."""
    made = http.request("POST", PERSONAS, json=persona()).json()
    path = f"{PERSONAS}{made['simulation_persona_id']}/"
    version = {"json": persona_version(), "params": {"version": 7}}
    errors: list[AmigoError] = [
        refused(http, BadRequestError, "POST", f"{path}version/", **version),
        refused(http, NotFoundError, "DELETE", f"{PERSONAS}{'0' * 24}/"),
        refused(http, ConflictError, "POST", PERSONAS, json=persona()),
        refused(http, ValidationError, "POST", PERSONAS, json={}),
    ]
    mock.rate_limits.set(CREATE, 0)
    # Told to wait a minute, the SDK would: it is told to try only once.
    with AmigoHttpClient(http._cfg, retry_max_attempts=1) as once:
        errors.append(refused(once, RateLimitError, "POST", PERSONAS, json=persona("Bob")))
    mock.maintenance = True
    errors.append(refused(http, ServiceUnavailableError, "POST", PERSONAS, json=persona()))
    assert [error.status_code for error in errors] == [400, 404, 409, 422, 429, 503]
    for error in errors:
        body = error.response_body
        assert isinstance(body, dict)
        assert str(body["detail"]) in str(error)
    assert "already" in str(errors[2])
    assert "Field required" in str(errors[3])


def test_a_missing_permission_is_forbidden(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rule: a 403 is its ForbiddenError. Source: the SDK's errors module."""
    with (
        AmigoMock(permissions=()) as mock,
        AmigoHttpClient(configured(mock, monkeypatch)) as http,
    ):
        error = refused(http, ForbiddenError, "POST", PERSONAS, json=persona())
    assert error.status_code == 403


def test_rate_limit_headers_are_what_the_sdk_reads(http: AmigoHttpClient, mock: AmigoMock) -> None:
    """Rule: limit, remaining and reset are read by the SDK. Source: its rate_limits module."""
    for used in (1, 2):
        answer = http.request("GET", PERSONAS)
        found = parse_rate_limit_headers(answer.headers)
        assert found is not None
        assert (found.limit, found.remaining) == (50, 50 - used)
        assert 0 < (found.reset - mock.clock.datetime()).total_seconds() <= 61


# Models

V1_PERSONA = sdk.SimulationCreateSimulationPersonaRequest.model_validate(persona("Ann"))
V1_SCENARIO = sdk.SimulationCreateSimulationScenarioRequest.model_validate(scenario("Refill"))

RESPONSES: Mapping[str, type[BaseModel] | None] = {
    SIGN_IN: sdk.UserSignInWithApiKeyResponse,
    CREATE: sdk.SimulationCreateSimulationPersonaResponse,
    LIST: sdk.SimulationGetSimulationPersonasResponse,
    "search-simulation-personas": sdk.SimulationSearchSimulationPersonasResponse,
    "update-simulation-persona": None,
    "delete-simulation-persona": None,
    "create-simulation-persona-version": sdk.SimulationCreateSimulationPersonaVersionResponse,
    "get-simulation-persona-versions": sdk.SimulationGetSimulationPersonaVersionsResponse,
    "create-simulation-scenario": sdk.SimulationCreateSimulationScenarioResponse,
    "get-simulation-scenarios": sdk.SimulationGetSimulationScenariosResponse,
    "search-simulation-scenarios": sdk.SimulationSearchSimulationScenariosResponse,
    "update-simulation-scenario": None,
    "delete-simulation-scenario": None,
    "create-simulation-scenario-version": sdk.SimulationCreateSimulationScenarioVersionResponse,
    "get-simulation-scenario-versions": sdk.SimulationGetSimulationScenarioVersionsResponse,
    "get-services": sdk.ServiceGetServicesResponse,
    "create-service": sdk.ServiceCreateServiceResponse,
    "update-service": None,
    "upsert-service-version-set": None,
    "delete-service-version-set": None,
    "create-metric": sdk.MetricCreateMetricResponse,
    "get-metrics": sdk.MetricGetMetricsResponse,
    "search-metrics": sdk.MetricSearchMetricsResponse,
    "update-metric": None,
    "delete-metric": None,
    "create-metric-version": sdk.MetricCreateMetricVersionResponse,
    "get-metric-versions": sdk.MetricGetMetricVersionsResponse,
    "create-simulation-unit-test": sdk.SimulationCreateSimulationUnitTestResponse,
    "get-simulation-unit-tests": sdk.SimulationGetSimulationUnitTestsResponse,
    "search-simulation-unit-tests": sdk.SimulationSearchSimulationUnitTestsResponse,
    "update-simulation-unit-test": None,
    "delete-simulation-unit-test": None,
    "create-simulation-unit-test-set": sdk.SimulationCreateSimulationUnitTestSetResponse,
    "get-simulation-unit-test-sets": sdk.SimulationGetSimulationUnitTestSetsResponse,
    "search-simulation-unit-test-sets": sdk.SimulationSearchSimulationUnitTestSetResponse,
    "update-simulation-unit-test-set": None,
    "delete-simulation-unit-test-set": None,
    "create-simulation-unit-test-set-run": sdk.SimulationCreateSimulationUnitTestSetRunResponse,
    "get-simulation-unit-test-set-runs": sdk.SimulationGetSimulationUnitTestSetRunsResponse,
    "get-simulation-unit-test-set-run-artifacts": (
        sdk.SimulationGetSimulationUnitTestSetRunArtifactsResponse
    ),
    "cancel-simulation-unit-test-set-run": None,
}


def sent(body: BaseModel) -> Any:
    """What the SDK puts on the wire for one of its models."""
    return body.model_dump(mode="json", by_alias=True)


def written(model: type[BaseModel], **fields: Any) -> Any:
    """What the SDK puts on the wire for a model with these fields."""
    return sent(model.model_validate(fields))


class Reader:
    """Reads every answer with the SDK's model of it, and keeps what it read by operation."""

    def __init__(self, http: AmigoHttpClient) -> None:
        self._http = http
        self.read: dict[str, BaseModel | None] = {}

    def __call__(self, operation: str, *request: str, **options: Any) -> Any:
        answer = self._http.request(*request, **options)
        expected = RESPONSES[operation]
        if expected is None:
            assert (answer.status_code, answer.content) in ((204, b""), (200, b"null"))
            self.read[operation] = None
            return None
        self.read[operation] = found = expected.model_validate_json(answer.content)
        # Read and written again it is the same: nothing was passed over or made up.
        assert found.model_dump(mode="json", by_alias=True) == answer.json()
        return found


@pytest.fixture
def call(http: AmigoHttpClient) -> Reader:
    return Reader(http)


def test_answers_about_personas_and_scenarios_are_read_by_the_sdk_s_models(
    mock: AmigoMock, config: AmigoConfig, call: Reader
) -> None:
    """Rule: each operation's success is one of its generated models. Source: the contract.

    Its models also make the bodies, so what the SDK sends is accepted, without a warning. Tags
    are empty there: the keys of the SDK's own mappings cannot be hashed.
    """
    assert isinstance(sign_in_with_api_key(config), RESPONSES[SIGN_IN] or BaseModel)
    for kind, base, new, version, changes in (
        (
            "persona",
            PERSONAS,
            V1_PERSONA,
            sdk.SimulationCreateSimulationPersonaVersionRequest(**persona_version()),
            sdk.SimulationUpdateSimulationPersonaRequest(tags={}),
        ),
        (
            "scenario",
            SCENARIOS,
            V1_SCENARIO,
            sdk.SimulationCreateSimulationScenarioVersionRequest(**scenario_version()),
            sdk.SimulationUpdateSimulationScenarioRequest(tags={}),
        ),
    ):
        name = f"simulation-{kind}"
        made = call(f"create-{name}", "POST", base, json=sent(new))
        path = f"{base}{getattr(made, f'simulation_{kind}_id')}/"
        call(f"create-{name}-version", "POST", f"{path}version/", json=sent(version))
        call(f"update-{name}", "POST", path, json=sent(changes))
        assert call(f"get-{name}s", "GET", base).filter_values is not None
        query = {"query": new.name.root}
        assert call(f"search-{name}s", "GET", f"{base}search", params=query)
        assert call(f"get-{name}-versions", "GET", f"{path}version/").has_more is False
        call(f"delete-{name}", "DELETE", path)
    assert call.read.keys() == VERSIONED
    assert not any(entry.warnings for entry in mock.requests)


def test_answers_about_runs_are_read_by_the_sdk_s_models(mock: AmigoMock, call: Reader) -> None:
    """Rule: the same for unit tests, sets, runs, and what they stand on. Source: the contract."""
    mock.clock.freeze()
    base = "/v1/mock-org"
    (service,) = call("get-services", "GET", f"{base}/service/").services
    made = written(
        sdk.ServiceCreateServiceRequest,
        service_hierarchical_state_machine_id=service.service_hierarchical_state_machine_id,
        agent_id=service.agent_id,
        name="Pharmacy",
        description="Refills.",
        is_active=True,
        keyterms=[],
        tags={},
    )
    own = f"{base}/service/{call('create-service', 'POST', f'{base}/service/', json=made).id}"
    changes = written(sdk.ServiceUpdateServiceRequest, description="Other.")
    call("update-service", "POST", f"{own}/", json=changes)
    pinned = {
        "agent_version_number": 1,
        "service_hierarchical_state_machine_version_number": None,
        "llm_model_preferences": {"any": {"llm_name": "openai_gpt-5.6-sol", "params": {}}},
    }
    version_set = written(sdk.ServiceUpsertServiceVersionSetRequest, version_set=pinned)
    call("upsert-service-version-set", "PUT", f"{own}/version_sets/b/", json=version_set)

    value = {"type": "numerical", "lower_bound": 0.0, "upper_bound": 10.0}
    initial = {"description": "How patient.", "metric_value": value}
    metric = written(
        sdk.MetricCreateMetricRequest,
        name="Patience",
        applied_to_services=[],
        additional_notes=None,
        tags={},
        initial_version_metric_value=initial,
    )
    metric_id = call("create-metric", "POST", f"{base}/metric/", json=metric).id
    one = f"{base}/metric/{metric_id}/"
    assert len(call("get-metrics", "GET", f"{base}/metric/").metrics) == 4
    query = {"query": "Patience"}
    assert len(call("search-metrics", "GET", f"{base}/metric/search/", params=query).metrics) == 1
    call("update-metric", "POST", one, json=written(sdk.MetricUpdateMetricRequest, tags={}))
    version = written(sdk.MetricCreateMetricVersionRequest, **initial)
    call("create-metric-version", "POST", f"{one}version/", json=version)
    assert len(call("get-metric-versions", "GET", f"{one}version").metric_versions) == 2

    persona_id = call("create-simulation-persona", "POST", PERSONAS, json=persona())
    scenario_id = call("create-simulation-scenario", "POST", SCENARIOS, json=scenario())
    tests, sets, runs = (f"{base}/simulation/unit_test{end}/" for end in ("", "_set", "_set_run"))
    criterion = {"type": "numerical", "verb": ">=", "threshold": 5.0}
    test = written(
        sdk.SimulationCreateSimulationUnitTestRequest,
        name="Patient",
        description="With everybody.",
        service_id=own.rpartition("/")[2],
        service_version_set_name="b",
        persona_id=persona_id.simulation_persona_id,
        scenario_id=scenario_id.simulation_scenario_id,
        max_interactions=9,
        success_criterions=[{"name": "Enough", "metric_id": metric_id, "criterion": criterion}],
        tags={},
    )
    name = "simulation-unit-test"
    test_id = call(f"create-{name}", "POST", tests, json=test).simulation_unit_test_id
    changed = written(sdk.SimulationUpdateSimulationUnitTestRequest, max_interactions=8)
    call(f"update-{name}", "POST", f"{tests}{test_id}/", json=changed)
    assert len(call(f"get-{name}s", "GET", tests).simulation_unit_tests) == 1
    query = {"query": "everybody"}
    assert call(f"search-{name}s", "GET", f"{tests}search/", params=query).simulation_unit_tests

    body = written(
        sdk.SimulationCreateSimulationUnitTestSetRequest,
        name="Nightly",
        description=None,
        unit_test_runs=[{"unit_test_id": test_id, "run_count": 2}],
        tags={},
    )
    set_id = call(f"create-{name}-set", "POST", sets, json=body).simulation_unit_test_set_id
    renamed = written(sdk.SimulationUpdateSimulationUnitTestSetRequest, name="N")
    call(f"update-{name}-set", "POST", f"{sets}{set_id}", json=renamed)
    assert len(call(f"get-{name}-sets", "GET", sets).simulation_unit_test_sets) == 1
    assert call(f"search-{name}-sets", "GET", f"{sets}search/", params={"query": "n"})

    wanted = written(
        sdk.SimulationCreateSimulationUnitTestSetRunRequest, simulation_unit_test_set_id=set_id
    )
    run = call(f"create-{name}-set-run", "POST", runs, json=wanted)
    (found,) = call(f"get-{name}-set-runs", "GET", runs).simulation_unit_test_set_runs
    assert found.is_completed
    one = f"{runs}{run.simulation_unit_test_set_run_id}/"
    link = call(f"get-{name}-set-run-artifacts", "GET", f"{one}artifacts/")
    assert httpx.get(link.presigned_url, trust_env=False).status_code == 200
    call(f"delete-{name}-set", "DELETE", f"{sets}{set_id}")
    call(f"delete-{name}", "DELETE", f"{tests}{test_id}/")
    call("delete-service-version-set", "DELETE", f"{own}/version_sets/b/")
    call("delete-metric", "DELETE", f"{base}/metric/{metric_id}/")
    expected = {operation.id for operation in CATALOG.all()} - VERSIONED
    expected -= {"sign-in-with-api-key", f"cancel-{name}-set-run"}
    assert expected <= call.read.keys()
    assert not any(entry.warnings for entry in mock.requests)


def test_a_run_that_is_cancelled_is_read_by_the_sdk_s_models(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Rule: the same for what takes time, and is cancelled. Source: the contract."""
    with (
        AmigoMock(run_duration=60) as mock,
        mock.client() as client,
        AmigoHttpClient(configured(mock, monkeypatch)) as http,
    ):
        suite, call = Suite(client), Reader(http)
        run = suite.start(suite.unit_test_set(suite.unit_test()))
        (found,) = call(
            "get-simulation-unit-test-set-runs", "GET", RUNS
        ).simulation_unit_test_set_runs
        assert (found.is_completed, found.unit_test_run_results) == (False, [None])
        call("cancel-simulation-unit-test-set-run", "DELETE", f"{RUNS}{run}/")


def test_the_table_has_every_operation() -> None:
    """Rule: no operation is added without a look through the SDK's eyes. Source: this file."""
    assert RESPONSES.keys() == {operation.id for operation in CATALOG.all()}


@pytest.mark.parametrize(
    "operation",
    [operation for operation in CATALOG.all() if operation.response not in (None, Nothing)],
    ids=lambda operation: operation.id,
)
def test_our_answers_have_the_fields_of_the_sdk_s_models(operation: Any) -> None:
    """Rule: no field of an answer is unknown to the SDK, none is missing. Source: the contract."""
    theirs = RESPONSES[operation.id]
    assert theirs is not None
    assert fields(operation.response) == fields(theirs)


def fields(model: type[BaseModel]) -> Json:
    """The names of the fields of a model, all the way down."""
    schema = model.model_json_schema()

    def inside(node: Any) -> Any:
        if "$ref" in node:
            return inside(schema["$defs"][node["$ref"].rpartition("/")[2]])
        for branch in node.get("anyOf", ()):
            if found := inside(branch):
                return found
        if "items" in node and isinstance(node["items"], dict):
            return inside(node["items"])
        return {name: inside(item) for name, item in node.get("properties", {}).items()}

    found: Json = inside(schema)
    return found


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 5, "is_deleted": False, "role": ["patient"], "sort_by": ["-updated_at"]},
        {"tag": ["a:*"], "creator": ["mock-org,mock-user"]},
        {"continuation_token": 1},
    ],
)
def test_the_sdk_s_queries_are_accepted(
    http: AmigoHttpClient, mock: AmigoMock, query: Json
) -> None:
    """Rule: what its query models say is understood, without a warning. Source: the contract."""
    asked = sdk.GetSimulationPersonasParametersQuery.model_validate(query)
    parameters = asked.model_dump(mode="json", exclude_defaults=True)
    assert parameters == query
    assert http.request("GET", PERSONAS, params=parameters).status_code == 200
    assert not any(entry.warnings for entry in mock.requests)
