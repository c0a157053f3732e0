"""Version sets of services: which versions a service runs with."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from amigo_mock.operations import handlers
from amigo_mock.operations.bodies import Body, Empty
from amigo_mock.operations.call import Call
from amigo_mock.operations.operation import operation, per_minute
from amigo_mock.operations.parameters import InOrganization
from amigo_mock.world.fields import ObjectId
from amigo_mock.world.records.services import (
    AGENTS,
    EDGE,
    GRAPHS,
    KIND,
    RELEASE,
    NewVersionSet,
    Service,
    VersionSet,
    VersionSetName,
    has_versions,
    version_set,
)

CREATE_SET = "Service:CreateVersionSet"
UPDATE_SET = "Service:UpdateVersionSet"
DELETE_SET = "Service:DeleteVersionSet"
NOT_PERMITTED = "Your grants do not cover this for this service."
NOT_FOUND = "There is no such service."


class VersionSetPut(Body):
    """A version set."""

    version_set: NewVersionSet = Field(description="Takes the place of one of its name.")


class OfService(InOrganization):
    """The service that is meant."""

    service_id: ObjectId = Field(description="The service's id.")


class NewVersionSetName(OfService):
    """The service, and what its version set is called."""

    version_set_name: VersionSetName = Field(description="The version set's name.")


class KnownVersionSetName(OfService):
    """The service, and one of its version sets."""

    version_set_name: str = Field(description="The version set's name.")


@operation(
    "upsert-service-version-set",
    permissions=(CREATE_SET, UPDATE_SET),
    rate_limit=per_minute(30),
    errors={
        400: "The version set `edge` stays as it is; others have versions that there are.",
        403: NOT_PERMITTED,
        404: NOT_FOUND,
    },
    examples={
        "The latest agent with the first state machine": {
            "version_set": {
                "agent_version_number": None,
                "service_hierarchical_state_machine_version_number": 1,
                "llm_model_preferences": {},
            }
        }
    },
)
def put_version_set(call: Call[NewVersionSetName, VersionSetPut]) -> None:
    """Create a version set of a service, or replace the one of its name."""
    name = call.parameters.version_set_name
    records = call.records(KIND)
    known = records.get(call.parameters.service_id)
    permission = UPDATE_SET if known and name in known.version_sets else CREATE_SET
    service = handlers.find(call, KIND, call.parameters.service_id, permission, deleted=True)
    if name == EDGE:
        raise call.error(400)
    agent = call.others(AGENTS).get(service.agent_id)
    graph = call.others(GRAPHS).get(service.service_hierarchical_state_machine_id)
    assert agent is not None
    assert graph is not None
    if not has_versions(call.body.version_set, agent, graph):
        raise call.error(400)
    _put(call, service, {**service.version_sets, name: version_set(call.body.version_set)})


@operation(
    "delete-service-version-set",
    permissions=(DELETE_SET,),
    rate_limit=per_minute(30),
    errors={
        400: "A simulation unit test uses this version set, or it is `edge` or `release`.",
        403: NOT_PERMITTED,
        404: "There is no such service or version set.",
    },
)
def delete_version_set(call: Call[KnownVersionSetName, Empty]) -> None:
    """Delete a version set of a service that no simulation unit test uses."""
    name = call.parameters.version_set_name
    service = handlers.find(call, KIND, call.parameters.service_id, deleted=True)
    if name not in service.version_sets:
        raise call.error(404)
    if name in (EDGE, RELEASE) or call.organization.refers("version_sets", f"{service.id}/{name}"):
        raise call.error(400)
    _put(call, service, {key: kept for key, kept in service.version_sets.items() if key != name})


def _put(call: Call[Any, Any], service: Service, version_sets: dict[str, VersionSet]) -> None:
    handlers.update(call, KIND, service, version_sets=version_sets)


OPERATIONS = (
    put_version_set,
    delete_version_set,
)
