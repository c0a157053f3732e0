"""Services: an agent, the state machine it goes by, and sets of their versions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Any

from pydantic import Field

from amigo_mock.contract.fidelity import Assumption
from amigo_mock.operations import handlers
from amigo_mock.operations.bodies import Body, Empty
from amigo_mock.operations.call import Call
from amigo_mock.operations.operation import operation, per_minute
from amigo_mock.operations.parameters import (
    Distinct,
    InOrganization,
    SortBy,
    TagFilter,
    Token,
    tagged,
)
from amigo_mock.operations.responses import NOTHING, Joined, Nothing
from amigo_mock.world.fields import Boolean, ObjectId, Tags, Text
from amigo_mock.world.records import Record, TagList, UserInfo
from amigo_mock.world.records.services import (
    AGENTS,
    GRAPHS,
    KIND,
    RELEASE,
    Keyterms,
    NewVersionSet,
    VersionSet,
    has_versions,
    have_versions,
    version_sets,
)
from amigo_mock.world.storage.table import Where

READ = "Service:GetService"
CREATE = "Service:CreateService"
UPDATE = "Service:UpdateService"
CREATE_SET = "Service:CreateVersionSet"

NOT_PERMITTED = "Your grants do not cover this for this service."
NONE_PERMITTED = "Your grants cover this for no service."
NOT_FOUND = "There is no such service."


class NewService(Body):
    """A service with its version set `release`."""

    service_hierarchical_state_machine_id: ObjectId = Field(description="What it goes by.")
    agent_id: ObjectId = Field(description="Who speaks for it.")
    name: Text = Field(description="Unique among the services that are active.")
    description: Text = Field(description="What it is for.")
    is_active: Boolean = Field(description="Whether it is in use.")
    release_version_set: NewVersionSet | None = Field(
        None, description="Left out: the latest versions, as in `edge`."
    )
    keyterms: Keyterms = Field(description="Words that are easily misheard.")
    tags: Tags = Field(description="Labels: letters, digits, underscores, white space.")


class ServiceChanges(Body):
    """Changes of a service; what is null or left out stays."""

    name: Text | None = Field(None, description="The new name.")
    description: Text | None = Field(None, description="The new description.")
    is_active: Boolean | None = Field(None, description="Whether it is in use.")
    agent_id: ObjectId | None = Field(None, description="Who speaks for it.")
    service_hierarchical_state_machine_id: ObjectId | None = Field(
        None, description="What it goes by."
    )
    tags: Tags | None = Field(None, description="The new labels.")
    keyterms: Keyterms | None = Field(None, description="Words that are easily misheard.")


class OfService(InOrganization):
    """The service that is meant."""

    service_id: ObjectId = Field(description="The service's id.")


class ListServices(InOrganization):
    """The filters, the order and the page of a list of services."""

    id: Distinct[ObjectId] = Field(frozenset(), description="Any of these.")
    is_active: bool | None = Field(None, description="Only active ones, or none of them.")
    sort_by: Annotated[tuple[str, ...], SortBy("name", "is_active")] = Field(
        (), description="`+` or `-` and a field; several break ties."
    )
    tags: tuple[TagFilter, ...] = Field(
        (), description="All of these: `key:value`, `key:*` for any value, `key:` for null."
    )
    limit: Annotated[int, Field(gt=0, le=20)] = Field(10, description="Services in a page.")
    continuation_token: Token = Field(0, description="Where to go on: as the page before said.")

    @property
    def offset(self) -> int:
        """The number of records before the page."""
        return max(0, self.continuation_token)

    def where(self) -> Where:
        """The filters, for a collection."""
        return list(self._groups())

    def _groups(self) -> Iterator[tuple[str, Iterable[Any]]]:
        if self.id:
            yield "id", self.id
        if self.is_active is not None:
            yield "is_deleted", (not self.is_active,)
        yield from tagged(self.tags)


class ServiceCreated(Record):
    """The new service's id."""

    id: str


class ServiceInstance(Record):
    """A service as a list shows it."""

    id: str
    name: str
    version_sets: dict[str, VersionSet]
    description: str
    is_active: bool
    service_hierarchical_state_machine_id: str
    agent_id: str
    tags: TagList
    keyterms: list[str]
    creator: UserInfo
    updated_by: UserInfo


class ServiceFilterValues(Record):
    """The values that the filters of a list can be set to."""

    tags: list[str]


