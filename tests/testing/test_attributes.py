"""What a test holds of the fake has the attributes that it has: no misspelt one is made."""

from __future__ import annotations

from typing import Any

import pytest

from amigo_mock import AmigoMock

# What is set on a fake, or a part of it, and what comes of it.
MISTAKES: list[tuple[str, str, object, str]] = [
    ("", "maintenace", True, "AmigoMock has no attribute 'maintenace' (did you mean 'mainten"),
    ("", "strict", True, "AmigoMock has no attribute 'strict': it is a setting. Give it to "),
    ("", "reset", True, "'reset' of AmigoMock is a method: call it"),
    ("rate_limits", "enable", False, "RateLimits has no attribute 'enable' (did you mean 'enab"),
    ("maintenance", "enable", True, "Maintenance has no attribute 'enable' (did you mean 'enab"),
    ("clock", "forzen", True, "Clock has no attribute 'forzen' (did you mean 'frozen'?)"),
    ("clock", "freeze", True, "'freeze' of Clock is a method: call it"),
    ("faults", "status", 503, "Faults has no attribute 'status'"),
    ("requests", "size", 5, "Journal has no attribute 'size'"),
    ("races", "before", "x", "Races has no attribute 'before'"),
    ("outcomes", "result", "x", "Outcomes has no attribute 'result'"),
    ("personas", "names", "x", "Personas has no attribute 'names'"),
]


@pytest.fixture(params=["here", "elsewhere"])
def fake(request: pytest.FixtureRequest, mock: AmigoMock) -> Any:
    if request.param == "here":
        yield mock
        return
    with AmigoMock.at(mock.url) as there:
        yield there


@pytest.mark.parametrize(("part", "name", "value", "text"), MISTAKES)
def test_an_attribute_that_is_not_there_is_refused(
    fake: Any, part: str, name: str, value: object, text: str
) -> None:
    """Rule: to set an attribute that there is not, or a method, is an error that names the nearest
    one or says what to do; else the test would go on without what it meant to change.

    Source: the rule for mistakes.
    """
    owner = getattr(fake, part) if part else fake
    with pytest.raises(AttributeError) as found:
        setattr(owner, name, value)
    assert str(found.value).startswith(text)
    assert name not in vars(owner)


def test_what_is_armed_and_who_acts_are_as_strict(fake: Any) -> None:
    """Rule: the same for a fault, a race and a user. Source: the rule for mistakes."""
    armed = fake.faults.add("get-simulation-personas", status=503)
    building = fake.between(None, "delete-simulation-persona")
    for owner in (armed, building, building.deletes(), fake.as_user(grants=[])):
        with pytest.raises(AttributeError, match="has no attribute 'times'"):
            owner.times = 3


def test_a_method_can_be_replaced(mock: AmigoMock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rule: `monkeypatch` can put a function in the place of a method. Source: pytest's own way
    to replace things.
    """
    monkeypatch.setattr(mock.clock, "advance", lambda _: None)
    before = mock.clock.now()
    mock.clock.advance(3600)
    assert mock.clock.now() - before < 3600
