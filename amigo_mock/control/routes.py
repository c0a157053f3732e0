"""The operations of the control API, and the routes that answer them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import RootModel
from starlette.types import Receive, Scope, Send

from amigo_mock.contract.fidelity import Leeway
from amigo_mock.control import behaviour, clock, evidence, organizations, tenants, world
from amigo_mock.control.access import admit
from amigo_mock.control.declaration import ControlCall, group
from amigo_mock.control.scripts import script_operations
from amigo_mock.engine.fake import Fake
from amigo_mock.engine.pipeline import read, refusal, success, write
from amigo_mock.engine.tenants import Tenants, missing
from amigo_mock.engine.validation import Path, Request, check
from amigo_mock.errors import ApiError, MockError, nearest
from amigo_mock.operations import openapi
from amigo_mock.operations.operation import Empty, Joined, Operation, Parameters
from amigo_mock.operations.router import Lookup
from amigo_mock.server.routing import Table
from amigo_mock.state.scripts import Script

TENANT = b"x-amigo-mock-organization"  # the header that names a tenant
LARGEST_WORLD = 1024 * 1024 * 1024  # bytes
TITLE = "amigo-mock: the control API"

operation = group("Fake")


class Document(RootModel[dict[str, Any]]):
    """An OpenAPI document."""


@operation("get-document", "GET", "openapi.json")
def get_document(call: ControlCall[Parameters, Empty]) -> Joined[Document]:
    """Describe the control API, as an OpenAPI document."""
    declared = control_operations(call.fake.scripts.declared)
    return Joined(Document, openapi.encoded(declared, TITLE, strict=True))


OPERATIONS: tuple[Operation, ...] = (
    *tenants.OPERATIONS,
    get_document,
    *world.OPERATIONS,
    *organizations.OPERATIONS,
    *clock.OPERATIONS,
    *behaviour.OPERATIONS,
    *evidence.OPERATIONS,
)


def control_operations(scripts: Mapping[str, Script[Any]]) -> tuple[Operation, ...]:
    """The operations of the control API, those on the values of scripts included."""
    return (*OPERATIONS, *script_operations(scripts.values()))


def routes(fake: Fake, tenants: Tenants) -> Table[Operation]:
    """The routes of the control API of one fake and its tenants."""

    async def endpoint(
        operation: Operation, path: Path, scope: Scope, receive: Receive, send: Send
    ) -> None:
        try:
            admit(fake.settings.control_token, scope)
            request = await read(LARGEST_WORLD, path, scope, receive)
            parameters, body = check(operation, request, Leeway(strict=True))
            meant = _meant(fake, tenants, request)
            with meant.lock:
                call = ControlCall(meant, tenants, parameters, body)
                answer = success(operation, operation.handler(call))
        except MockError as error:
            answer = refusal(ApiError(422, str(error)))
        except ApiError as error:
            answer = refusal(_hinted(operation, error))
        await write(send, answer)

    declared = control_operations(fake.scripts.declared)
    return Table(Lookup({(one.method, one.path): one for one in declared}), endpoint)


def _meant(fake: Fake, tenants: Tenants, request: Request) -> Fake:
    """The fake that a call is about. Raises a 404 `ApiError` for a tenant that is not there."""
    named = request.headers.get(TENANT)
    if named is None:
        return fake
    tenant = tenants.get(named.decode("latin-1"))
    if tenant is None:
        raise ApiError(404, f"{missing(named.decode('latin-1'))}.")
    return tenant


def _hinted(operation: Operation, error: ApiError) -> ApiError:
    """The error, with the nearest field wherever there is none of the name that was given."""
    model = operation.body()
    for finding in error.detail if isinstance(error.detail, list) else []:
        if finding["type"] == "extra_forbidden" and model is not None:
            name = str(finding["loc"][-1])
            finding["msg"] = f"There is no such field{nearest(name, model.model_fields)}"
    return error
