"""The levers of the fake, over HTTP, under `/_mock/`.

They are declared the way operations are, but belong to nobody's API: no tokens, no limits, no
journal. They answer only to the machine they run on, unless a control token is set.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from hmac import compare_digest
from ipaddress import ip_address
from typing import Annotated, Any, Generic, Literal, TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, RootModel
from starlette.types import Receive, Scope, Send

from amigo_mock import openapi, worlds
from amigo_mock.errors import ApiError, MockError, nearest
from amigo_mock.fake import Fake
from amigo_mock.faults import Armed, Fault
from amigo_mock.fidelity import Leeway
from amigo_mock.operation import Empty, Joined, Operation, Parameters, operation
from amigo_mock.pipeline import read, refusal, success, write
from amigo_mock.records import Outcome, Record, Secret
from amigo_mock.resources import DOWNLOADS, OPERATIONS
from amigo_mock.routing import Lookup
from amigo_mock.validation import Path, check

PREFIX = "/_mock/"
LARGEST_WORLD = 1024 * 1024 * 1024  # bytes

P = TypeVar("P", bound=Parameters)
B = TypeVar("B")


@dataclass(frozen=True, slots=True)
class Pull(Generic[P, B]):
    """A lever being pulled, with what was said."""

    fake: Fake
    parameters: P
    body: B


class Order(BaseModel):
    """The body of a lever: unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Health(Record):
    """That the fake can serve."""

    status: Literal["ok"]
    organizations: list[str]
    strict: bool


class WorldDocument(RootModel[dict[str, Any]]):
    """A world, as a seed file has it."""


class OrganizationDocument(RootModel[dict[str, Any]]):
    """An organization, as a world has it."""


class Document(RootModel[dict[str, Any]]):
    """An OpenAPI document."""


class OrganizationPut(Record):
    """The organization that is there now."""

    id: str


class ClockOrder(Order):
    """What the clock is to do."""

    advance: float | None = Field(None, ge=0, allow_inf_nan=False, description="Seconds forward.")
    frozen: bool | None = Field(None, description="Whether time stands still from here on.")


class ClockState(Record):
    """What the clock says."""

    now: datetime
    frozen: bool


class Maintenance(Order):
    """Whether every operation answers 503."""

    enabled: bool


class LimitsOrder(Order):
    """What is to change about rate limits; what is left out stays."""

    enabled: bool | None = Field(None, description="Whether limits apply.")
    limits: dict[str, Annotated[int, Field(ge=0)]] = Field(
        default={}, description="Requests a minute by operation."
    )


class LimitsState(Record):
    """How rate limits are set."""

    enabled: bool
    limits: dict[str, int]


class FaultState(Record):
    """An armed fault, and how often it hit."""

    id: int
    fault: Fault
    hits: int


class FaultList(Record):
    """The armed faults, oldest first."""

    faults: list[FaultState]


class OutcomeList(Record):
    """The scripted outcomes, oldest first."""

    outcomes: list[Outcome]


class RequestFilters(Parameters):
    """Which entries of the journal."""

    operation: str | None = Field(None, description="Only requests to this operation.")
    status: str | None = Field(
        None, pattern=r"^[1-5]([0-9]{2}|xx)$", description="Only this status, or all of `4xx`."
    )


class RequestList(Record):
    """Entries of the journal, oldest first."""

    requests: list[dict[str, Any]]


class TokenOrder(Order):
    """For whom a token is, and for how long."""

    organization: str = worlds.ORGANIZATION
    user: str = worlds.USER
    expires_in: float | None = Field(
        None, gt=0, le=3_153_600_000, description="Seconds; left out: as long as a sign-in."
    )


class Token(Record):
    """A token made without a sign-in."""

    id_token: Annotated[str, Secret()]
    expires_at: datetime


class OperationCoverage(Record):
    """How often each documented status of an operation was met, by the API and by faults."""

    operation: str
    statuses: dict[str, int]
    faults: dict[str, int]


class Coverage(Record):
    """What was exercised since the fake was made."""

    operations: list[OperationCoverage]


@operation("health", "GET", "/_mock/health")
def health(pull: Pull[Parameters, Empty]) -> Health:
    """Say that the fake can serve."""
    organizations = [organization.id for organization in pull.fake.world]
    return Health(status="ok", organizations=organizations, strict=pull.fake.settings.strict)


@operation("reset", "POST", "/_mock/reset", status=204)
def reset(pull: Pull[Parameters, Empty]) -> None:
    """Go back to the start: world, clock, limits, faults, outcomes, maintenance and journal."""
    pull.fake.reset()


