"""The table of paths: literals before parameters, found by method, with their own names."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import unquote

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amigo_mock.contract.catalogue import PUBLISHED
from amigo_mock.engine.http.messages import Answered, Request
from amigo_mock.engine.http.routing import look_up
from amigo_mock.errors import ApiError
from amigo_mock.operations.router import Router
from amigo_mock.resources import CATALOG


@dataclass
class Reply:
    """What came of a path: the template that was found with the values in the path, or an error."""

    status_code: int
    text: str = ""
    headers: dict[str, str] = field(default_factory=dict)


def served(*targets: tuple[str, str]) -> Router[str]:
    return Router({(method, path): f"{method} {path}" for method, path in targets})


def ask(router: Router[str], method: str, path: str) -> Reply:
    where, _, query = path.partition("?")
    request = Request(method, unquote(where), query, {b"host": b"localhost"})
    try:
        target = look_up(router, request)
    except ApiError as error:
        return Reply(error.status, headers={name.lower(): x for name, x in error.headers.items()})
    except Answered as ready:
        headers = {name.decode(): value.decode() for name, value in ready.answer.headers}
        return Reply(ready.answer.status, headers=headers)
    values = [f"{name}={value}" for name, value in sorted(request.values.items())]
    return Reply(200, "&".join([target, *values]))


def test_a_parameter_takes_one_segment() -> None:
    """Rule: a parameter is one segment, with its value under its name. Source: path templates."""
    app = served(("GET", "/a/{x}/b/{y}"))
    assert ask(app, "GET", "/a/1/b/2").text == "GET /a/{x}/b/{y}&x=1&y=2"
    assert ask(app, "GET", "/a/1/2/b/2").status_code == 404


def test_a_literal_goes_before_a_parameter() -> None:
    """Rule: a path that is spelt out wins, whatever the order. Source: path templates."""
    for targets in ([("GET", "/a/b"), ("GET", "/a/{x}")], [("GET", "/a/{x}"), ("GET", "/a/b")]):
        app = served(*targets)
        assert ask(app, "GET", "/a/b").text == "GET /a/b"
        assert ask(app, "GET", "/a/c").text == "GET /a/{x}&x=c"


def test_a_parameter_has_the_methods_that_a_literal_has_not() -> None:
    """Rule: a path whose literal has other methods only is one of the parameter, whose value is
    then checked. Source: the framework, which looks for the method as well.
    """
    app = served(("GET", "/a/search/"), ("POST", "/a/{x}/"), ("DELETE", "/a/{x}/"))
    assert ask(app, "GET", "/a/search/").text == "GET /a/search/"
    assert ask(app, "POST", "/a/search/").text == "POST /a/{x}/&x=search"
    refused = ask(app, "PUT", "/a/search/")
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET")


@pytest.mark.parametrize("method", ["POST", "DELETE"])
@pytest.mark.parametrize("kind", ["metric", "simulation/unit_test"])
def test_a_search_of_another_method_is_a_record_of_that_name(
    client: httpx2.Client, method: str, kind: str
) -> None:
    """Rule: 422, since `search` is no id. Source: the framework."""
    answer = client.request(method, f"/v1/mock-org/{kind}/search/", json={})
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"][0] == "path"


def test_a_literal_that_leads_nowhere_is_taken_as_a_value() -> None:
    """Rule: the way through a parameter is tried as well. Source: path templates."""
    app = served(("GET", "/a/b/c"), ("GET", "/a/{x}/d"))
    assert ask(app, "GET", "/a/b/d").text == "GET /a/{x}/d&x=b"
    assert ask(app, "GET", "/a/b/c").text == "GET /a/b/c"
    assert ask(app, "GET", "/a/b/e").status_code == 404


@pytest.mark.parametrize("path", ["/a/", "/a//b", "//a", "/a/x/b/", "/", "/a"])
def test_a_parameter_is_never_empty(path: str) -> None:
    """Rule: two slashes with nothing between them name nothing. Source: path templates."""
    app = served(("GET", "/a/{x}/b"), ("GET", "/a/{x}"))
    assert ask(app, "GET", path).status_code in (404, 307)


def test_parameters_in_one_place_keep_their_own_names() -> None:
    """Rule: two templates may name the same place differently. Source: published document."""
    app = served(("POST", "/user/{requested_user_id}"), ("GET", "/user/{user_id}/memory"))
    assert ask(app, "POST", "/user/7").text == (
        "POST /user/{requested_user_id}&requested_user_id=7"
    )
    assert ask(app, "GET", "/user/7/memory").text == "GET /user/{user_id}/memory&user_id=7"


def test_methods_of_one_path_keep_their_own_names() -> None:
    """Rule: two methods may name the same place differently. Source: published document."""
    app = served(("POST", "/machine/{whole_id}/"), ("DELETE", "/machine/{id}/"))
    assert ask(app, "POST", "/machine/7/").text == "POST /machine/{whole_id}/&whole_id=7"
    assert ask(app, "DELETE", "/machine/7/").text == "DELETE /machine/{id}/&id=7"


def test_a_wrong_method_names_the_right_ones() -> None:
    """Rule: 405 with every method of the path in Allow. Source: HTTP."""
    answer = ask(served(("GET", "/a/{x}"), ("POST", "/a/{x}"), ("PUT", "/b")), "PUT", "/a/1")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")


@pytest.mark.parametrize(("sent", "right"), [("/a/1", "/a/1/"), ("/b/1/", "/b/1")])
def test_a_slash_is_put_right(sent: str, right: str) -> None:
    """Rule: a path that is wrong by its last slash is a 307. Source: the framework."""
    answer = ask(served(("GET", "/a/{x}/"), ("GET", "/b/{x}")), "GET", f"{sent}?q=1")
    assert (answer.status_code, answer.headers["location"]) == (307, f"http://localhost{right}?q=1")


@pytest.mark.parametrize(
    ("host", "right"),
    [
        (b"127.0.0.1:8484", "http://127.0.0.1:8484/a/1/"),
        (b"[::1]:8484", "http://[::1]:8484/a/1/"),
        (b"", "/a/1/"),
        (b"elsewhere/a\\b", "/a/1/"),
        (b"user@elsewhere", "/a/1/"),
        (b"elsewhere:x", "/a/1/"),
        (b"\xe9", "/a/1/"),
    ],
)
def test_only_a_host_is_in_a_redirect(host: bytes, right: str) -> None:
    """Rule: what is no host in Host does not lead anywhere else. Source: HTTP."""
    with pytest.raises(Answered) as ready:
        look_up(served(("GET", "/a/{x}/")), Request("GET", "/a/1", headers={b"host": host}))
    assert ready.value.answer.headers == [(b"location", right.encode())]


def test_a_value_is_unescaped_once() -> None:
    """Rule: the value is the text that was escaped. Source: HTTP."""
    app = served(("GET", "/a/{x}"))
    assert ask(app, "GET", "/a/%C3%BC%2520").text == "GET /a/{x}&x=ü%20"


@pytest.mark.parametrize(
    ("method", "path"),
    [(row.method, row.path) for row in PUBLISHED],
    ids=[row.id for row in PUBLISHED],
)
def test_every_published_path_is_found(method: str, path: str) -> None:
    """Rule: each published operation is reached by its path. Source: published document."""
    app = served(*[(row.method, row.path) for row in PUBLISHED])
    filled = path.replace("{", "").replace("}", "")
    names = [part[1:-1] for part in path.split("/") if part[:1] == "{"]
    values = [f"{name}={name}" for name in sorted(names)]
    assert ask(app, method, filled).text == "&".join([f"{method} {path}", *values])


SEGMENTS = st.lists(st.sampled_from(["a", "b", "{x}", "{y}"]), min_size=1, max_size=3)


def reference(templates: list[list[str]], path: list[str]) -> list[str] | None:
    """The template that is right, found by trying all of them."""
    fitting = [
        template
        for template in templates
        if len(template) == len(path)
        and all(part[0] == "{" or part == given for part, given in zip(template, path, strict=True))
    ]
    return min(fitting, key=lambda found: [part[0] == "{" for part in found], default=None)


@settings(max_examples=60, deadline=None)
@given(
    templates=st.lists(SEGMENTS, min_size=1, max_size=6),
    path=st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=3),
)
def test_a_lookup_finds_what_trying_everything_finds(
    templates: list[list[str]], path: list[str]
) -> None:
    """Rule: the same template, literals first, from left to right. Source: path templates."""
    shapes: dict[tuple[bool | str, ...], list[str]] = {}
    for template in templates:  # two templates that differ by names only are one path
        shapes.setdefault(tuple(part if part[0] != "{" else True for part in template), template)
    distinct = list(shapes.values())
    app = served(*[("GET", "/" + "/".join(template)) for template in distinct])
    answer = ask(app, "GET", "/" + "/".join(path))
    right = reference(distinct, path)
    if right is None:
        assert answer.status_code == 404
    else:
        assert answer.text.partition("&")[0] == "GET /" + "/".join(right)


def test_the_parameters_of_an_operation_are_those_of_its_path() -> None:
    """Rule: what a path names, its operation declares. Source: one declaration for everything."""
    for item in CATALOG.all():
        declared = {found.name for found in item.parameters if found.place == "path"}
        assert declared == {part[1:-1] for part in item.path.split("/") if part[:1] == "{"}
