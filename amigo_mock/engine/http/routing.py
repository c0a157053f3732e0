"""Routes: from the path of a request to its operation, or to the answer where there is none."""

from __future__ import annotations

from urllib.parse import quote

from amigo_mock.engine.fake import Fake
from amigo_mock.engine.http import cross_origin
from amigo_mock.engine.http.messages import JSON, Answer, Answered, Request
from amigo_mock.errors import ApiError
from amigo_mock.operations import openapi
from amigo_mock.operations.operation import Operation
from amigo_mock.operations.router import Router

DOCUMENT = "/v1/openapi.json"

_ADDRESS = ":/%#?=@[]!$&'()*+,;"  # what stays as it is in the address of a redirect


class Routes:
    """The paths of a fake: its operations, those that it does not emulate, and its document."""

    def __init__(self, fake: Fake) -> None:
        self._fake = fake
        document = {(method, DOCUMENT): DOCUMENT for method in ("GET", "HEAD")}
        self._router = Router({**fake.catalog.paths, **document})
        self._documents: dict[bool, bytes] = {}
        self._operations: dict[str, Operation] = {}  # those that were found

    def find(self, request: Request) -> Operation:
        """The operation of a request, whose parameters in the path are noted.

        Raises `Answered` for the OpenAPI document, a path with a slash too many or too few and what
        a browser asks beforehand; an `ApiError` where there is nothing (404), nothing of this
        method (405) or nothing yet (501).
        """
        if request.operation is not None:
            return request.operation
        name = look_up(self._router, request)
        if name == DOCUMENT:
            raise Answered(Answer(200, self._document(), [JSON]))
        operation = self.operation(name)
        if operation is None:
            raise ApiError(501, not_emulated(name))
        return operation

    def streams(self, request: Request) -> bool:
        """Report whether a request is for an operation that streams its answer."""
        found = self._router.find(request.method, request.path)
        if found is None:
            return False
        name, request.values = found
        operation = request.operation = self.operation(name)
        return operation is not None and operation.streamed

    def operation(self, name: str) -> Operation | None:
        """The operation of this name, if it is emulated."""
        found = self._operations.get(name)
        if found is None:
            found = self._fake.catalog.operation(name)
            if found is not None:
                self._operations[name] = found
        return found

    def _document(self) -> bytes:
        strict = self._fake.settings.strict
        if strict not in self._documents:
            operations = self._fake.catalog.all()
            self._documents[strict] = openapi.encoded(operations, "amigo-mock", strict=strict)
        return self._documents[strict]


def look_up(router: Router[str], request: Request) -> str:
    """The name of what is at the path, for the method. Raises as `Routes.find` does."""
    found = router.find(request.method, request.path)
    if found is not None:
        name, request.values = found
        return name
    if asked := cross_origin.preflight(request):
        raise Answered(asked)
    if methods := router.methods(request.path):
        allowed = ", ".join(methods)
        hint = f"this path has {' and '.join(methods)}"
        raise ApiError(405, "Method Not Allowed", {"Allow": allowed}, hint)
    if mended := router.mended(request.path):
        raise Answered(redirect(request, mended))
    near = router.nearest(request.method, request.path)
    raise ApiError(404, "Not Found", hint=f"did you mean {near}?" if near else "")


def redirect(request: Request, path: str) -> Answer:
    """An answer that leads to another path, with the query as it was."""
    where = path.replace("?", "%3F").replace("#", "%23").replace("\\", "%5C")
    query = f"?{request.query}" if request.query else ""
    location = quote(f"{request.address}{where}{query}", safe=_ADDRESS)
    hint = f"the path has {'a' if path.endswith('/') else 'no'} slash at its end"
    return Answer(307, b"", [(b"location", location.encode("latin-1"))], hint=hint)


def not_emulated(operation: str) -> str:
    """The answer to an operation that the real service has and this one does not."""
    return (
        f"amigo-mock does not emulate the operation {operation!r} of the published API yet. "
        "/v1/openapi.json lists what it emulates; have the test replace this call."
    )
