"""Fixtures of the rules that hold for every kind."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from amigo_mock import AmigoMock
from tests.support.listed import LISTED, Listed
from tests.support.shelf import Reader, organization
from tests.support.worlds import PARTS, put_organization, user
from tests.support.writer import Writer


@pytest.fixture
def writer(mock: AmigoMock, listed: Listed) -> Iterator[Writer]:
    """The default user of an organization that has all that the examples name."""
    with mock.client(in_process=True) as client:
        put_organization(client, user("nobody"), **PARTS)
        yield Writer(client, listed)


@pytest.fixture(scope="session")
def shelf() -> Iterator[AmigoMock]:
    """A fake with an organization for each kind, which no test changes."""
    organizations = [organization(listed) for listed in LISTED]
    with AmigoMock(seed={"organizations": organizations}, rate_limits=False) as mock:
        yield mock


@pytest.fixture
def reader(shelf: AmigoMock, listed: Listed) -> Iterator[Reader]:
    found = Reader(shelf, listed)
    with found.client:
        yield found