@operation("get-state", "GET", "/_mock/state")
def get_state(pull: Pull[Parameters, Empty]) -> Joined[WorldDocument]:
    """Write out the whole world."""
    return Joined(WorldDocument, pull.fake.state())


@operation("put-state", "PUT", "/_mock/state", status=204)
def put_state(pull: Pull[Parameters, WorldDocument]) -> None:
    """Replace the whole world; a broken document changes nothing."""
    pull.fake.put_state(pull.body.root)


@operation("get-clock", "GET", "/_mock/clock")
def get_clock(pull: Pull[Parameters, Empty]) -> ClockState:
    """Read the clock."""
    return ClockState(now=pull.fake.clock.datetime(), frozen=pull.fake.clock.frozen)


@operation("set-clock", "POST", "/_mock/clock")
def set_clock(pull: Pull[Parameters, ClockOrder]) -> ClockState:
    """Move the clock forward, stop it, or let it run."""
    clock, order = pull.fake.clock, pull.body
    if order.advance is not None:
        clock.advance(order.advance)
    if order.frozen is not None:
        clock.freeze() if order.frozen else clock.thaw()
    return ClockState(now=clock.datetime(), frozen=clock.frozen)


@operation("set-maintenance", "PUT", "/_mock/maintenance")
def set_maintenance(pull: Pull[Parameters, Maintenance]) -> Maintenance:
    """Start or end a maintenance, in which every operation answers 503."""
    pull.fake.maintenance = pull.body.enabled
    return pull.body


@operation("set-rate-limits", "PUT", "/_mock/rate-limits")
def set_rate_limits(pull: Pull[Parameters, LimitsOrder]) -> LimitsState:
    """Turn rate limits on or off, or change them by operation."""
    limits = pull.fake.limits
    pull.fake.set_limits(pull.body.limits)
    if pull.body.enabled is not None:
        limits.enabled = pull.body.enabled
    return LimitsState(enabled=limits.enabled, limits=limits.limits)


@operation("add-fault", "POST", "/_mock/faults", status=201)
def add_fault(pull: Pull[Parameters, Fault]) -> FaultState:
    """Arm a fault for the next calls of an operation."""
    return _state(pull.fake.faults.arm(pull.body))


@operation("get-faults", "GET", "/_mock/faults")
def get_faults(pull: Pull[Parameters, Empty]) -> FaultList:
    """List the armed faults, spent ones included."""
    return FaultList(faults=[_state(armed) for armed in pull.fake.faults])


@operation("clear-faults", "DELETE", "/_mock/faults", status=204)
def clear_faults(pull: Pull[Parameters, Empty]) -> None:
    """Disarm every fault."""
    pull.fake.faults.clear()


@operation("add-outcome", "POST", "/_mock/outcomes", status=201)
def add_outcome(pull: Pull[Parameters, Outcome]) -> Outcome:
    """Script how a unit test ends in the simulation runs that start from now on."""
    return pull.fake.outcomes.script(pull.body)


@operation("get-outcomes", "GET", "/_mock/outcomes")
def get_outcomes(pull: Pull[Parameters, Empty]) -> OutcomeList:
    """List the scripted outcomes."""
    return OutcomeList(outcomes=list(pull.fake.outcomes))


@operation("clear-outcomes", "DELETE", "/_mock/outcomes", status=204)
def clear_outcomes(pull: Pull[Parameters, Empty]) -> None:
    """Let every simulation run pass that starts from now on."""
    pull.fake.outcomes.clear()


@operation("get-requests", "GET", "/_mock/requests")
def get_requests(pull: Pull[RequestFilters, Empty]) -> RequestList:
    """Read the journal."""
    wanted, known = pull.parameters, {each.id for each in (*OPERATIONS, *DOWNLOADS)}
    if wanted.operation is not None and wanted.operation not in known:
        hint = nearest(wanted.operation, known)
        raise MockError(f"there is no operation {wanted.operation!r}{hint}")
    entries = (
        entry
        for entry in pull.fake.journal
        if wanted.operation in (None, entry.operation) and _has_status(wanted.status, entry.status)
    )
    return RequestList(requests=[entry.json() for entry in entries])


@operation("clear-requests", "DELETE", "/_mock/requests", status=204)
def clear_requests(pull: Pull[Parameters, Empty]) -> None:
    """Empty the journal."""
    pull.fake.journal.clear()


@operation("put-organization", "POST", "/_mock/organizations", status=201)
def put_organization(pull: Pull[Parameters, OrganizationDocument]) -> OrganizationPut:
    """Create an organization with all that is in it, or replace the one with its id."""
    fake = pull.fake
    made = worlds.put_organization(fake.world, pull.body.root, fake.clock.datetime())
    return OrganizationPut(id=made.id)


