"""The levers of the fake, over HTTP, under `/_mock/`.

They are declared the way operations are, but belong to nobody's API: no tokens, no limits, no
journal. They answer only to the machine they run on, unless a control token is set. The header
`X-Amigo-Mock-Organization` says which tenant is meant; without it, it is the fake itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from hmac import compare_digest
from ipaddress import ip_address
from typing import Annotated, Any, Generic, Literal, TypeVar
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    RootModel,
    model_validator,
)
from starlette.types import Receive, Scope, Send

from amigo_mock.contract.fidelity import Leeway
from amigo_mock.engine.fake import Fake
from amigo_mock.engine.pipeline import read, refusal, success, write
from amigo_mock.engine.races import Act, Interlude
from amigo_mock.engine.tenants import Tenant, Tenants, missing, overlaid
from amigo_mock.engine.validation import Path, Request, check
from amigo_mock.errors import ApiError, MockError, nearest
from amigo_mock.operations import openapi
from amigo_mock.operations.operation import Empty, Joined, Operation, Parameters, operation
from amigo_mock.operations.router import Lookup
from amigo_mock.server.routing import Table
from amigo_mock.settings import Settings
from amigo_mock.state.clock import LATEST
from amigo_mock.state.faults import Armed, Fault
from amigo_mock.state.journal import Entry, Requests
from amigo_mock.world import seeding
from amigo_mock.world.document import USER
from amigo_mock.world.records import ApiKey, Grant, Record, Secret, User
from amigo_mock.world.records.simulation.unit_test_set_runs import Outcome
from amigo_mock.world.world import Organization

TENANT = b"x-amigo-mock-organization"  # whose levers are pulled
LARGEST_WORLD = 1024 * 1024 * 1024  # bytes

P = TypeVar("P", bound=Parameters)
B = TypeVar("B")


@dataclass(frozen=True, slots=True)
class Pull(Generic[P, B]):
    """A lever being pulled, with what was said."""

    fake: Fake
    tenants: Tenants
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


class SettingsDocument(RootModel[dict[str, Any]]):
    """Settings by name."""


class Document(RootModel[dict[str, Any]]):
    """An OpenAPI document."""


class OrganizationPut(Record):
    """The organization that is there now."""

    id: str


class OrganizationState(Record):
    """An organization without its records."""

    id: str
    name: str
    preferred_language: str | None
    timezone: str | None
    users: list[User]
    api_keys: list[dict[str, str]]


class OrganizationList(Record):
    """The organizations; the first one is meant by whoever names none."""

    organizations: list[OrganizationState]


class UserOrder(Order):
    """Who is to be in an organization."""

    organization: str | None = Field(None, description="Left out: the first one.")
    id: str = Field(min_length=1)
    grants: tuple[Grant, ...] = Field(default=(), description="What they may do.")


class UserPut(Record):
    """The user who is there now."""

    organization: str
    id: str


class TenantOrder(Order):
    """What a tenant is to be like."""

    organization: str | None = Field(None, description="Its id; left out: made.")
    settings: dict[str, Any] = Field(
        default={}, description="As of `AmigoMock`; left out: as the server was made with."
    )
    world: dict[str, Any] | None = Field(
        None, description="The world to start from; its one organization gets the tenant's id."
    )


class TenantState(Record):
    """A tenant, and its settings without secrets."""

    organization: str
    settings: dict[str, Any]


class TenantList(Record):
    """The tenants, oldest first."""

    tenants: list[TenantState]


class TenantName(Parameters):
    """Which tenant."""

    organization: str = Field(description="Its id.")


class SnapshotState(Record):
    """A snapshot that is kept."""

    id: int


class RestoreOrder(Order):
    """Which snapshot to come back to."""

    id: int


def _seconds(at: float | datetime) -> float:
    seconds = at.timestamp() if isinstance(at, datetime) else at
    if not 0 <= seconds <= LATEST:  # which NaN is not either
        raise ValueError("the clock goes from 1970 to the year 9000")
    return seconds


class ClockOrder(Order):
    """What the clock is to do."""

    advance: float | None = Field(None, ge=0, allow_inf_nan=False, description="Seconds forward.")
    frozen: bool | None = Field(None, description="Whether time stands still from here on.")
    at: Annotated[float | AwareDatetime, AfterValidator(_seconds)] | None = Field(
        None, description="When it stands, or with frozen false goes on from: seconds or a time."
    )
    reset: bool = Field(default=False, description="Whether it goes back to its start.")

    @model_validator(mode="after")
    def _can_be_done(self) -> ClockOrder:
        if self.reset and self.model_fields_set != {"reset"}:
            raise ValueError("reset is an order of its own")
        if self.at is not None and _seconds(self.at) + (self.advance or 0) > LATEST:
            raise ValueError("the clock ends with the year 9000")
        return self


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
    limits: dict[str, Annotated[int, Field(ge=0)] | None] = Field(
        default={}, description="Requests a minute by operation; null: as published."
    )


class LimitsState(Record):
    """How rate limits are set."""

    enabled: bool
    limits: dict[str, int]


class LimitsUse(LimitsState):
    """How rate limits are set, and what is used of them."""

    used: dict[str, int] = Field(
        description="By operation, what the busiest caller used of the window that is open."
    )


class FaultState(Record):
    """An armed fault, and how often it hit."""

    id: int
    fault: Fault
    hits: int
    spent: bool


class FaultList(Record):
    """The armed faults, oldest first."""

    faults: list[FaultState]


class FaultFilters(Parameters):
    """Which faults."""

    id: int | None = Field(None, description="Only this one.")


class InterludeState(Record):
    """What another user is to do in between, and how it was answered once it happened."""

    id: int
    act: Act
    status: int | None
    trouble: str | None


class InterludeList(Record):
    """What is to come in between, in the order in which it was said."""

    interludes: list[InterludeState]


class OutcomeList(Record):
    """The scripted outcomes, oldest first."""

    outcomes: list[Outcome]


class RequestFilters(Parameters):
    """Which entries of the journal."""

    operation: str | None = Field(None, description="Only requests to this operation.")
    status: str | None = Field(
        None, pattern=r"^[1-5]([0-9]{2}|xx)$", description="Only this status, or all of `4xx`."
    )
    after: int | None = Field(
        None, description="Only those that ended after this one; all, if it is no longer there."
    )


class RequestList(Record):
    """Entries of the journal, oldest first."""

    requests: list[dict[str, Any]]


class Recording(Order):
    """Whether what a capsule needs is noted."""

    enabled: bool


class CapsuleLabel(Parameters):
    """What a capsule is to say of itself."""

    test: str = Field("", description="The test that it is of.")
    seed: str | None = Field(None, description="Whatever else its run has to be told.")


class CapsuleDocument(RootModel[dict[str, Any]]):
    """A capsule, as its file has it."""


class JournalState(Record):
    """How much the journal holds."""

    requests: int
    forgotten: int = Field(description="Requests that there was no room for any more.")


class RecordsOrder(Order):
    """What is to be in an organization too."""

    organization: str | None = Field(None, description="Left out: the first one.")
    kind: str = Field(description="The list of a world's organization that they are for.")
    records: list[dict[str, Any]] = Field(description="Each as a world has it.")
    numbered: bool = Field(
        default=False, description="Whether a name that is taken gets a number, or is refused."
    )
    needed: dict[str, list[dict[str, Any]]] = Field(
        default={}, description="Records of other kinds, by kind, that are added before them."
    )


class RecordFilters(Parameters):
    """Which records."""

    organization: str | None = Field(None, description="Left out: the first one.")
    kind: str = Field(
        description="The list of a world's organization that they are in.", examples=["users"]
    )
    id: str | None = Field(None, description="Only this one.")


class RecordList(Record):
    """Records with their versions, as a world has them."""

    records: list[dict[str, Any]]


class TokenOrder(Order):
    """For whom a token is, and for how long."""

    organization: str | None = Field(None, description="Left out: the default one.")
    user: str = USER
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


@operation(
    "put-seed",
    "PUT",
    "/_mock/seed",
    status=204,
    examples={"One organization": {"organizations": [{"id": "mock-org"}]}},
)
def put_seed(pull: Pull[Parameters, WorldDocument]) -> None:
    """Replace the whole world, and come back to this one at a reset."""
    pull.fake.seed(pull.body.root)


@operation("take-snapshot", "POST", "/_mock/snapshots", status=201)
def take_snapshot(pull: Pull[Parameters, Empty]) -> SnapshotState:
    """Keep the world as it is, under a number; the last 1,000 are kept."""
    return SnapshotState(id=pull.fake.keep())


@operation("restore-snapshot", "POST", "/_mock/restore", status=204)
def restore_snapshot(pull: Pull[Parameters, RestoreOrder]) -> None:
    """Put the world back as a snapshot has it; clock, limits, faults and journal stay."""
    pull.fake.restore_kept(pull.body.id)


@operation("get-settings", "GET", "/_mock/settings")
def get_settings(pull: Pull[Parameters, Empty]) -> SettingsDocument:
    """Read the settings, without the seed and what is secret."""
    return SettingsDocument(shown(pull.fake.settings))


@operation("put-settings", "PUT", "/_mock/settings")
def put_settings(pull: Pull[Parameters, SettingsDocument]) -> SettingsDocument:
    """Start over with these settings; the others are as the server was made with."""
    fake = pull.fake
    fake.configure(overlaid(fake.base, pull.body.root))
    return SettingsDocument(shown(fake.settings))


@operation("get-clock", "GET", "/_mock/clock")
def get_clock(pull: Pull[Parameters, Empty]) -> ClockState:
    """Read the clock."""
    return _clock(pull.fake)


@operation("set-clock", "POST", "/_mock/clock")
def set_clock(pull: Pull[Parameters, ClockOrder]) -> ClockState:
    """Move the clock forward, stop it, or let it run."""
    clock, order = pull.fake.clock, pull.body
    if order.reset:
        clock.reset()
    if order.at is not None:
        clock.freeze(_seconds(order.at))
    if order.advance is not None:
        clock.advance(order.advance)
    if order.frozen is not None:
        clock.freeze() if order.frozen else clock.thaw()
    return _clock(pull.fake)


@operation("get-maintenance", "GET", "/_mock/maintenance")
def get_maintenance(pull: Pull[Parameters, Empty]) -> Maintenance:
    """Say whether there is a maintenance."""
    return Maintenance(enabled=pull.fake.maintenance.enabled)


@operation("set-maintenance", "PUT", "/_mock/maintenance")
def set_maintenance(pull: Pull[Parameters, Maintenance]) -> Maintenance:
    """Start or end a maintenance, in which every operation answers 503."""
    pull.fake.maintenance.enabled = pull.body.enabled
    return pull.body


@operation("get-rate-limits", "GET", "/_mock/rate-limits")
def get_rate_limits(pull: Pull[Parameters, Empty]) -> LimitsUse:
    """Read how rate limits are set, and what is used of them."""
    limits = pull.fake.limits
    return LimitsUse(enabled=limits.enabled, limits=limits.limits, used=limits.used())


@operation("set-rate-limits", "PUT", "/_mock/rate-limits")
def set_rate_limits(pull: Pull[Parameters, LimitsOrder]) -> LimitsState:
    """Turn rate limits on or off, or change them by operation."""
    limits, given = pull.fake.limits, pull.body.limits
    pull.fake.limits.check({name: limit or 0 for name, limit in given.items()})
    pull.fake.set_limits({name: limit for name, limit in given.items() if limit is not None})
    for name, limit in given.items():
        if limit is None:
            limits.limits.pop(name, None)
    if pull.body.enabled is not None:
        limits.enabled = pull.body.enabled
    return LimitsState(enabled=limits.enabled, limits=limits.limits)


@operation("reset-rate-limits", "DELETE", "/_mock/rate-limits", status=204)
def reset_rate_limits(pull: Pull[Parameters, Empty]) -> None:
    """Count every caller's requests from 0 again."""
    pull.fake.limits.reset()


