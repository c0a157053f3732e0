"""An OpenAPI document distilled to its facts: what a client or a test could hold it to.

The digest is plain JSON without a sentence of the document it came from, so it can be committed,
diffed and compared with the digest of another document (see `drift`).
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from amigo_mock.contract.document import ContractError, canonical, mapping, plain, resolve, sequence
from amigo_mock.contract.schema import facts

#: The version of the digest's own format, under the key that marks a digest as one.
FORMAT = 1
MARKER = "digest"

#: Members of a path item that are operations. The rest are facts about all of them.
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

_PERMISSION = re.compile(r"\b[A-Z]\w+:[A-Z]\w+")
_RATE_LIMIT = re.compile(r"rate limit of (\d[\d,]*) requests? per minute", re.IGNORECASE)

# How each kind of parameter is written when the document does not say (OpenAPI 3.1, 4.8.12).
_STYLES = {"query": "form", "cookie": "form", "path": "simple", "header": "simple"}


def digest(document: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of an OpenAPI 3.x document, in an order and a spelling of their own.

    Per operation: method, path, tags, deprecation, security where it departs from the document's,
    parameters, request body, responses, rate limit and permission names. Of the document: its
    OpenAPI version, servers, security schemes and default security. Two documents that say the
    same, whatever the order of their keys, the names of their components or their prose, have the
    same digest; see `schema.facts` for the schemas.

    The rate limit and the permissions are read from `x-rate-limit` and `x-permissions` where an
    operation has them, and otherwise out of its descriptions, which is where the published
    document states them.

    Raises `ContractError` if this is not an OpenAPI 3.x document, or is broken.
    """
    _check(document)
    default = _security(document.get("security", ()))
    found = {
        MARKER: FORMAT,
        "openapi": str(document["openapi"]),
        "operations": dict(_operations(document, default)),
        "security": default,
        "security_schemes": _security_schemes(document),
        "servers": [server.get("url") for server in document.get("servers", ())],
    }
    # Through text and back: sorted at every depth, and provably nothing but JSON.
    sorted_digest: dict[str, Any] = json.loads(canonical(found))
    return sorted_digest


def _check(document: Mapping[str, Any]) -> None:
    if MARKER in document:
        raise ContractError("is a digest already; give the OpenAPI document itself.")
    if not str(document.get("openapi", "")).startswith("3."):
        raise ContractError("is not an OpenAPI 3.x document; its `openapi` must be a version 3.")
    if not isinstance(document.get("paths"), Mapping):
        raise ContractError("is not an OpenAPI document of an API; it must have `paths`.")


def _operations(
    document: Mapping[str, Any], default: list[Any]
) -> Iterator[tuple[str, dict[str, Any]]]:
    seen: set[str] = set()
    for path, stated in document["paths"].items():
        item = _resolved(document, stated, path)
        for method in METHODS & item.keys():
            operation = mapping(item[method], f"{method.upper()} {path}")
            name = str(operation.get("operationId", f"{method.upper()} {path}"))
            if name in seen:
                raise ContractError(f"two operations are called {name!r}; rename one of them.")
            seen.add(name)
            try:
                found = _Operation(document, item, operation).facts(default)
            except ContractError as error:
                raise ContractError(f"{name}: {error}") from error
            yield name, {"method": method.upper(), "path": path, **found}


def _resolved(document: Mapping[str, Any], stated: Any, where: str) -> Mapping[str, Any]:
    value = mapping(stated, where)
    while "$ref" in value:
        value = mapping(resolve(document, str(value["$ref"])), where)
    return value