class ServicePage(Record):
    """A page of services; `filter_values` only with the first one."""

    services: list[ServiceInstance]
    has_more: bool
    continuation_token: int | None
    filter_values: ServiceFilterValues | None


def _shown(row: bytes) -> bytes:
    service = ServiceInstance.model_validate_json(row)
    return service.__pydantic_serializer__.to_json(service)


@operation(
    "get-services",
    permissions=(READ,),
    rate_limit=per_minute(50),
    errors={403: NONE_PERMITTED},
)
def list_services(call: Call[ListServices, Empty]) -> Joined[ServicePage]:
    """List the services that match every filter and that the caller may see."""
    return handlers.page(call, KIND, ServicePage, "services", shown=_shown, tags="tag")


@operation(
    "create-service",
    permissions=(CREATE, CREATE_SET),
    rate_limit=per_minute(20),
    errors={
        400: "The agent or the state machine has no such version, or none at all.",
        403: NOT_PERMITTED,
        404: "There is no such agent or state machine, or it was deleted.",
        409: "There already is an active service of this name.",
    },
    examples={
        "Two versions pinned": {
            "service_hierarchical_state_machine_id": "65f1a0000000000000000002",
            "agent_id": "65f1a0000000000000000001",
            "name": "Pharmacy Line",
            "description": "Refills, and questions about them.",
            "is_active": True,
            "release_version_set": {
                "agent_version_number": 1,
                "service_hierarchical_state_machine_version_number": 1,
                "llm_model_preferences": {},
            },
            "keyterms": ["refill"],
            "tags": {"team": "pharmacy"},
        }
    },
)
def create_service(call: Call[InOrganization, NewService]) -> ServiceCreated:
    """Create a service with the version sets `edge`, the latest of all, and `release`."""
    body = call.body
    call.require()
    agent = handlers.referred(call, AGENTS, body.agent_id)
    graph = handlers.referred(call, GRAPHS, body.service_hierarchical_state_machine_id)
    release = body.release_version_set
    pinned = release is None or has_versions(release, agent, graph)
    if not pinned or not have_versions(agent, graph):
        raise call.error(400)
    service = handlers.create(
        call,
        KIND,
        None,
        name=body.name,
        tags=body.tags,
        version_sets=version_sets({} if release is None else {RELEASE: release}),
        description=body.description,
        is_active=body.is_active,
        service_hierarchical_state_machine_id=graph.id,
        agent_id=agent.id,
        keyterms=body.keyterms,
    )
    return ServiceCreated(id=service.id)


@operation(
    "update-service",
    permissions=(UPDATE,),
    rate_limit=per_minute(20),
    errors={
        400: "A simulation unit test uses this service, or its agent or state machine is gone.",
        403: NOT_PERMITTED,
        404: NOT_FOUND,
        409: "There already is an active service of this name.",
    },
    examples={
        "Another agent": {
            "description": "Books appointments.",
            "agent_id": "65f1a0000000000000000001",
            "service_hierarchical_state_machine_id": "65f1a0000000000000000002",
        }
    },
)
def update_service(call: Call[OfService, ServiceChanges]) -> Nothing:
    """Change a service; one that a simulation unit test uses stays active."""
    service = handlers.find(call, KIND, call.parameters.service_id, deleted=True)
    changes = handlers.given(call.body, *ServiceChanges.model_fields)
    changed = service.model_copy(update=changes)
    used = call.organization.refers(KIND.name, service.id)
    if service.is_active and not changed.is_active and used:
        raise call.error(400)
    kinds = {AGENTS: "agent_id", GRAPHS: "service_hierarchical_state_machine_id"}
    activated = changed.is_active and not service.is_active
    for kind, field in kinds.items():
        named = call.others(kind).get(getattr(changed, field))
        usable = named is not None and named.live and have_versions(named)
        if (activated or field in changes) and not usable:
            raise call.error(400)
    handlers.update(call, KIND, service, **changes)
    return NOTHING


OPERATIONS = (
    list_services,
    create_service,
    update_service,
)

ASSUMPTIONS = (
    Assumption(
        "interaction-models",
        "version sets of services",
        "which model suits which interaction is not checked, nor are the parameters of models; "
        "where the service might refuse them there is a warning",
        "the names of interactions are not published",
        "resources/test_services.py::test_models_that_the_service_might_refuse_are_warned_of",
    ),
)