@operation("add-fault", "POST", "/_mock/faults", status=201)
def add_fault(pull: Pull[Parameters, Fault]) -> FaultState:
    """Arm a fault for the next calls of an operation."""
    return _state(pull.fake, pull.fake.faults.arm(pull.body))


@operation("get-faults", "GET", "/_mock/faults")
def get_faults(pull: Pull[Parameters, Empty]) -> FaultList:
    """List the armed faults, spent ones included."""
    return FaultList(faults=[_state(pull.fake, armed) for armed in pull.fake.faults])


@operation("clear-faults", "DELETE", "/_mock/faults", status=204)
def clear_faults(pull: Pull[FaultFilters, Empty]) -> None:
    """Disarm every fault, or with `?id=` just one."""
    faults, id = pull.fake.faults, pull.parameters.id
    if id is None:
        faults.clear()
    for armed in faults:
        if armed.id == id:
            faults.remove(armed)


@operation("add-interlude", "POST", "/_mock/interludes", status=201)
def add_interlude(pull: Pull[Parameters, Act]) -> InterludeState:
    """Have another user do something before the next call of an operation."""
    return _interlude(pull.fake.interludes.arm(pull.body))


@operation("get-interludes", "GET", "/_mock/interludes")
def get_interludes(pull: Pull[Parameters, Empty]) -> InterludeList:
    """List what other users are to do in between, and what they did."""
    return InterludeList(interludes=[_interlude(one) for one in pull.fake.interludes])


