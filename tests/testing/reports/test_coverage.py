"""Coverage of the contract: what counts as covered, what does not, and how it is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from pydantic import BaseModel

from amigo_mock import AmigoMock
from amigo_mock.contract.catalogue import PublishedOperation
from amigo_mock.errors import MockError, error_body
from amigo_mock.operations.bodies import Body
from amigo_mock.operations.call import Call
from amigo_mock.operations.operation import Operation, operation
from amigo_mock.operations.parameters import Parameters
from amigo_mock.resources import CATALOG
from amigo_mock.state.redaction import redact
from amigo_mock.state.requests import Entry
from amigo_mock.testing.reports.coverage import Coverage
from amigo_mock.testing.reports.exercise import Exercise
from amigo_mock.testing.reports.layout import by_handler
from tests.support.bodies import persona, scenario
from tests.support.paths import PERSONAS, SCENARIOS

CREATE, LIST = "create-simulation-persona", "get-simulation-personas"
DELETE, SIGN_IN = "delete-simulation-persona", "sign-in-with-api-key"
NOBODY = f"{PERSONAS}{'0' * 24}/"


@pytest.fixture
def coverage(mock: AmigoMock) -> Iterator[Coverage]:
    """The coverage by the requests of the test."""
    found = Coverage(CATALOG.all())
    mock.requests.subscribe(found.add)
    yield found
    mock.requests.unsubscribe(found.add)


def of(coverage: Coverage, operation: str) -> dict[str, Any]:
    content: dict[str, Any] = coverage.json()["operations"][operation]
    return content


def met(content: dict[str, Any]) -> dict[str, int]:
    return {status: count for status, count in content["statuses"].items() if count}


# What counts


def test_nothing_is_covered_without_calls() -> None:
    """Rule: every status, parameter and field is there to cover, and none is. Source: coverage."""
    coverage = Coverage(CATALOG.all())
    assert coverage.percent == 0.0
    assert coverage.never_called == [item.id for item in CATALOG.all()]
    covered, total = coverage.totals["statuses"]
    assert (covered, total) == (0, sum(len(item.statuses) for item in CATALOG.all()))
    assert Coverage(()).percent == 100.0


def test_statuses_are_counted(mock: AmigoMock, client: httpx2.Client, coverage: Coverage) -> None:
    """Rule: each documented status, and how often the service gave it. Source: coverage."""
    for _ in range(3):
        client.post(PERSONAS, json=persona())
    client.post(PERSONAS, json={})
    found = of(coverage, CREATE)
    assert found["calls"] == 4
    assert met(found) == {"201": 1, "409": 2, "422": 1}
    assert set(found["statuses"]) == {"201", "401", "403", "404", "409", "422", "429", "503"}


def test_what_a_fault_answers_covers_nothing(
    mock: AmigoMock, client: httpx2.Client, coverage: Coverage
) -> None:
    """Rule: a fault shows only that its caller can take it. Source: coverage."""
    mock.faults.add(LIST, status=503)
    mock.faults.add(LIST, status=418, when="after")
    mock.faults.add(LIST, status=200, when="after")
    mock.faults.add(LIST, drop=True)
    for _ in range(3):
        client.get(PERSONAS, params={"limit": 1})
    with pytest.raises(httpx2.TransportError):
        client.get(PERSONAS, params={"limit": 1})
    found = of(coverage, LIST)
    assert (found["calls"], found["covered"], found["dropped"]) == (4, 0, 1)
    assert (met(found), found["faults"]) == ({}, {"200": 1, "418": 1, "503": 1})
    assert found["undocumented"] == {}
    assert "503*" in coverage.text()
    assert "* a fault" in coverage.text()


def test_a_refusal_that_a_fault_replaced_covers_nothing(
    mock: AmigoMock, client: httpx2.Client, coverage: Coverage
) -> None:
    """Rule: what was sent counts as tried where the service refused it, and not where a fault stood
    in for that. Source: coverage.
    """
    mock.faults.add(CREATE, status=422, when="after")
    client.post(PERSONAS, json={"name": 5})
    assert of(coverage, CREATE)["covered"] == 0
    client.post(PERSONAS, json={"name": 5})
    assert of(coverage, CREATE)["covered"] > 0


def test_a_fault_that_only_delays_takes_nothing_away(
    mock: AmigoMock, client: httpx2.Client, coverage: Coverage
) -> None:
    """Rule: a late answer of the service is the service's. Source: coverage."""
    mock.faults.add(LIST, delay=0.001)
    client.get(PERSONAS)
    assert met(of(coverage, LIST)) == {"200": 1}


