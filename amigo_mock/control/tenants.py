"""Control of the fake itself: health, settings, and tenants with a fake of their own."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, RootModel

from amigo_mock.control.declaration import Confirmation, ControlBody, ControlCall, group
from amigo_mock.control.organizations import (
    OrganizationState,
    Token,
    make_token,
    organization_state,
)
from amigo_mock.control.world import check_kept
from amigo_mock.engine.tenants import Tenant, missing, overlaid
from amigo_mock.errors import ApiError, MockError
from amigo_mock.operations.bodies import Empty
from amigo_mock.operations.parameters import Parameters
from amigo_mock.settings import Settings
from amigo_mock.world.records.base import Record

operation = group("Fake")


class Health(Record):
    """The health of the fake."""

    status: Literal["ok"]
    organizations: list[str]
    strict: bool


class SettingsDocument(RootModel[dict[str, Any]]):
    """Settings by name."""


class NewTenant(ControlBody):
    """A tenant to open."""

    organization: str | None = Field(None, description="Its id; left out: made.")
    settings: dict[str, Any] = Field(
        default={}, description="As of `AmigoMock`; left out: as the server was made with."
    )
    world: dict[str, Any] | None = Field(
        None, description="The world to start from; its one organization gets the tenant's id."
    )
    replaces: str | None = Field(
        None, description="A tenant to delete in the same step, if it is there."
    )
    record: bool = Field(default=False, description="Whether to record what a capsule needs.")


class TenantState(Record):
    """A tenant, and its settings without secrets."""

    organization: str
    settings: dict[str, Any]


class TenantOpened(TenantState):
    """A new tenant, with all that a client of it needs."""

    identity: OrganizationState = Field(description="Its organization.")
    token: Token | None = Field(description="For its first user; null if there is none.")


class TenantList(Record):
    """The tenants, oldest first."""

    tenants: list[TenantState]


class TenantName(Parameters):
    """The tenant that is meant."""

    organization: str = Field(description="Its id.")


@operation("health", "GET", "health")
def health(call: ControlCall[Parameters, Empty]) -> Health:
    """Say that the fake can serve; 503 with the reason if a part of it has ended."""
    troubles = [*call.tenants.landlord.troubles.values()]
    if call.fake.storage is not None and call.fake.storage.trouble:
        troubles.append(f"what is changed cannot be kept: {call.fake.storage.trouble}")
    if troubles:
        raise ApiError(503, "; ".join(troubles))
    organizations = [organization.id for organization in call.fake.world]
    return Health(status="ok", organizations=organizations, strict=call.fake.settings.strict)


@operation("get-settings", "GET", "settings")
def get_settings(call: ControlCall[Parameters, Empty]) -> SettingsDocument:
    """Read the settings, without the seed and what is secret."""
    return SettingsDocument(_shown(call.fake.settings))


@operation("put-settings", "PUT", "settings")
def put_settings(call: ControlCall[Confirmation, SettingsDocument]) -> SettingsDocument:
    """Start over with these settings; the others are as the server was made with."""
    fake = call.fake
    settings = overlaid(fake.base, call.body.root)
    if "seed" not in call.body.root:
        check_kept(call)
    if isinstance(settings.seed, dict):
        call.tenants.check_world(fake, settings.seed)
    fake.configure(settings)
    return SettingsDocument(_shown(fake.settings))


@operation("open-tenant", "POST", "tenants", status=201)
def open_tenant(call: ControlCall[Parameters, NewTenant]) -> TenantOpened:
    """Open a fake of its own for an organization; of 1,000, the one idle longest makes room."""
    wanted = call.body
    if wanted.world is not None and "seed" in wanted.settings:
        raise MockError("say the world once: as 'world', or as the setting 'seed'")
    world = {} if wanted.world is None else {"seed": wanted.world}
    settings = {**wanted.settings, **world}
    tenant = call.tenants.open(wanted.organization, settings, wanted.replaces)
    if wanted.record:
        tenant.record()
    return _opened(tenant)


@operation("get-tenants", "GET", "tenants")
def get_tenants(call: ControlCall[Parameters, Empty]) -> TenantList:
    """List the tenants."""
    return TenantList(tenants=[_state(one) for one in tuple(call.tenants.fakes.values())])


@operation("close-tenant", "DELETE", "tenants/{organization}", status=204)
def close_tenant(call: ControlCall[TenantName, Empty]) -> None:
    """Delete a tenant."""
    if not call.tenants.close(call.parameters.organization):
        raise MockError(missing(call.parameters.organization))


def _state(tenant: Tenant) -> TenantState:
    return TenantState(organization=tenant.home, settings=_shown(tenant.settings))


def _opened(tenant: Tenant) -> TenantOpened:
    found = tenant.first()
    user = next(iter(found.users), None)
    return TenantOpened(
        organization=tenant.home,
        settings=_shown(tenant.settings),
        identity=organization_state(found),
        token=None if user is None else make_token(tenant, tenant.home, user),
    )


def _shown(settings: Settings) -> dict[str, Any]:
    """Settings as JSON, with secrets hidden, and without the world, which may be large."""
    return settings.model_dump(mode="json", include=Settings.model_fields.keys() - {"seed"})


OPERATIONS = (health, get_settings, put_settings, open_tenant, get_tenants, close_tenant)