@operation("clear-interludes", "DELETE", "/_mock/interludes", status=204)
def clear_interludes(pull: Pull[Parameters, Empty]) -> None:
    """Let nobody come in between any more."""
    pull.fake.interludes.clear()


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
    wanted = pull.parameters
    entries: Requests = pull.fake.journal
    if wanted.after is not None:
        entries = Requests(_after(list(entries), wanted.after), pull.fake.catalog.operations)
    if wanted.operation is not None:
        entries = entries.to(wanted.operation)
    if wanted.status is not None:
        entries = entries.with_status(wanted.status)
    return RequestList(requests=[entry.json() for entry in entries])


@operation("get-journal", "GET", "/_mock/journal")
def get_journal(pull: Pull[Parameters, Empty]) -> JournalState:
    """Say how many requests the journal holds, and how many it has forgotten."""
    journal = pull.fake.journal
    return JournalState(requests=len(journal), forgotten=journal.forgotten)


@operation("clear-requests", "DELETE", "/_mock/requests", status=204)
def clear_requests(pull: Pull[Parameters, Empty]) -> None:
    """Empty the journal."""
    pull.fake.journal.clear()


@operation("put-organization", "POST", "/_mock/organizations", status=201)
def put_organization(pull: Pull[Parameters, OrganizationDocument]) -> OrganizationPut:
    """Create an organization with all that is in it, or replace the one with its id."""
    fake, document = pull.fake, pull.body.root
    if "id" in document:
        pull.tenants.check(fake, document["id"])
    made = seeding.put_organization(fake.world, document, fake.clock.datetime())
    return OrganizationPut(id=made.id)