def test_parameters_are_covered_when_they_are_sent(
    mock: AmigoMock, client: httpx2.Client, coverage: Coverage
) -> None:
    """Rule: those of the path always, of the query and of headers by name. Source: coverage."""
    query = "limit=1&tag=a&tag=b&sort_by=&nothing=1&%69d=" + "0" * 24
    client.get(f"{PERSONAS}?{query}", headers={"X-Mongo-Cluster-Name": "a", "X-Nothing": "b"})
    found = of(coverage, LIST)["parameters"]
    sent = {"organization", "limit", "tag", "sort_by", "id", "x-mongo-cluster-name"}
    assert set(found["sent"]) == sent
    declared = {item.name for item in coverage.operations[LIST].operation.parameters}
    assert set(found["never_sent"]) == declared - sent


def test_fields_are_covered_by_dotted_path(
    mock: AmigoMock, client: httpx2.Client, coverage: Coverage
) -> None:
    """Rule: fields of models within models count each; lists and mappings are leaves.

    Source: coverage.
    """
    body = {"name": "Ann", "role": "patient", "nothing": 1}
    client.post(PERSONAS, json={**body, "initial_version": {"background": "b"}, "tags": {"a": "b"}})
    found = of(coverage, CREATE)["fields"]
    assert found["sent"] == [
        "name",
        "role",
        "tags",
        "initial_version",
        "initial_version.background",
    ]
    assert set(found["never_sent"]) == {
        f"initial_version.{name}"
        for name in (
            *("preferred_language", "timezone", "user_models"),
            *("nonsensitive_user_variables", "sensitive_user_variables"),
        )
    }


@pytest.mark.parametrize("body", [b"", b"[]", b"3", b'{"name": "Ann', b'{"name": 1}}'])
def test_a_body_that_is_no_object_has_no_fields(
    mock: AmigoMock, client: httpx2.Client, coverage: Coverage, body: bytes
) -> None:
    """Rule: broken JSON shows nothing of fields, but validation saw the rest. Source: coverage."""
    for path in (PERSONAS, SCENARIOS):
        client.post(path, content=body, headers={"Content-Type": "application/json"})
    for name in (CREATE, "create-simulation-scenario"):
        found = of(coverage, name)
        assert met(found) == {"422": 1}
        assert (found["fields"]["sent"], found["parameters"]["sent"]) == ([], ["organization"])


def test_a_secret_is_a_field_too(
    mock: AmigoMock, client: httpx2.Client, coverage: Coverage
) -> None:
    """Rule: the journal hides the value and not the field. Source: secrets."""
    body = persona()
    body["initial_version"]["sensitive_user_variables"] = {"token_of_mine": "hush"}
    client.post(PERSONAS, json=body)
    assert of(coverage, CREATE)["fields"]["never_sent"] == []
    assert "hush" not in json.dumps(coverage.json()) + coverage.text() + coverage.markdown()


def test_a_body_that_the_journal_cut_counts_as_far_as_it_goes() -> None:
    """Rule: what the journal kept of an accepted body is read. Source: coverage."""
    with AmigoMock(journal_body_size=40) as mock, mock.client() as client:
        coverage = Coverage(CATALOG.all())
        mock.requests.subscribe(coverage.add)
        client.post(PERSONAS, json=persona("A" * 60))
        assert met(of(coverage, CREATE)) == {"201": 1}
        assert of(coverage, CREATE)["fields"]["sent"] == ["name"]


@pytest.mark.parametrize("status", [401, 404, 429, 503])
def test_what_is_turned_away_at_the_door_shows_nothing_of_parameters(
    mock: AmigoMock, client: httpx2.Client, coverage: Coverage, status: int
) -> None:
    """Rule: nobody looked at the parameters of what was not let in. Source: coverage."""
    mock.maintenance = status == 503
    mock.rate_limits.set(CREATE, 0 if status == 429 else 100)
    headers = {"Authorization": "none"} if status == 401 else {"X-ORG-ID": "mock-org"}
    path = PERSONAS.replace("mock-org", "no-org") if status == 404 else PERSONAS
    assert client.post(path, json=persona(), headers=headers).status_code == status
    found = of(coverage, CREATE)
    assert met(found) == {str(status): 1}
    assert (found["covered"], found["parameters"]["sent"], found["fields"]["sent"]) == (1, [], [])


