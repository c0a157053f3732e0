"""What is misspelt in a call of the control API, and how that is said."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from amigo_mock import AmigoMock


@pytest.mark.parametrize(
    ("method", "path", "status", "told"),
    [
        ("GET", "fault", 404, "Not Found: did you mean GET /_mock/faults?"),
        ("POST", "clocks", 404, "Not Found: did you mean POST /_mock/clock?"),
        ("POST", "health", 405, "Method Not Allowed: this path has GET"),
        ("PUT", "faults", 405, "Method Not Allowed: this path has DELETE and GET and POST"),
    ],
)
def test_a_misspelt_call_names_the_nearest(
    control: httpx2.Client, method: str, path: str, status: int, told: str
) -> None:
    """Rule: the control API is the fake's own, so that what to do instead is in its body. Source:
    the control API.
    """
    answer = control.request(method, path)
    assert (answer.status_code, answer.json()) == (status, {"detail": told})


def test_a_body_that_is_not_said_to_be_json_says_so(control: httpx2.Client) -> None:
    """Rule: what curl sends by itself is refused with the header that is missing. Source: the
    control API.
    """
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = control.post("clock", content=b'{"advance": 1}', headers=headers)
    assert answer.status_code == 422
    (finding,) = answer.json()["detail"]
    assert finding["msg"].endswith(": send the header Content-Type: application/json")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"advanced": 1}, "There is no such field (did you mean 'advance'?)"),
        ({"seconds": 60}, "There is no such field; there are advance, frozen, at, reset"),
    ],
)
def test_a_misspelt_field_names_the_nearest_or_all(
    control: httpx2.Client, body: dict[str, Any], told: str
) -> None:
    """Rule: the nearest field, or where none is near those that there are. Source: the control
    API.
    """
    (finding,) = control.post("clock", json=body).json()["detail"]
    assert (finding["loc"], finding["msg"]) == (["body", *body], told)


def test_a_misspelt_parameter_is_refused_before_it_does_harm(
    mock: AmigoMock, control: httpx2.Client
) -> None:
    """Rule: a parameter that there is not is a 422: passed over, it would disarm every fault.
    Source: the control API.
    """
    mock.faults.add("get-simulation-personas", status=500)
    for query, told in (("ids=1", " (did you mean 'id'?)"), ("number=1", "; there is id")):
        answer = control.delete(f"faults?{query}")
        assert answer.status_code == 422
        assert answer.json()["detail"][0]["msg"] == f"There is no such parameter{told}"
    assert control.get("health?x=1").json()["detail"][0]["msg"] == "There is no such parameter"
    assert len(mock.faults) == 1


def test_a_fault_that_is_not_armed_is_404(mock: AmigoMock, control: httpx2.Client) -> None:
    """Rule: what is not there cannot be disarmed, and nothing else is. Source: the control API."""
    armed = mock.faults.add("get-simulation-personas", status=500)
    answer = control.delete("faults?id=99")
    assert (answer.status_code, answer.json()) == (404, {"detail": "There is no armed fault 99."})
    assert len(mock.faults) == 1
    assert control.delete(f"faults?id={armed.id}").status_code == 204
    assert control.delete(f"faults?id={armed.id}").status_code == 404