@operation("get-organizations", "GET", "/_mock/organizations")
def get_organizations(pull: Pull[Parameters, Empty]) -> OrganizationList:
    """List the organizations with their users and keys."""
    return OrganizationList(organizations=[_organization_state(one) for one in pull.fake.world])


@operation("put-user", "POST", "/_mock/users", status=201)
def put_user(pull: Pull[Parameters, UserOrder]) -> UserPut:
    """Add a user with grants to an organization, or replace the one with that id."""
    order = pull.body
    where = _organization(pull.fake, order.organization)
    pull.fake.put_user(where, User(id=order.id, grants=order.grants))
    return UserPut(organization=where, id=order.id)


@operation("open-tenant", "POST", "/_mock/tenants", status=201)
def open_tenant(pull: Pull[Parameters, TenantOrder]) -> TenantState:
    """Open a fake of its own for an organization; of 1,000, the one idle longest makes room."""
    order = pull.body
    if order.world is not None and "seed" in order.settings:
        raise MockError("say the world once: as 'world', or as the setting 'seed'")
    world = {} if order.world is None else {"seed": order.world}
    return _tenant(pull.tenants.open(order.organization, {**order.settings, **world}))


@operation("get-tenants", "GET", "/_mock/tenants")
def get_tenants(pull: Pull[Parameters, Empty]) -> TenantList:
    """List the tenants."""
    return TenantList(tenants=[_tenant(one) for one in tuple(pull.tenants.fakes.values())])


@operation("close-tenant", "DELETE", "/_mock/tenants/{organization}", status=204)
def close_tenant(pull: Pull[TenantName, Empty]) -> None:
    """Delete a tenant."""
    if not pull.tenants.close(pull.parameters.organization):
        raise MockError(missing(pull.parameters.organization))


@operation("record", "PUT", "/_mock/recording", examples={"From here on": {"enabled": True}})
def record(pull: Pull[Parameters, Recording]) -> Recording:
    """Note what a capsule needs, anew from here on; or no longer."""
    pull.fake.record(pull.body.enabled)
    return pull.body


@operation("get-capsule", "GET", "/_mock/capsule")
def get_capsule(pull: Pull[CapsuleLabel, Empty]) -> CapsuleDocument:
    """Write out what was recorded, for `amigo-mock replay`; no secret is in it."""
    return CapsuleDocument(pull.fake.capsule(pull.parameters.test, pull.parameters.seed))


@operation(
    "add-records",
    "POST",
    "/_mock/records",
    status=201,
    examples={"None yet": {"kind": "users", "records": []}},
)
def add_records(pull: Pull[Parameters, RecordsOrder]) -> RecordList:
    """Add records to an organization, all of them or none; what they leave out is made."""
    order, fake = pull.body, pull.fake
    where = _organization(fake, order.organization)
    made = fake.add_records(
        where, order.kind, order.records, numbered=order.numbered, needed=order.needed
    )
    return RecordList(records=made)