@pytest.mark.parametrize("body", [b"\xff{}", b"[" * 300])
def test_a_body_that_cannot_be_read_shows_nothing(
    client: httpx2.Client, coverage: Coverage, body: bytes
) -> None:
    """Rule: what was refused before it was looked at has neither fields nor parameters, also where
    the handler has a 400 of its own. Source: coverage.
    """
    headers = {"Content-Type": "application/json"}
    for path in (PERSONAS, f"{NOBODY}version/"):
        assert client.post(path, content=body, headers=headers).status_code == 400
    for name in (CREATE, "create-simulation-persona-version"):
        found = of(coverage, name)
        assert (found["parameters"]["sent"], found["fields"]["sent"]) == ([], [])


def test_what_the_handler_refuses_was_looked_at(
    mock: AmigoMock, client: httpx2.Client, coverage: Coverage
) -> None:
    """Rule: the 404 of a record and the 401 of a sign-in are a handler's. Source: coverage."""
    assert client.delete(NOBODY).status_code == 404
    headers = {"x-api-key": "a", "x-api-key-id": "b", "x-user-id": "c"}
    assert client.post("/v1/mock-org/user/signin_with_api_key", headers=headers).status_code == 401
    assert "simulation_persona_id" in of(coverage, DELETE)["parameters"]["sent"]
    assert set(headers) <= set(of(coverage, SIGN_IN)["parameters"]["sent"])


def test_every_refusal_of_a_handler_is_known_by_its_text() -> None:
    """Rule: no declared text is changed on its way into the journal. Source: coverage."""
    for item in CATALOG.all():
        for status, text in item.errors.items():
            body = redact(error_body(text), CATALOG.secrets) or b""
            entry = Entry(1, 0.0, item.method, "/", "", item.id, status=status, handled=True)
            entry.response_body = body
            assert by_handler(item, entry)
            entry.response_body = error_body(f"There is no organization {text!r}.")
            assert not by_handler(item, entry)


def test_undocumented_statuses_are_told() -> None:
    """Rule: a 413 is in no document; it covers nothing and is not hidden. Source: coverage."""
    with AmigoMock(max_body_size=10) as mock, mock.client() as client:
        coverage = Coverage(CATALOG.all())
        mock.requests.subscribe(coverage.add)
        client.post(PERSONAS, json=persona())
        assert of(coverage, CREATE)["undocumented"] == {"413": 1}
        assert of(coverage, CREATE)["covered"] == 0
        assert f"undocumented: {CREATE} answered 413" in coverage.text()


def test_races_and_strangers_are_passed_over(
    mock: AmigoMock, client: httpx2.Client, coverage: Coverage
) -> None:
    """Rule: the harness's own requests, and those to no operation, are none. Source: coverage."""
    client.get(PERSONAS)
    entry = mock.requests.last
    found = Coverage(CATALOG.all())
    entry.race = True
    found.add(entry)
    client.get("/nothing")
    found.add(mock.requests.last)
    assert found.json() == Coverage(CATALOG.all()).json()


class Inner(BaseModel):
    a: int
    again: Inner | None = None


class Other(BaseModel):
    b: int


class Nested(Body):
    one: Inner | None = None
    either: Inner | Other
    several: list[Inner] = []
    named: dict[str, Inner] = {}


class Nothing(BaseModel):
    pass


def nest(call: Call[Parameters, Nested]) -> Nothing:
    raise NotImplementedError


def test_fields_within_models() -> None:
    """Rule: through models and choices of them; not lists, mappings or a model in itself.

    Source: coverage.
    """
    where = PublishedOperation("nest", "POST", "/v1/{organization}/nest/", (200,))
    declared: Operation = operation(where)(nest)
    assert Exercise(declared).declared["fields"] == (
        *("one", "one.a", "one.again", "either", "either.a", "either.again", "either.b"),
        *("several", "named"),
    )


# How it is told


def some(mock: AmigoMock, client: httpx2.Client) -> None:
    client.post(PERSONAS, json=persona())
    client.post(PERSONAS, json=persona())
    mock.faults.add(LIST, status=503)
    client.get(PERSONAS)
    client.get(PERSONAS, params={"limit": 3})
    client.delete(NOBODY)
    client.post(SCENARIOS, json=scenario())


