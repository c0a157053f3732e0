"""Declaring an operation of the control API, and the call that its handler gets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from amigo_mock.engine.fake import Fake
from amigo_mock.engine.tenants import Tenants
from amigo_mock.operations.operation import Operation
from amigo_mock.operations.parameters import Parameters

P = TypeVar("P", bound=Parameters)
B = TypeVar("B")

Handler = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class ControlCall(Generic[P, B]):
    """A validated call of the control API, and the fake that it is about."""

    fake: Fake
    tenants: Tenants
    parameters: P
    body: B


class ControlBody(BaseModel):
    """A request body of the control API: unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Confirmation(Parameters):
    """The word that a state file may be emptied."""

    confirm: bool = Field(
        default=False,
        description="Whether a kept world may be lost that no seed would bring back.",
    )


class InOrganization(ControlBody):
    """A request body that is about one organization."""

    organization: str | None = Field(None, description="Left out: the first one.")


class Declare(Protocol):
    """A decorator for the handlers of one group; see `group`."""

    def __call__(
        self,
        id: str,
        method: str,
        path: str,
        *,
        status: int = 200,
        examples: Mapping[str, Any] | None = None,
    ) -> Callable[[Handler], Operation]:
        """Declare the operation that the decorated function answers."""
        raise NotImplementedError


def group(name: str) -> Declare:
    """A decorator that declares operations of the control API in the group `name`.

    `path` is the part after `/_mock/`; `examples` is a body by title.
    """

    def declare(
        id: str,
        method: str,
        path: str,
        *,
        status: int = 200,
        examples: Mapping[str, Any] | None = None,
    ) -> Callable[[Handler], Operation]:
        def decorate(handler: Handler) -> Operation:
            return Operation(
                id=id,
                method=method,
                path=f"/_mock/{path}",
                handler=handler,
                status=status,
                # 404: of a tenant that is not there; 503: what was changed cannot be kept.
                statuses=(status, 401, 403, 404, 422, 503),
                group=name,
                examples=examples or {},
            )

        return decorate

    return declare
