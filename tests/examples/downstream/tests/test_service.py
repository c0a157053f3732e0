"""Requests: pages, and what is repeated."""

from __future__ import annotations

import pytest
from amigo_mock import AmigoMock
from amigo_sdk import AmigoConfig, AmigoError, ConflictError, ServiceUnavailableError

from persona_sync import Service

LIST = "get-simulation-personas"
CREATE = "create-simulation-persona"


def test_every_page_is_read(amigo: AmigoMock, service: Service) -> None:
    made = amigo.personas.create_many(120)
    amigo.personas.create(deleted=True)
    assert [one["id"] for one in service.personas()] == [one.id for one in made]
    assert len(amigo.requests.to(LIST)) == 3
    amigo.assert_called(LIST, times=1, query={"continuation_token": 100, "is_deleted": "false"})


def test_it_signs_in_once(amigo: AmigoMock, service: Service) -> None:
    list(service.personas())
    list(service.personas())
    amigo.assert_called("sign-in-with-api-key", times=1)


def test_it_signs_in_again_when_its_token_is_too_old(amigo: AmigoMock, service: Service) -> None:
    list(service.personas())
    amigo.clock.advance(hours=2)
    assert list(service.personas()) == []
    assert [entry.status for entry in amigo.requests.to(LIST)] == [200, 401, 200]


@pytest.mark.parametrize("status", [429, 503])
def test_a_refused_request_is_repeated(amigo: AmigoMock, service: Service, status: int) -> None:
    with amigo.faulty(CREATE, status=status, times=2, headers={"Retry-After": "20"}):
        service.create("Ann", "patient", {}, "Calls for the first time.")
    assert len(amigo.requests.to(CREATE).with_status(status)) == 2
    assert amigo.personas.find("Ann").role == "patient"


def test_it_waits_for_the_next_window(amigo: AmigoMock, service: Service) -> None:
    amigo.rate_limits.set(CREATE, 2)
    before = amigo.clock.now()
    for number in range(5):
        service.create(f"Number {number}", "patient", {}, "One of many.")
    assert len(amigo.personas) == 5
    assert 115 < amigo.clock.now() - before < 125
    amigo.assert_called(CREATE, times=2, status=429)


def test_it_gives_up_in_the_end(amigo: AmigoMock, service: Service) -> None:
    list(service.personas())
    with amigo.maintenance(), pytest.raises(ServiceUnavailableError):
        list(service.personas())
    assert len(amigo.requests.to(LIST).with_status(503)) == 5


def test_a_lost_answer_shows_as_a_conflict(amigo: AmigoMock, service: Service) -> None:
    with (
        amigo.faulty(CREATE, drop=True, when="after"),
        pytest.raises(ConflictError),
    ):
        service.create("Ann", "patient", {}, "Calls for the first time.")
    assert len(amigo.personas) == 1


def test_a_user_who_may_only_read(amigo: AmigoMock) -> None:
    ann = amigo.personas.create(name="Ann")
    with (
        amigo.as_user(grants=["Simulation:GetSimulationPersona"]),
        Service(AmigoConfig()) as service,  # type: ignore[call-arg]
    ):
        assert [one["name"] for one in service.personas()] == ["Ann"]
        with pytest.raises(AmigoError) as caught:
            service.tag(ann.id, {})
    assert caught.value.status_code == 403