@operation("get-records", "GET", "/_mock/records")
def get_records(pull: Pull[RecordFilters, Empty]) -> RecordList:
    """Read the records of a kind, deleted ones too, with their versions."""
    wanted, fake = pull.parameters, pull.fake
    where = _organization(fake, wanted.organization)
    return RecordList(records=fake.records(where, wanted.kind, wanted.id))


@operation("create-token", "POST", "/_mock/tokens", status=201)
def create_token(pull: Pull[Parameters, TokenOrder]) -> Token:
    """Make a token without a sign-in."""
    order, fake = pull.body, pull.fake
    lifetime = fake.access.lifetime if order.expires_in is None else order.expires_in
    where = fake.home if order.organization is None else order.organization
    token = fake.token(where, order.user, lifetime)
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
            for operation in pull.fake.catalog.all()
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
    put_seed,
    take_snapshot,
    restore_snapshot,
    get_settings,
    put_settings,
    get_clock,
    set_clock,
    get_maintenance,
    set_maintenance,
    get_rate_limits,
    set_rate_limits,
    reset_rate_limits,
    add_fault,
    get_faults,
    clear_faults,
    add_interlude,
    get_interludes,
    clear_interludes,
    add_outcome,
    get_outcomes,
    clear_outcomes,
    get_requests,
    get_journal,
    clear_requests,
    put_organization,
    get_organizations,
    put_user,
    open_tenant,
    get_tenants,
    close_tenant,
    record,
    get_capsule,
    add_records,
    get_records,
    create_token,
    get_coverage,
    get_document,
)


def levers(fake: Fake, tenants: Tenants) -> Table[Operation]:
    """The routes of the levers of one fake and its tenants."""

    async def endpoint(
        lever: Operation, path: Path, scope: Scope, receive: Receive, send: Send
    ) -> None:
        try:
            admit(fake, scope)
            request = await read(LARGEST_WORLD, path, scope, receive)
            parameters, body = check(lever, request, Leeway(strict=True))
            meant = whose(fake, tenants, request)
            with meant.lock:
                answer = success(lever, lever.handler(Pull(meant, tenants, parameters, body)))
        except MockError as error:
            answer = refusal(ApiError(422, str(error)))
        except ApiError as error:
            answer = refusal(hinted(lever, error))
        await write(send, answer)

    paths = {(lever.method, lever.path): lever for lever in LEVERS}
    return Table(Lookup(paths), endpoint)


def whose(fake: Fake, tenants: Tenants, request: Request) -> Fake:
    """The fake whose lever is pulled. Raises a 404 `ApiError` for a tenant that is not there."""
    named = request.headers.get(TENANT)
    if named is None:
        return fake
    tenant = tenants.get(named.decode("latin-1"))
    if tenant is None:
        raise ApiError(404, f"{missing(named.decode('latin-1'))}.")
    return tenant


def shown(settings: Settings) -> dict[str, Any]:
    """Settings as JSON, with what is secret hidden, and without a world, which may be large."""
    return settings.model_dump(mode="json", include=Settings.model_fields.keys() - {"seed"})


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


def _organization(fake: Fake, id: str | None) -> str:
    return fake.first().id if id is None else id


def _organization_state(organization: Organization) -> OrganizationState:
    identity = organization.identity
    return OrganizationState(
        id=identity.id,
        name=identity.name,
        preferred_language=identity.preferred_language,
        timezone=identity.timezone,
        users=list(identity.users.values()),
        api_keys=[_key(key) for key in identity.api_keys.values()],
    )


def _key(key: ApiKey) -> dict[str, str]:
    return {"id": key.id, "key": key.key.get_secret_value()}


def _after(entries: list[Entry], number: int) -> list[Entry]:
    # By place: a request that came in earlier may have ended later.
    for place, entry in enumerate(entries):
        if entry.number == number:
            return entries[place + 1 :]
    return entries


def _tenant(tenant: Tenant) -> TenantState:
    return TenantState(organization=tenant.home, settings=shown(tenant.settings))


def _clock(fake: Fake) -> ClockState:
    return ClockState(now=datetime.fromtimestamp(fake.clock.now(), UTC), frozen=fake.clock.frozen)


def _interlude(one: Interlude) -> InterludeState:
    return InterludeState(id=one.id, act=one.act, status=one.status, trouble=one.trouble)


def _state(fake: Fake, armed: Armed) -> FaultState:
    spent = armed.spent(fake.clock.now())
    return FaultState(id=armed.id, fault=armed.fault, hits=armed.hits, spent=spent)
