"""The rows of the catalogue for plants."""

from __future__ import annotations

from dataclasses import replace

from amigo_mock.contract.catalogue import PublishedOperation

PATH = "/v1/{organization}/plant/"
ONE = f"{PATH}{{plant_id}}/"

CREATE = PublishedOperation("create-plant", "POST", PATH, (201, 401, 403, 404, 409, 422, 429, 503))
LIST = PublishedOperation("get-plants", "GET", PATH, (200, 401, 403, 404, 422, 429, 503))
SEARCH = PublishedOperation(
    "search-plants", "GET", f"{PATH}search", (200, 401, 403, 404, 422, 429, 503)
)
DELETE = PublishedOperation("delete-plant", "DELETE", ONE, (204, 401, 403, 404, 422, 429, 503))
CREATE_VERSION = PublishedOperation(
    "create-plant-version",
    "POST",
    f"{ONE}version/",
    (201, 400, 401, 403, 404, 422, 429, 503),
)
LIST_VERSIONS = PublishedOperation(
    "get-plant-versions", "GET", f"{ONE}version/", (200, 401, 403, 404, 422, 429, 503)
)
WATER = PublishedOperation(
    "water-plant", "POST", f"{ONE}water", (200, 401, 403, 404, 422, 429, 503)
)


def at(module: str) -> tuple[PublishedOperation, ...]:
    """The rows, with the module that declares their operations."""
    every = (CREATE, LIST, SEARCH, DELETE, CREATE_VERSION, LIST_VERSIONS, WATER)
    return tuple(replace(row, module=module) for row in every)