def test_the_percentage_is_the_share_of_everything(
    mock: AmigoMock, client: httpx2.Client, coverage: Coverage
) -> None:
    """Rule: covered statuses, parameters and fields, over all of them. Source: coverage."""
    some(mock, client)
    document = coverage.json()
    covered = 0
    for found in document["operations"].values():
        own = len(met(found)) + len(found["parameters"]["sent"]) + len(found["fields"]["sent"])
        assert found["covered"] == own
        covered += own
    assert document["covered"] == covered == sum(pair[0] for pair in coverage.totals.values())
    assert coverage.percent == document["percent"] == 100 * covered / document["total"]


def test_parts_of_a_run_add_up(mock: AmigoMock, client: httpx2.Client, coverage: Coverage) -> None:
    """Rule: however requests are dealt out to workers, the whole is the same. Source: coverage."""
    some(mock, client)
    parts = [Coverage(CATALOG.all()) for _ in range(3)]
    for entry in mock.requests:
        parts[entry.number % 3].add(entry)
    whole = Coverage(CATALOG.all())
    for part in parts:
        whole.merge(Coverage.of(CATALOG.all(), json.loads(json.dumps(part.json()))))
    assert whole.json() == coverage.json()
    assert whole.text() == coverage.text()
    assert whole.markdown() == coverage.markdown()


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({}, "no contract-coverage report"),
        ({"report": "contract-coverage", "format": 2}, "no contract-coverage report of format 1"),
        ({"report": "contract-coverage", "format": 1}, "report is broken: KeyError"),
        ({"operations": {"delete-simulation-persone": {}}}, "did you mean 'delete-simulation-per"),
        ({"operations": {DELETE: {"statuses": {"x": 1}}}}, "report is broken"),
    ],
)
def test_another_document_is_refused(document: dict[str, Any], told: str) -> None:
    """Rule: one sentence says what is wrong with it. Source: the house's own rules."""
    if "operations" in document:
        document = {"report": "contract-coverage", "format": 1, **document}
    with pytest.raises(MockError, match=told):
        Coverage.of(CATALOG.all(), document)


def test_what_is_about_another_operation_is_not_merged() -> None:
    """Rule: an unknown operation is refused, and nothing is half done. Source: the house."""
    few, all = Coverage(CATALOG.all()[:1]), Coverage(CATALOG.all())
    with pytest.raises(MockError, match="unknown operation"):
        few.merge(all)


@pytest.mark.parametrize("width", [80, 100])
def test_the_table_fits(
    mock: AmigoMock, client: httpx2.Client, coverage: Coverage, width: int
) -> None:
    """Rule: no line is wider than asked; the least covered comes first. Source: the terminal."""
    some(mock, client)
    lines = coverage.text(width).splitlines()
    assert max(map(len, lines)) <= width
    start = next(number for number, line in enumerate(lines) if line.startswith("operation"))
    rows = lines[start + 1 : lines.index("", start)]
    shares = [int(row.split()[-1].rstrip("%")) for row in rows[:-1]]
    assert shares == sorted(shares)
    assert rows[-1].startswith("all operations")
    assert lines[0].startswith(f"contract coverage {int(coverage.percent)}%: ")
    assert "never called: get-services" in "\n".join(lines)


def test_what_all_lack_is_said_once(
    mock: AmigoMock, client: httpx2.Client, coverage: Coverage
) -> None:
    """Rule: a gap of every operation that was called is one line. Source: the terminal."""
    some(mock, client)
    text = coverage.text()
    assert text.count("Sec-WebSocket-Protocol") == 1
    assert coverage.markdown().count("Sec-WebSocket-Protocol") == 1


def test_the_summary_is_markdown(
    mock: AmigoMock, client: httpx2.Client, coverage: Coverage
) -> None:
    """Rule: a heading, a table of as many columns in each row, details. Source: CI summaries."""
    some(mock, client)
    lines = coverage.markdown().splitlines()
    assert lines[0].startswith("### Contract coverage ")
    rows = [line for line in lines if line.startswith("|")]
    assert {row.count("|") for row in rows} == {7}
    assert len(rows) == 2 + 4 + 1
    assert lines.count("<details><summary>Not covered</summary>") == lines.count("</details>") == 1
