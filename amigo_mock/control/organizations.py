"""Control of organizations: who is in them, their records, and tokens for their users."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, RootModel

from amigo_mock.control.declaration import ControlBody, ControlCall, InOrganization, group
from amigo_mock.engine.fake import Fake
from amigo_mock.operations.bodies import Empty
from amigo_mock.operations.parameters import Parameters
from amigo_mock.state.clock import deadline
from amigo_mock.world.documents import seeding
from amigo_mock.world.documents.document import USER
from amigo_mock.world.identity import Identity
from amigo_mock.world.records.base import Record, Secret
from amigo_mock.world.records.identity import ApiKey, GivenGrant, User

operation = group("World")


class OrganizationDocument(RootModel[dict[str, Any]]):
    """An organization, as a world has it."""


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
    """The organizations; the first one is the default."""

    organizations: list[OrganizationState]


class NewUser(InOrganization):
    """A user to add to an organization."""

    id: str = Field(min_length=1)
    grants: tuple[GivenGrant, ...] = Field(default=(), description="Their permissions.")


class UserPut(Record):
    """The user who is there now."""

    organization: str
    id: str


class NewRecords(InOrganization):
    """Records to add to an organization."""

    kind: str = Field(description="The list of a world's organization that they are for.")
    records: list[dict[str, Any]] = Field(description="Each as a world has it.")
    numbered: bool = Field(
        default=False, description="Whether a name that is taken gets a number, or is refused."
    )
    needed: dict[str, list[dict[str, Any]]] = Field(
        default={}, description="Records of other kinds, by kind, that are added before them."
    )


class RecordFilters(Parameters):
    """A choice of records."""

    organization: str | None = Field(None, description="Left out: the first one.")
    kind: str = Field(
        description="The list of a world's organization that they are in.", examples=["users"]
    )
    id: str | None = Field(None, description="Only this one.")


class RecordList(Record):
    """Records with their versions, as a world has them."""

    records: list[dict[str, Any]]


class NewToken(ControlBody):
    """The user of a token, and its lifetime."""

    organization: str | None = Field(None, description="Left out: the first one.")
    user: str | None = Field(None, description="Left out: the first one of the organization.")
    expires_in: float | None = Field(
        None, gt=0, le=3_153_600_000, description="Seconds; left out: as long as a sign-in."
    )


class Token(Record):
    """A token made without a sign-in."""

    id_token: Annotated[str, Secret()]
    expires_at: datetime


@operation("put-organization", "POST", "organizations", status=201)
def put_organization(call: ControlCall[Parameters, OrganizationDocument]) -> OrganizationPut:
    """Create an organization with all that is in it, or replace the one with its id."""
    fake, document = call.fake, call.body.root
    if "id" in document:
        call.tenants.check(fake, document["id"])
    made = seeding.put_organization(
        fake.world, document, fake.clock.datetime(), fake.check_grants.organization
    )
    return OrganizationPut(id=made.id)


@operation("get-organizations", "GET", "organizations")
def get_organizations(call: ControlCall[Parameters, Empty]) -> OrganizationList:
    """List the organizations with their users and keys."""
    return OrganizationList(
        organizations=[organization_state(one.identity) for one in call.fake.world]
    )


@operation("put-user", "POST", "users", status=201)
def put_user(call: ControlCall[Parameters, NewUser]) -> UserPut:
    """Add a user with grants to an organization, or replace the one with that id."""
    user = call.body
    where = _organization(call.fake, user.organization)
    call.fake.put_user(where, User(id=user.id, grants=user.grants))
    return UserPut(organization=where, id=user.id)


@operation(
    "add-records",
    "POST",
    "records",
    status=201,
    examples={"None yet": {"kind": "users", "records": []}},
)
def add_records(call: ControlCall[Parameters, NewRecords]) -> RecordList:
    """Add records to an organization, all of them or none; what they leave out is made."""
    new, fake = call.body, call.fake
    where = _organization(fake, new.organization)
    made = fake.add_records(where, new.kind, new.records, numbered=new.numbered, needed=new.needed)
    return RecordList(records=made)


@operation("get-records", "GET", "records")
def get_records(call: ControlCall[RecordFilters, Empty]) -> RecordList:
    """Read the records of a kind, deleted ones too, with their versions."""
    wanted, fake = call.parameters, call.fake
    where = _organization(fake, wanted.organization)
    return RecordList(records=fake.records(where, wanted.kind, wanted.id))


@operation("create-token", "POST", "tokens", status=201)
def create_token(call: ControlCall[Parameters, NewToken]) -> Token:
    """Make a token without a sign-in."""
    wanted, fake = call.body, call.fake
    where = _organization(fake, wanted.organization)
    found = fake.identity(where)
    user = wanted.user or next(iter(found.users if found else ()), USER)
    return make_token(fake, where, user, wanted.expires_in)


def make_token(fake: Fake, organization: str, user: str, expires_in: float | None = None) -> Token:
    """A token for a user, for as long as a sign-in or so many seconds."""
    lifetime = fake.access.lifetime if expires_in is None else expires_in
    token = fake.token(organization, user, lifetime)
    expires_at = deadline(fake.clock.now() + lifetime, fake.clock.behind)
    return Token(id_token=token, expires_at=expires_at)


def organization_state(identity: Identity) -> OrganizationState:
    """An organization, its users and its keys."""
    return OrganizationState(
        id=identity.id,
        name=identity.name,
        preferred_language=identity.preferred_language,
        timezone=identity.timezone,
        users=list(identity.users.values()),
        api_keys=[_key(key) for key in identity.api_keys.values()],
    )


def _organization(fake: Fake, id: str | None) -> str:
    return fake.first().id if id is None else id


def _key(key: ApiKey) -> dict[str, str]:
    return {"id": key.id, "key": key.key.get_secret_value()}


OPERATIONS = (put_organization, get_organizations, put_user, add_records, get_records, create_token)
