"""How an answer's cost grows with the world: 100,000 personas against 100, both up at once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack

from tests.benchmarks.anchors import PERSONAS
from tests.benchmarks.bench import Bench, median, p50, ratio
from tests.benchmarks.generator import Request, Unmeasured, request
from tests.benchmarks.report import Figure
from tests.benchmarks.server import Server, amigo
from tests.benchmarks.throughput import create
from tests.benchmarks.world import RARE, seed

SMALL = 100
QUESTIONS = {
    "page": ("?limit=50", 50),
    "page by a common role": ("?role=patient", 50),
    "page by a rare role": ("?role=astronaut", RARE),
    "page by two roles": ("?role=astronaut&role=patient", 50),
    "page by a common tag": ("?tag=category:onboarding", 50),
    "page by a rare tag": ("?tag=orbit:high", RARE),
    "page by a common role and tag": ("?role=patient&tag=category:onboarding", 50),
    "page by a role and a rare tag": ("?role=astronaut&tag=orbit:*", RARE),
    "page of those not deleted": ("?is_deleted=false", 50),
    "page, last changed first": ("?sort_by=-updated_at", 50),
    "search for a rare word": ("search?query=heliotrope", RARE),
    "search for a rare and a common word": ("search?query=heliotrope%20user", RARE),
}
"""Each with so many records in its answer, in the small world as in the large one."""
COMMON = {
    "search for a word of all": ("search?query=user", 50),
    "search for two words of all": ("search?query=seeded%20user", 50),
}
"""Searches whose best matches stand among all records of the world."""
UNJUDGED = {
    "page by name": ("?sort_by=%2Bname", 50),
    "page by a common role, last changed first": ("?role=patient&sort_by=-updated_at", 50),
}


def measure(bench: Bench) -> Iterator[Figure]:
    """The median latency of each question in the large world over that in the small one."""
    size = 10_000 if bench.quick else 100_000
    files = [str(seed(count, bench.folder)) for count in (SMALL, size)]
    with ExitStack() as stack:
        began = time.perf_counter()
        large = stack.enter_context(amigo(bench.folder, "--seed", files[1], name="large amigo"))
        yield Figure(f"start with {size:,} personas", time.perf_counter() - began, "s")
        small = stack.enter_context(amigo(bench.folder, "--seed", files[0], name="small amigo"))
        grown = (large.resident() - small.resident()) / (size - SMALL)
        detail = "with what loading leaves behind, which creates use up"
        yield Figure("memory per seeded persona", grown, "KiB", detail=detail)
        yield from _first_search(large, size)
        for questions, most in ((QUESTIONS, 2), (COMMON, 3), (UNJUDGED, None)):
            for name, (path, records) in questions.items():
                asked = [[_question(server, path, records)] for server in (small, large)]
                yield _ratio(bench, name, small, large, asked, most=most)
        yield from _by_position(bench, small, large, size)
        asked = [[create(server)] for server in (small, large)]
        yield _ratio(bench, "create", small, large, asked, count=200)
        search = _question(small, "search?query=heliotrope", RARE)
        asked = [[create(server), search] for server in (small, large)]
        yield _ratio(bench, "create and search in turn", small, large, asked, count=200)
        reset = request("POST", "/_mock/reset", 204)
        asked = [[reset, create(server)] for server in (small, large)]
        yield _ratio(bench, "reset and create in turn", small, large, asked, count=40)


def _first_search(large: Server, size: int) -> Iterator[Figure]:
    began, before = time.perf_counter(), large.resident()
    large.expect(200, "GET", f"{PERSONAS}search?query=heliotrope")
    yield Figure("first search of the large world", time.perf_counter() - began, "s")
    yield Figure("memory per searchable persona", (large.resident() - before) / size, "KiB")


def _by_position(bench: Bench, small: Server, large: Server, size: int) -> Iterator[Figure]:
    """Versions of personas all over the world, and the page at its end."""
    asked = [_versions(small, SMALL), _versions(large, size)]
    yield _ratio(bench, "version", small, large, asked)
    ends = [f"?continuation_token={count - 50}" for count in (SMALL, size)]
    asked = [[_question(server, end, 50)] for server, end in zip((small, large), ends, strict=True)]
    yield _ratio(bench, "last page", small, large, asked, most=None)


def _question(server: Server, path: str, records: int) -> Request:
    """A request, once its answer was seen to hold as many records as it should."""
    answer = server.expect(200, "GET", PERSONAS + path)
    if (found := len(answer["simulation_personas"])) != records:
        raise Unmeasured(f"{server.name}: {path}: {found} records and not {records}")
    return request("GET", PERSONAS + path, 200, server.token)


def _versions(server: Server, size: int) -> list[Request]:
    requests = []
    for offset in range(0, size, size // 10):
        answer = server.expect(200, "GET", f"{PERSONAS}?continuation_token={offset}&limit=5")
        for each in answer["simulation_personas"]:
            path = f"{PERSONAS}{each['id']}/version/?version=latest"
            requests.append(request("GET", path, 200, server.token))
    return requests


def _ratio(
    bench: Bench,
    name: str,
    small: Server,
    large: Server,
    asked: list[list[Request]],
    count: int = 0,
    most: float | None = 2,
) -> Figure:
    """What the same requests cost in both worlds; `count` of them where they change the world."""
    contenders = list(zip((small, large), asked, strict=True))
    few, many = bench.compare(contenders, 60 if count else bench.seconds / 3, 1, count)
    detail = f"p50 at 8 connections {median(few, p50):.2f} -> {median(many, p50):.2f} ms"
    return Figure(name, ratio(many, few, p50), most=most, detail=detail)
