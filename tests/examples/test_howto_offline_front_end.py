"""How to have another process, such as a front end in development, talk to the fake."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
from collections.abc import Mapping
from urllib.parse import urlsplit

from amigo_mock import AmigoMock

# Whatever the front end is written in: it reads the environment, as in production.
FRONT_END = """
import json, os
from urllib.request import Request, urlopen

base, organization = os.environ["AMIGO_BASE_URL"], os.environ["AMIGO_ORGANIZATION_ID"]
sign_in = Request(
    f"{base}/v1/{organization}/user/signin_with_api_key",
    method="POST",
    headers={
        "x-api-key": os.environ["AMIGO_API_KEY"],
        "x-api-key-id": os.environ["AMIGO_API_KEY_ID"],
        "x-user-id": os.environ["AMIGO_USER_ID"],
    },
)
with urlopen(sign_in) as answer:
    token = json.load(answer)["id_token"]
listing = Request(
    f"{base}/v1/{organization}/simulation/persona/", headers={"Authorization": f"Bearer {token}"}
)
with urlopen(listing) as answer:
    print(*(persona["name"] for persona in json.load(answer)["simulation_personas"]))
"""


def test_another_process_finds_the_fake(amigo: AmigoMock) -> None:
    """The environment that the test has leads there, over a real socket. Source: the README."""
    amigo.personas.create(name="Ann")
    amigo.personas.create(name="Bob")
    command = [sys.executable, "-c", FRONT_END]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["Ann", "Bob"]
    assert [entry.operation for entry in amigo.requests] == [
        "sign-in-with-api-key",
        "get-simulation-personas",
    ]


def test_a_page_in_a_browser_may_ask(amigo: AmigoMock, amigo_env: Mapping[str, str]) -> None:
    """A page from a development server on this machine may call the fake. Source: the README."""
    where = urlsplit(amigo_env["AMIGO_BASE_URL"])
    connection = http.client.HTTPConnection(str(where.hostname), where.port)
    headers = {"Authorization": f"Bearer {amigo.token()}", "Origin": "http://localhost:5173"}
    connection.request("GET", "/v1/mock-org/simulation/persona/", headers=headers)
    answer = connection.getresponse()
    assert json.load(answer)["simulation_personas"] == []
    assert answer.headers["Access-Control-Allow-Origin"] in ("*", "http://localhost:5173")
    connection.close()
