"""The service, as far as personas go, over the HTTP client of the official SDK."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, Self

from amigo_sdk import AmigoConfig
from amigo_sdk.http_client import AmigoHttpClient

Json = dict[str, Any]


class Service:
    """Personas of one organization.

    Requests are repeated when the service is busy, down or cut off: up to five times, after as
    long as it asks for. So a write can happen twice, and its caller has to bear that.
    """

    def __init__(self, config: AmigoConfig) -> None:
        self._base = f"/v1/{config.organization_id}/simulation/persona/"
        self._http = AmigoHttpClient(
            config,
            retry_max_attempts=5,
            retry_max_delay_seconds=60,
            retry_on_methods={"GET", "POST", "DELETE"},
        )

    def personas(self) -> Iterator[Json]:
        """All that are not deleted, however many pages they take."""
        query: Json = {"is_deleted": False}
        while True:
            page = self._http.request("GET", self._base, params=query).json()
            yield from page["simulation_personas"]
            if not page["has_more"]:
                return
            query["continuation_token"] = page["continuation_token"]

    def create(self, name: str, role: str, tags: Mapping[str, str | None], background: str) -> str:
        """Create one; its id. Raises `ConflictError` if the name is taken."""
        body = {"name": name, "role": role, "tags": tags, "initial_version": _version(background)}
        made = self._http.request("POST", self._base, json=body).json()
        return str(made["simulation_persona_id"])

    def tag(self, id: str, tags: Mapping[str, str | None]) -> None:
        """Replace its tags."""
        self._http.request("POST", f"{self._base}{id}/", json={"tags": tags})

    def latest(self, id: str) -> Json:
        """Its latest version."""
        path, query = f"{self._base}{id}/version/", {"version": "latest"}
        page = self._http.request("GET", path, params=query).json()
        [found] = page["simulation_persona_versions"]
        return dict(found)

    def add_version(self, id: str, number: int, background: str) -> None:
        """Add a version. Raises `BadRequestError` if the number is not the next one."""
        path, query = f"{self._base}{id}/version/", {"version": number}
        self._http.request("POST", path, params=query, json=_version(background))

    def delete(self, id: str) -> None:
        """Delete it. Raises `NotFoundError` if it is gone already."""
        self._http.request("DELETE", f"{self._base}{id}/")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.__exit__(kind, error, trace)  # type: ignore[no-untyped-call]


def _version(background: str) -> Json:
    return {
        "background": background,
        "user_models": [],
        "nonsensitive_user_variables": {},
        "sensitive_user_variables": {},
    }
