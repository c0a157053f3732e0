"""Wrong uses: a type checker reports the lines that say `wrong`, and no others."""

from __future__ import annotations

import httpx2

from amigo_mock import AmigoMock


def personas(amigo: AmigoMock) -> None:
    amigo.personas.create(name="Ann", role="patient")
    amigo.personas.create(nmae="Ann")  # wrong: a misspelt keyword
    amigo.personas.create("Ann")  # wrong: keywords only
    amigo.personas.create(name=1)  # wrong: a name is text
    amigo.personas.create(versions="3")  # wrong: a number, or what each version says
    amigo.personas.create(tags=["new"])  # wrong: tags have values
    amigo.personas.create_many(3, role="nurse")
    amigo.personas.create_many("3")  # wrong: a number
    amigo.personas.create_many(3, rolle="nurse")  # wrong: a misspelt keyword
    print(amigo.personas.find("Ann").background)  # wrong: it is the version that has one
    print(amigo.personas.find("Ann").latest.backgruond)  # wrong: a misspelt field
    amigo.personas.get(1)  # wrong: an id is text
    amigo.persona.all()  # wrong: a misspelt factory


def scenarios(amigo: AmigoMock) -> None:
    amigo.scenarios.create(objective="Get a refill.")
    amigo.scenarios.create(background="b")  # wrong: personas have that
    print(amigo.scenarios.create().latest.background)  # wrong: likewise


def controls(amigo: AmigoMock) -> None:
    amigo.clock.advance(minutes=1)
    amigo.clock.advance(minute=1)  # wrong: a misspelt keyword
    amigo.clock.advance("1 minute")  # wrong: a number of seconds
    amigo.maintenance = True
    amigo.maintenance = "on"  # wrong: true or false
    amigo.rate_limits.set("get-simulation-personas", 3)
    amigo.rate_limits.set("get-simulation-personas", "3")  # wrong: a number
    amigo.faults.add("get-simulation-personas", stauts=503)  # wrong: a misspelt keyword
    amigo.faults.add("get-simulation-personas", status="503")  # wrong: a number
    amigo.faulty("get-simulation-personas", when="later")  # wrong: before or after
    amigo.faulty(status=503)  # wrong: of which operation?
    amigo.as_user(["Simulation:GetSimulationPersona"])  # wrong: the first one is an id
    amigo.as_user(grants=[1])  # wrong: what is that?
    amigo.between("get-simulation-personas")  # wrong: and before which write?


def evidence(amigo: AmigoMock) -> None:
    print(amigo.requests.to("get-simulation-personas").last.status)
    amigo.requests.to(503)  # wrong: an operation
    print(amigo.requests.last.json["name"])  # wrong: it is `request_json` or `response_json`
    amigo.assert_called("get-simulation-personas", status=200)
    amigo.assert_called("get-simulation-personas", staus=200)  # wrong: a misspelt keyword
    amigo.assert_called("get-simulation-personas", body={})  # wrong: it is `json`
    amigo.assert_called("get-simulation-personas", times="once")  # wrong: a number


def starting() -> None:
    AmigoMock(strict=True, clock="2026-01-31T12:00:00Z", seed="world.yaml")
    AmigoMock(strickt=True)  # wrong: a misspelt setting
    AmigoMock(random_seed="7")  # wrong: a number


def clients(amigo_client: httpx2.Client, amigo_async_client: httpx2.AsyncClient) -> None:
    amigo_client.get("/v1/openapi.json").json()
    amigo_client.get("/v1/openapi.json").jsn()  # wrong: a misspelt method
    amigo_async_client.get("/v1/openapi.json").json()  # wrong: nobody has awaited it
