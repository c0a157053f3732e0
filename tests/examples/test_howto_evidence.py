"""How to see what the code under test has asked: the journal as evidence."""

from __future__ import annotations

from unittest.mock import ANY

import httpx2
import pytest

from amigo_mock import AmigoMock

SCENARIOS = "/v1/mock-org/simulation/scenario/"
CREATE = "create-simulation-scenario"
BODY = {
    "name": "Refill",
    "tags": {"kind": "pharmacy"},
    "initial_version": {
        "objective": "Get a refill.",
        "instructions": "Be brief.",
        "initial_message_type": "user-message",
        "conversation_starts_at": None,
    },
}


def test_a_request_was_made(amigo: AmigoMock, amigo_client: httpx2.Client) -> None:
    """Said is what matters: fields that are not named may be anything. Source: the README."""
    amigo_client.post(SCENARIOS, json=BODY)
    amigo.assert_called(CREATE, times=1, status=201, json={"tags": {"kind": ANY}})
    amigo.assert_not_called("delete-simulation-scenario")


def test_requests_are_a_sequence(amigo: AmigoMock, amigo_client: httpx2.Client) -> None:
    """They can be counted, narrowed down and looked at. Source: the README."""
    amigo_client.post(SCENARIOS, json=BODY)
    amigo_client.post(SCENARIOS, json=BODY)
    assert [entry.status for entry in amigo.requests] == [201, 409]
    [refused] = amigo.requests.to(CREATE).with_status("4xx")
    assert refused.request_json["name"] == "Refill"
    assert "name" in refused.response_json["detail"]
    assert amigo.requests.last is refused


def test_what_came_nearest_is_shown(amigo: AmigoMock, amigo_client: httpx2.Client) -> None:
    """A failure says field by field what did not match. Source: the README."""
    amigo_client.post(SCENARIOS, json=BODY)
    with pytest.raises(AssertionError) as caught:
        amigo.assert_called(CREATE, json={"name": "Refund"})
    assert "name: expected 'Refund', got 'Refill'" in str(caught.value)


def test_secrets_are_left_out(amigo: AmigoMock, amigo_client: httpx2.Client) -> None:
    """No key and no sensitive variable is in the journal. Source: the README."""
    variables = {"sensitive_user_variables": {"card": "4111"}}
    version = {"background": "b", "user_models": [], "nonsensitive_user_variables": {}} | variables
    amigo_client.post(
        "/v1/mock-org/simulation/persona/",
        json={"name": "Ann", "role": "patient", "tags": {}, "initial_version": version},
    )
    assert b"4111" not in amigo.requests.last.request_body
