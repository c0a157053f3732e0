"""Actors: users with just the permissions that a test grants."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from pydantic import ValidationError

from amigo_mock.attributes import KnownAttributes
from amigo_mock.errors import MockError, first
from amigo_mock.state.switch import Switch
from amigo_mock.testing.environ import EnvironmentVariables
from amigo_mock.world.records import Grant

if TYPE_CHECKING:
    import httpx2


class Reachable(Protocol):
    """A fake, as far as its users need it."""

    def token(self, user: str | None = None, *, expires_in: float | None = None) -> str:
        """A token without a sign-in."""
        raise NotImplementedError

    def client(
        self, user: str | None = None, *, in_process: bool = False, **options: Any
    ) -> httpx2.Client:
        """An HTTP client that is signed in."""
        raise NotImplementedError

    def async_client(
        self, user: str | None = None, *, in_process: bool = False, **options: Any
    ) -> httpx2.AsyncClient:
        """As `client`, for asyncio and trio."""
        raise NotImplementedError


class Actor(KnownAttributes, Switch):
    """A user of the fake. As a context manager it sets the environment variables for the SDK."""

    id: str

    def __init__(
        self, mock: Reachable, id: str, env: Callable[[str | None], Mapping[str, str]]
    ) -> None:
        self.id = id
        self._mock = mock
        self._env = env
        self._variables: EnvironmentVariables | None = None

    @property
    def env(self) -> Mapping[str, str]:
        """The environment variables with which the official SDK is this user."""
        return self._env(self.id)

    def token(self, *, expires_in: float | None = None) -> str:
        """A token without a sign-in; `expires_in` is in seconds."""
        return self._mock.token(self.id, expires_in=expires_in)

    def client(self, *, in_process: bool = True, **options: Any) -> httpx2.Client:
        """An HTTP client that is signed in as this user. Close it."""
        return self._mock.client(self.id, in_process=in_process, **options)

    def async_client(self, *, in_process: bool = True, **options: Any) -> httpx2.AsyncClient:
        """As `client`, for asyncio and trio."""
        return self._mock.async_client(self.id, in_process=in_process, **options)

    def start(self) -> None:
        """Carry its environment in `os.environ`."""
        self._variables = EnvironmentVariables(self.env)
        self._variables.start()

    def stop(self) -> None:
        """Put the environment back."""
        if self._variables is not None:
            self._variables.stop()
            self._variables = None

    def __repr__(self) -> str:
        return f"<Actor {self.id}>"


def granted(grants: Iterable[Grant | Mapping[str, Any] | str]) -> tuple[Grant, ...]:
    """Grants from grants, their JSON or names of permissions. Raises `MockError`."""
    if isinstance(grants, str | Mapping):
        raise MockError("grants are a list: put brackets around the one")
    try:
        return tuple(
            Grant(permission_name=grant) if isinstance(grant, str) else Grant.model_validate(grant)
            for grant in grants
        )
    except ValidationError as error:
        found = first(error)
        raise MockError(f"grant: {found.place}: {found.sentence(Grant.model_fields)}") from None