@operation("create-token", "POST", "/_mock/tokens", status=201)
def create_token(pull: Pull[Parameters, TokenOrder]) -> Token:
    """Make a token without a sign-in."""
    order, fake = pull.body, pull.fake
    lifetime = fake.access.lifetime if order.expires_in is None else order.expires_in
    token = fake.token(order.organization, order.user, lifetime)
    expires_at = datetime.fromtimestamp(int(fake.clock.now() + lifetime), UTC)
    return Token(id_token=token, expires_at=expires_at)


@operation("get-coverage", "GET", "/_mock/coverage")
def get_coverage(pull: Pull[Parameters, Empty]) -> Coverage:
    """Say which documented statuses of which operations were met so far."""
    met = pull.fake.journal.met
    return Coverage(
        operations=[
            OperationCoverage(
                operation=operation.id,
                statuses={
                    str(status): met[operation.id, status, False] for status in operation.statuses
                },
                faults={
                    str(status): count
                    for (name, status, fault), count in sorted(met.items())
                    if fault and name == operation.id
                },
            )
            for operation in OPERATIONS
        ]
    )


@operation("get-document", "GET", "/_mock/openapi.json")
def get_document(_: Pull[Parameters, Empty]) -> Joined[Document]:
    """Describe the levers, as an OpenAPI document."""
    return Joined(Document, openapi.encoded(LEVERS, "amigo-mock: the levers", strict=True))


LEVERS: tuple[Operation, ...] = (
    health,
    reset,
    get_state,
    put_state,
    get_clock,
    set_clock,
    set_maintenance,
    set_rate_limits,
    add_fault,
    get_faults,
    clear_faults,
    add_outcome,
    get_outcomes,
    clear_outcomes,
    get_requests,
    clear_requests,
    put_organization,
    create_token,
    get_coverage,
    get_document,
)


def levers(fake: Fake) -> Lookup[Operation]:
    """The routes of the levers of one fake."""

    async def endpoint(
        lever: Operation, path: Path, scope: Scope, receive: Receive, send: Send
    ) -> None:
        try:
            admit(fake, scope)
            request = await read(LARGEST_WORLD, path, scope, receive)
            parameters, body = check(lever, request, Leeway(strict=True))
            with fake.lock:
                answer = success(lever, lever.handler(Pull(fake, parameters, body)))
        except MockError as error:
            answer = refusal(ApiError(422, str(error)))
        except ApiError as error:
            answer = refusal(hinted(lever, error))
        await write(send, answer)

    return Lookup({(lever.method, lever.path): lever for lever in LEVERS}, endpoint)


def hinted(lever: Operation, error: ApiError) -> ApiError:
    """The error, with the nearest field wherever there is none of the name that was given."""
    model = lever.body()
    for finding in error.detail if isinstance(error.detail, list) else []:
        if finding["type"] == "extra_forbidden" and model is not None:
            name = str(finding["loc"][-1])
            finding["msg"] = f"There is no such field{nearest(name, model.model_fields)}"
    return error


def admit(fake: Fake, scope: Scope) -> None:
    """Let in whoever has the control token, or without one whoever is on this machine.

    A page from elsewhere, in a browser on this machine, is not: neither its `Origin` nor a `Host`
    that only pretends to be this machine. Raises a 401 or 403 `ApiError`.
    """
    headers = dict(scope["headers"])
    secret = fake.settings.control_token
    if secret is not None:
        given = headers.get(b"authorization", b"")
        if not compare_digest(given, b"Bearer " + secret.get_secret_value().encode()):
            raise ApiError(
                401,
                "The levers need 'Authorization: Bearer <control token>'.",
                {"WWW-Authenticate": "Bearer"},
            )
        return
    client = scope.get("client")
    host = headers.get(b"host", b"").decode("latin-1")
    origin = headers.get(b"origin")
    if not (
        (client is None or _is_local(client[0]))
        and _is_local(_host(f"//{host}"))
        and (origin is None or _is_local(_host(origin.decode("latin-1"))))
    ):
        raise ApiError(
            403, "The levers answer only to this machine; set a control token to open them."
        )


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _is_local(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _state(armed: Armed) -> FaultState:
    return FaultState(id=armed.id, fault=armed.fault, hits=armed.hits)


def _has_status(wanted: str | None, status: int | None) -> bool:
    return wanted is None or str(status) == wanted or f"{str(status)[0]}xx" == wanted