class _Operation:
    """One operation, with the path item it stands in and the document it refers to."""

    def __init__(
        self, document: Mapping[str, Any], item: Mapping[str, Any], operation: Mapping[str, Any]
    ) -> None:
        self._document = document
        self._item = item
        self._operation = operation

    def facts(self, default_security: list[Any]) -> dict[str, Any]:
        stated = self._operation
        security = _security(stated["security"]) if "security" in stated else default_security
        found = {
            "deprecated": stated.get("deprecated") is True,
            "parameters": self._parameters(),
            "permissions": self._permissions(),
            "rate_limit": self._rate_limit(),
            "request": self._request(),
            "tags": sorted(set(stated.get("tags", ()))),
        }
        said = {name: value for name, value in found.items() if value}
        said["responses"] = {status: self._response(value) for status, value in self._answers()}
        # Repeating the document's own security says nothing; lifting it ([]) says a lot.
        return said if security == default_security else said | {"security": security}

    def _parameters(self) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        for holder in (self._item, self._operation):
            for stated in sequence(holder.get("parameters", ()), "parameters"):
                parameter = _resolved(self._document, stated, "a parameter")
                place, name = str(parameter.get("in")), str(parameter.get("name"))
                known = name.lower() if place == "header" else name
                found.setdefault(place, {})[known] = self._parameter(place, parameter)
        return found

    def _parameter(self, place: str, parameter: Mapping[str, Any]) -> dict[str, Any]:
        required = place == "path" or parameter.get("required") is True
        found: dict[str, Any] = {"required": required}
        for flag in ("allowEmptyValue", "allowReserved", "deprecated"):
            if parameter.get(flag) is True:
                found[flag] = True
        style = parameter.get("style", _STYLES.get(place))
        if style != _STYLES.get(place):
            found["style"] = style
        if parameter.get("explode", style == "form") != (style == "form"):
            found["explode"] = parameter["explode"]
        if "content" in parameter:
            return found | {"content": self._content(parameter)}
        return found | {"schema": facts(self._document, parameter.get("schema", True))}

    def _request(self) -> dict[str, Any]:
        if "requestBody" not in self._operation:
            return {}
        body = _resolved(self._document, self._operation["requestBody"], "the request body")
        return {"required": body.get("required") is True, "content": self._content(body)}

    def _answers(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        responses = mapping(self._operation.get("responses", {}), "responses")
        for status, stated in responses.items():
            yield str(status).upper(), _resolved(self._document, stated, f"response {status}")

    def _response(self, response: Mapping[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if response.get("content"):
            found["content"] = self._content(response)
        if response.get("headers"):
            found["headers"] = sorted({str(name).lower() for name in response["headers"]})
        return found

    def _content(self, holder: Mapping[str, Any]) -> dict[str, Any]:
        return {
            kind.lower(): facts(self._document, mapping(media, kind).get("schema", True))
            for kind, media in mapping(holder.get("content", {}), "content").items()
        }

    def _rate_limit(self) -> dict[str, int] | None:
        stated = self._operation.get("x-rate-limit")
        if stated is not None:
            limit = mapping(stated, "x-rate-limit")
            return {name: _positive(limit.get(name), name) for name in ("limit", "window")}
        for text in self._prose():
            match = _RATE_LIMIT.search(text)
            if match:
                return {"limit": int(match[1].replace(",", "")), "window": 60}
        return None

    def _permissions(self) -> list[str]:
        stated = self._operation.get("x-permissions")
        if stated is not None:
            return [str(name) for name in dict.fromkeys(sequence(stated, "x-permissions"))]
        return list(dict.fromkeys(name for text in self._prose() for name in _names(text)))

    def _prose(self) -> Iterator[str]:
        yield str(self._operation.get("description", ""))
        for _, response in sorted(self._answers(), key=lambda answer: answer[0]):
            yield str(response.get("description", ""))


def _names(text: str) -> list[str]:
    return [match[0] for match in _PERMISSION.finditer(text)]


def _positive(value: Any, name: str) -> int:
    number = plain(value)
    if isinstance(number, bool) or not isinstance(number, int) or number < 1:
        raise ContractError(f"the {name} of x-rate-limit must be a whole number above 0.")
    return number


def _security(requirements: Iterable[Any]) -> list[Any]:
    """The alternative ways in, each with its scopes sorted; their order means nothing."""
    ways = [
        {name: sorted(scopes) for name, scopes in sorted(mapping(way, "security").items())}
        for way in requirements
    ]
    return sorted(ways, key=canonical)


def _security_schemes(document: Mapping[str, Any]) -> dict[str, Any]:
    schemes = mapping(document.get("components", {}), "components").get("securitySchemes", {})
    found: dict[str, Any] = {}
    for name, stated in sorted(mapping(schemes, "securitySchemes").items()):
        scheme = _resolved(document, stated, name)
        found[name] = {
            fact: scheme[fact] for fact in ("in", "name", "scheme", "type") if fact in scheme
        }
        # The names of HTTP schemes and headers have no case.
        if scheme.get("in") == "header":
            found[name]["name"] = str(scheme.get("name")).lower()
        if "scheme" in scheme:
            found[name]["scheme"] = str(scheme["scheme"]).lower()
    return found
