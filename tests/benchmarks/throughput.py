"""Requests per second at 8 keep-alive connections, against servers that do nothing else."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack

from tests.benchmarks.anchors import PAGE, PERSONAS
from tests.benchmarks.bench import Bench, cost, median, p50, p99, rate, ratio
from tests.benchmarks.generator import NUMBER, Outcome, Request, request
from tests.benchmarks.report import Figure
from tests.benchmarks.server import Server, amigo, anchor, running
from tests.benchmarks.world import persona, seed


def create(server: Server) -> Request:
    return request("POST", PERSONAS, 201, server.token, persona(f"Confused New User {NUMBER}"))


def page(server: Server, query: str = "limit=50") -> Request:
    return request("GET", f"{PERSONAS}?{query}", 200, server.token)


def measure(bench: Bench) -> Iterator[Figure]:
    """Create against `bare`, a page of 50 against `bytes`, both against Prism if it is there."""
    with ExitStack() as stack:
        raw, bare, fixed = (
            stack.enter_context(anchor(name, bench.folder)) for name in ("raw", "bare", "bytes")
        )
        ours = stack.enter_context(amigo(bench.folder, "--seed", seed(100, bench.folder)))
        contenders = {
            "raw": (raw, [request("GET", "/", 200)]),
            "bare": (bare, [create(bare)]),
            "create": (ours, [create(ours)]),
            "bytes": (fixed, [page(fixed)]),
            "encoded": (bare, [page(bare)]),
            "page": (ours, [page(ours)]),
            "mixed": (ours, [create(ours), page(ours)]),
        }
        if bench.baseline:
            options = ("--seed", str(seed(100, bench.folder)))
            before = stack.enter_context(
                amigo(bench.folder, *options, name="baseline", root=bench.baseline)
            )
            contenders["baseline create"] = (before, [create(before)])
            contenders["baseline page"] = (before, [page(before)])
        if bench.prism:
            prism = stack.enter_context(_prism(bench.prism, bench, ours))
            prism.token = ours.token
            contenders["prism create"] = (prism, [create(prism)])
            contenders["prism page"] = (prism, [page(prism)])
        results = dict(
            zip(contenders, bench.compare(list(contenders.values()), bench.seconds), strict=True)
        )
    yield from _figures(results)


def _figures(results: dict[str, list[Outcome]]) -> Iterator[Figure]:
    bare, created, fixed = results["bare"], results["create"], results["bytes"]
    paged, encoded = results["page"], results["encoded"]
    raw = results["raw"]
    own = statistics.median(each.rate / each.busy for each in raw)
    detail = f"drives raw ASGI at {_said(raw)}"
    yield Figure("what the generator could drive", own, "req/s", least=25_000, detail=detail)
    for name, ours, theirs, least in (
        ("create / bare", created, bare, 0.45),
        ("page / bytes", paged, fixed, 0.6),
    ):
        yield Figure(name, ratio(ours, theirs, rate), least=least, detail=_said(ours))
        if median(theirs, cost):
            detail = f"{median(ours, cost):.0f} and {median(theirs, cost):.0f} µs of CPU a request"
            yield Figure(f"{name}, by CPU time", ratio(theirs, ours, cost), detail=detail)
    yield Figure("create / bare, p99", ratio(created, bare, p99), most=2, detail=_said(bare))
    yield Figure("page / bytes, p99", ratio(paged, fixed, p99), detail=_said(fixed))
    yield Figure("page / bare", ratio(paged, encoded, rate), detail=_said(encoded))
    for name, ours in (("create", created), ("page", paged)):
        if before := results.get(f"baseline {name}"):
            detail = f"baseline {_said(before)}"
            yield Figure(f"{name} / baseline", ratio(ours, before, rate), detail=detail)
            if median(before, cost):
                value = ratio(before, ours, cost)
                yield Figure(f"{name} / baseline, by CPU time", value)
    apart = [2 / (1 / a.rate + 1 / b.rate) for a, b in zip(created, paged, strict=True)]
    value = statistics.median(m.rate / a for m, a in zip(results["mixed"], apart, strict=True))
    detail = _said(results["mixed"])
    yield Figure("create and page in turn / each alone", value, detail=detail)
    for name, outcomes in (("create", created), ("page", paged)):
        if prism := results.get(f"prism {name}"):
            value = ratio(outcomes, prism, rate)
            yield Figure(f"{name} / Prism", value, least=10, detail=_said(prism))


def _said(outcomes: list[Outcome]) -> str:
    """The medians behind a ratio, of whichever server is not obvious from it."""
    values = f"{median(outcomes, rate):,.0f} req/s"
    return f"{values}, p50 {median(outcomes, p50):.2f} ms, p99 {median(outcomes, p99):.2f} ms"


def _prism(binary: str, bench: Bench, ours: Server) -> AbstractContextManager[Server]:
    """Prism on our own document, without what keeps it from answering, and with a page of 50."""
    document = ours.expect(200, "GET", "/v1/openapi.json")
    for operations in document["paths"].values():
        for operation in operations.values():
            operation.pop("security", None)
            given = operation.get("parameters", [])
            operation["parameters"] = [each for each in given if each.get("in") != "header"]
    answer = document["paths"]["/v1/{organization}/simulation/persona/"]["get"]["responses"]["200"]
    answer["content"]["application/json"]["example"] = PAGE
    file = bench.folder / "openapi.json"
    file.write_text(json.dumps(document | {"servers": [{"url": "/"}], "security": []}))
    return running("prism", [binary, "mock", "-p", "PORT", str(file)], bench.folder, PERSONAS)
