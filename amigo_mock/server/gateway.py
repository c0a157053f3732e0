"""Gateway: everything that a fake answers over HTTP, its API and the control API beside it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from amigo_mock.engine import pipeline
from amigo_mock.engine.fake import Fake
from amigo_mock.engine.http.messages import Request
from amigo_mock.engine.pipeline import Steps
from amigo_mock.engine.tenants import Tenants

if TYPE_CHECKING:
    from amigo_mock.control.routes import Control

CONTROL = "/_mock/"  # where the control API is


class Gateway:
    """Brings the requests to a fake and its tenants to whoever answers them."""

    def __init__(self, fake: Fake) -> None:
        self.tenants = Tenants(fake)

    def answer(self, request: Request) -> Steps:
        """Answer a request; see `pipeline.answer`."""
        if request.path.startswith(CONTROL):
            return self.control.answer(request)
        return pipeline.answer(self.tenants, request)

    def body_limit(self, path: str) -> int:
        """The bytes of a body that are worth reading: a larger one is refused."""
        if path.startswith(CONTROL):
            return self.control.largest_body
        return self.tenants.of(path).settings.max_body_size

    @cached_property
    def control(self) -> Control:
        """The control API. Most tests never use it, and it is as large as all the rest."""
        from amigo_mock.control.routes import Control

        return Control(self.tenants)
