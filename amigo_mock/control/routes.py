"""The operations of the control API, and the routing to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from pydantic import RootModel

from amigo_mock.contract.fidelity import Strictness
from amigo_mock.control import behaviour, clock, evidence, organizations, tenants, world
from amigo_mock.control.access import admit
from amigo_mock.control.declaration import ControlCall, group
from amigo_mock.control.scripts import script_operations
from amigo_mock.engine.fake import Fake
from amigo_mock.engine.http.messages import Answer, Answered, Request, refusal, success
from amigo_mock.engine.http.routing import look_up
from amigo_mock.engine.pipeline import Steps, finish
from amigo_mock.engine.tenants import Tenants, missing
from amigo_mock.engine.validation.body import read
from amigo_mock.engine.validation.request import check
from amigo_mock.errors import ApiError, Dropped, MockError, StateError, not_kept
from amigo_mock.names import among
from amigo_mock.operations import openapi
from amigo_mock.operations.bodies import Empty
from amigo_mock.operations.operation import Operation
from amigo_mock.operations.parameters import Parameters
from amigo_mock.operations.responses import Joined
from amigo_mock.operations.router import Router
from amigo_mock.state.scripts import Script

TENANT = b"x-amigo-mock-organization"  # the header that names a tenant
TITLE = "amigo-mock: the control API"

operation = group("Fake")


class OpenAPIDocument(RootModel[dict[str, Any]]):
    """An OpenAPI document."""


@operation("get-document", "GET", "openapi.json")
def get_document(call: ControlCall[Parameters, Empty]) -> Joined[OpenAPIDocument]:
    """Describe the control API, as an OpenAPI document."""
    declared = control_operations(call.fake.scripts.declared)
    return Joined(OpenAPIDocument, openapi.encoded(declared, TITLE, strict=True))


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


class Control:
    """The control API of one fake and its tenants."""

    largest_body = 1024 * 1024 * 1024  # bytes, because a world may be large

    def __init__(self, tenants: Tenants) -> None:
        declared = control_operations(tenants.landlord.scripts.declared)
        self._tenants = tenants
        self._operations = {one.id: one for one in declared}
        self._router = Router({(one.method, one.path): one.id for one in declared})

    def answer(self, request: Request) -> Steps:
        """Answer a request under `/_mock/`, in one piece. Raises `Dropped` if it never ended."""
        if request.aborted:
            raise Dropped
        try:
            operation = self._operations[look_up(self._router, request)]
            result = self._call(operation, request)
        except Answered as ready:
            result = ready.answer
        except ApiError as error:
            result = refusal(_told(error))
        finish(request, result)
        yield result

    def _call(self, operation: Operation, request: Request) -> Answer:
        """The answer of an operation. Raises an `ApiError`."""
        tenants = self._tenants
        try:
            secret = tenants.landlord.settings.control_token
            admit(secret, request, from_here=operation.id == "health")
            content = read(operation, request, self.largest_body, self.largest_body)
            parameters, body = check(operation, request, content, Strictness(strict=True))
            _check_query(operation, request)
            meant = _meant(tenants.landlord, tenants, request)
            with meant.lock:
                call = ControlCall(meant, tenants, parameters, body)
                result = operation.handler(call)
                meant.commit()
                return success(operation, result)
        except StateError as error:
            raise not_kept(error) from None
        except MockError as error:
            raise ApiError(422, str(error)) from None
        except ApiError as error:
            raise _hinted(operation, error) from None


def _meant(fake: Fake, tenants: Tenants, request: Request) -> Fake:
    """The fake that the header names. Raises a 404 `ApiError` for an unknown tenant."""
    named = request.headers.get(TENANT)
    if named is None:
        return fake
    tenant = tenants.get(named.decode("latin-1"))
    if tenant is None:
        raise ApiError(404, f"{missing(named.decode('latin-1'))}.")
    return tenant


def _check_query(operation: Operation, request: Request) -> None:
    """Raise a 422 `ApiError` for parameters that there are not: a misspelt one would do harm."""
    given = parse_qsl(request.query, keep_blank_values=True)
    unknown = [(name, value) for name, value in given if name not in operation.query]
    if unknown:
        raise ApiError(
            422,
            [
                {
                    "type": "extra_forbidden",
                    "loc": ["query", name],
                    "msg": f"There is no such parameter{among(name, operation.query)}",
                    "input": value,
                }
                for name, value in unknown
            ],
        )


def _hinted(operation: Operation, error: ApiError) -> ApiError:
    """The error, with the nearest field wherever there is none of the name that was given."""
    model = operation.body()
    for finding in error.detail if isinstance(error.detail, list) else []:
        _, *place = finding["loc"]
        if finding["type"] == "extra_forbidden" and len(place) == 1 and model is not None:
            name = str(place[0])
            finding["msg"] = f"There is no such field{among(name, model.model_fields)}"
    return error


def _told(error: ApiError) -> ApiError:
    """The error with its hint in the body, where whoever uses curl reads it."""
    if not error.hint:
        return error
    if isinstance(error.detail, str):
        error.detail = f"{error.detail}: {error.hint}"
        return error
    for finding in error.detail:
        if finding["loc"] == ["body"]:
            finding["msg"] = f"{finding['msg']}: {error.hint}"
    return error
