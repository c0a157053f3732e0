"""What the API means, in plain Python: dictionaries, loops and no cleverness.

Written from the published documents and the stated assumptions, and sharing no line with the
product. `Model.answer` says what has to come back for a request; ids are not foreseen, they are
`Id`s that take on the value of the first answer that shows them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]
Problem = tuple[str, ...]  # where a request is wrong: body, path, query or header, and the field

WINDOW, LIFETIME, FOUND = 60, 3600, 50
LARGEST_PAGE = {"persona": 50, "scenario": 200}
SIGN_IN = "sign-in-with-api-key"
SERVICE, BOOLEAN, NUMERICAL = (f"{number:024x}" for number in (1, 2, 3))
"""A service with `edge` and `release`, and two metrics, which every organization has."""

OBJECT_ID = re.compile(r"[a-f0-9]{24}")
LANGUAGES, TIME_ZONES = {"eng", "deu"}, {"UTC", "Europe/Vienna"}
"""Of the valid ones, those that the test sends."""


@dataclass(frozen=True)
class Request:
    """What is sent. `user` is who signed it, as organization and name; None: nobody validly."""

    operation: str
    organization: str
    user: tuple[str, str] | None = None
    id: str | None = None
    query: tuple[tuple[str, str], ...] = ()
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.query if key == name]

    def value(self, name: str) -> str | None:
        return self.values(name)[-1] if self.values(name) else None


@dataclass
class Answer:
    """What has to come back. `problems` instead of a body for a 422."""

    status: int
    body: Any = None
    problems: set[Problem] = field(default_factory=set)
    warnings: set[str] = field(default_factory=set)
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(eq=False)
class Id:
    """An id that is not known before it is seen."""

    value: str | None = None


@dataclass
class Grant:
    """A permission, or all that begin so; `holds` says on which records."""

    permission: str
    holds: Callable[[Json], bool] = lambda record: True

    def names(self, permission: str) -> bool:
        if self.permission.endswith("*"):
            return permission.startswith(self.permission[:-1])
        return self.permission == permission


@dataclass
class Organization:
    """An organization. A record is what a list shows of it, and its versions under `versions`."""

    language: str | None = None
    timezone: str | None = None
    records: dict[str, list[Json]] = field(
        default_factory=lambda: {"persona": [], "scenario": [], "unit-test": []}
    )


class Refused(Exception):
    """The answer is this status."""

    def __init__(self, status: int) -> None:
        self.status = status


class Model:
    """The whole service."""

    def __init__(
        self,
        organizations: dict[str, Organization],
        users: dict[tuple[str, str], list[Grant]],
        keys: set[tuple[str, str]],
        limit: int,
        now: float,
    ) -> None:
        self.organizations = organizations
        self.users = users
        self.keys = keys
        self.limit = limit
        self.now = now
        self.windows: dict[Any, tuple[float, int]] = {}

    def answer(self, request: Request) -> Answer:
        """What has to come back."""
        who: tuple[str, str] | None = request.user
        counted = False
        warnings: set[str] = set()
        try:
            if request.operation == SIGN_IN:
                who = (request.organization, request.headers.get("x-user-id", ""))
            elif who is None or self._foreign(who, request.organization):
                who = (request.organization, "")
                raise Refused(401)
            organization = self.organizations.get(request.organization)
            if organization is None:
                raise Refused(404)
            counted = True
            self._count(who, request.operation)
            problems = Check(request, warnings).problems()
            if problems:
                answer = Answer(422, problems=problems)
            else:
                answer = self._handle(organization, request)
                answer.warnings = warnings
        except Refused as refused:
            answer = Answer(refused.status)
            if refused.status not in (401, 429):
                answer.warnings = warnings
        assert who is not None
        answer.headers = self._limit_headers(who, request.operation, counted, answer.status)
        return answer

    def _foreign(self, user: tuple[str, str], organization: str) -> bool:
        return user[0] != organization and organization in self.organizations

    # Rate limits

    def _window(self, who: tuple[str, str], operation: str) -> tuple[float, int]:
        opened, used = self.windows.get((who, operation), (self.now, 0))
        return (self.now, 0) if self.now - opened >= WINDOW else (opened, used)

    def _count(self, who: tuple[str, str], operation: str) -> None:
        opened, used = self._window(who, operation)
        self.windows[who, operation] = (opened, used + 1)
        if used + 1 > self.limit:
            raise Refused(429)

    def _limit_headers(
        self, who: tuple[str, str], operation: str, counted: bool, status: int
    ) -> dict[str, str]:
        opened, used = self._window(who, operation)
        headers = {
            "x-ratelimit-limit": str(self.limit),
            "x-ratelimit-remaining": str(max(0, self.limit - used)),
            "x-ratelimit-reset": str(math.ceil(opened + WINDOW)),
        }
        if status == 429:
            headers["retry-after"] = str(max(1, math.ceil(opened + WINDOW - self.now)))
        return headers

    # Grants

    def _grants(self, request: Request) -> list[Grant]:
        """What the caller may do: none of these grants is for another organization than theirs."""
        if request.user is None or request.user[0] != request.organization:
            return []
        return self.users[request.user]

    def _any(self, request: Request, *permissions: str) -> bool:
        grants = self._grants(request)
        return all(any(grant.names(name) for grant in grants) for name in permissions)

    def _may(self, request: Request, record: Json, *permissions: str) -> bool:
        grants = self._grants(request)
        return all(
            any(grant.names(name) and grant.holds(record) for grant in grants)
            for name in permissions
        )

    # Operations

    def _handle(self, organization: Organization, request: Request) -> Answer:
        if request.operation == SIGN_IN:
            return self._sign_in(request)
        kind = kind_of(request.operation)
        if request.operation.startswith(("get", "search")):
            permission = f"Simulation:GetSimulation{kind.title().replace('-', '')}"
            if not self._any(request, permission):
                raise Refused(403)
        if kind == "unit-test":
            return self._unit_tests(organization, request)
        verb = request.operation.replace(f"simulation-{kind}", "X")
        handlers: dict[str, Callable[[Organization, str, Request], Answer]] = {
            "create-X": self._create,
            "get-Xs": self._list,
            "search-Xs": self._search,
            "update-X": self._update,
            "delete-X": self._delete,
            "create-X-version": self._create_version,
            "get-X-versions": self._versions,
        }
        return handlers[verb](organization, kind, request)

    def _sign_in(self, request: Request) -> Answer:
        key = (request.headers["x-api-key-id"], request.headers["x-api-key"])
        if key not in self.keys or (request.organization, request.headers["x-user-id"]) not in (
            self.users
        ):
            raise Refused(401)
        return Answer(200, {"id_token": str, "expires_at": time(int(self.now + LIFETIME))})

    def _create(self, organization: Organization, kind: str, request: Request) -> Answer:
        assert request.user is not None
        person = {"org_id": request.user[0], "user_id": request.user[1]}
        record: Json = {
            "id": Id(),
            "name": request.body["name"].strip(),
            "tags": stripped_tags(request.body["tags"]),
            "is_deleted": False,
            "created_at": time(self.now),
            "creator": person,
            "updated_at": time(self.now),
            "updated_by": person,
        }
        if kind == "persona":
            record["role"] = request.body["role"].strip()
        simulation = f"Simulation{kind.title()}"
        if not self._may(
            request, record, f"Simulation:Create{simulation}", f"Simulation:Modify{simulation}"
        ):
            raise Refused(403)
        for other in organization.records[kind]:
            if other["name"] == record["name"] and not other["is_deleted"]:
                raise Refused(409)
        record["versions"] = []
        self._add_version(organization, kind, request, record, request.body["initial_version"])
        organization.records[kind].append(record)
        return Answer(201, {f"simulation_{kind}_id": record["id"]})

    def _find(self, organization: Organization, kind: str, request: Request, verb: str) -> Json:
        permission = f"Simulation:{verb}Simulation{kind.title().replace('-', '')}"
        if not self._any(request, permission):
            raise Refused(403)
        for record in organization.records[kind]:
            if record["id"].value == request.id and (verb == "Get" or not record["is_deleted"]):
                if not self._may(request, record, permission):
                    raise Refused(403)
                return record
        raise Refused(404)

    def _update(self, organization: Organization, kind: str, request: Request) -> Answer:
        record = self._find(organization, kind, request, "Modify")
        if request.body.get("tags") is not None:
            record["tags"] = stripped_tags(request.body["tags"])
        self._touch(record, request)
        return Answer(204)

    def _delete(self, organization: Organization, kind: str, request: Request) -> Answer:
        record = self._find(organization, kind, request, "Delete")
        for test in organization.records["unit-test"]:
            if not test["is_deleted"] and test.get(f"{kind}_id") == record["id"].value:
                raise Refused(400)
        record["is_deleted"] = True
        self._touch(record, request)
        return Answer(204)

    def _touch(self, record: Json, request: Request) -> None:
        assert request.user is not None
        record["updated_at"] = time(self.now)
        record["updated_by"] = {"org_id": request.user[0], "user_id": request.user[1]}

    # Unit tests

    def _unit_tests(self, organization: Organization, request: Request) -> Answer:
        kind, verb = "unit-test", request.operation.partition("-")[0]
        if verb == "delete":
            return self._delete(organization, kind, request)
        if verb == "get":
            return self._list_unit_tests(organization, request)
        if verb == "update":
            test = self._find(organization, kind, request, "Modify")
            changed = {name: value for name, value in request.body.items() if value is not None}
            self._refer(organization, {**test, **changed}, changed)
            test |= changed
            self._touch(test, request)
            return Answer(204)
        permission = "Simulation:CreateSimulationUnitTest"
        if not self._any(request, permission):
            raise Refused(403)
        self._refer(organization, request.body, request.body)
        assert request.user is not None
        person = {"org_id": request.user[0], "user_id": request.user[1]}
        test = {
            **request.body,
            "id": Id(),
            "org_id": request.organization,
            "is_deleted": False,
            "created_at": time(self.now),
            "creator": person,
            "updated_at": time(self.now),
            "updated_by": person,
        }
        if not self._may(request, test, permission):
            raise Refused(403)
        for other in organization.records[kind]:
            if other["name"] == test["name"] and not other["is_deleted"]:
                raise Refused(409)
        organization.records[kind].append(test)
        return Answer(201, {"simulation_unit_test_id": test["id"]})

    def _refer(self, organization: Organization, test: Json, changed: Json) -> None:
        """Refuse what names something that is not there, or a metric of another type."""
        if "service_id" in changed or "service_version_set_name" in changed:
            known = test["service_id"] == SERVICE
            if not known or test["service_version_set_name"] not in ("edge", "release"):
                raise Refused(404)
        for kind in ("persona", "scenario"):
            if f"{kind}_id" in changed and not any(
                record["id"].value == test[f"{kind}_id"] and not record["is_deleted"]
                for record in organization.records[kind]
            ):
                raise Refused(404)
        for criterion in changed.get("success_criterions", []):
            if criterion["metric_id"] not in (BOOLEAN, NUMERICAL):
                raise Refused(404)
        for criterion in changed.get("success_criterions", []):
            boolean = criterion["metric_id"] == BOOLEAN
            if (criterion["criterion"]["type"] == "boolean") is not boolean:
                raise Refused(400)

    def _list_unit_tests(self, organization: Organization, request: Request) -> Answer:
        matching = [
            test
            for test in organization.records["unit-test"]
            if all(
                not request.values(name) or test[name] in request.values(name)
                for name in ("persona_id", "scenario_id")
            )
        ]
        read = "Simulation:GetSimulationUnitTest"
        found = [test for test in matching if self._may(request, test, read)]
        creators = {(test["creator"]["org_id"], test["creator"]["user_id"]) for test in matching}
        metrics = {each["metric_id"] for test in matching for each in test["success_criterions"]}
        values = {
            "creators": [{"org_id": org, "user_id": user} for org, user in sorted(creators)],
            "tags": sorted({key for test in matching for key in test["tags"]}),
            "metric_ids": sorted(metrics),
        }
        for name in ("service_id", "persona_id", "scenario_id"):
            values[f"{name}s"] = sorted({test[name] for test in matching})
        rows = [
            {**test, "tags": [{"key": key, "value": tag} for key, tag in test["tags"].items()]}
            for test in found[:50]
        ]
        more = len(found) > len(rows)
        return Answer(
            200,
            {
                "simulation_unit_tests": rows,
                "has_more": more,
                "continuation_token": len(rows) if more else None,
                "filter_values": values,
            },
        )

    def _create_version(self, organization: Organization, kind: str, request: Request) -> Answer:
        record = self._find(organization, kind, request, "Modify")
        following = len(record["versions"]) + 1
        expected = request.value("version")
        if expected is not None and int(expected) != following:
            raise Refused(400)
        self._add_version(organization, kind, request, record, request.body)
        return Answer(201, {"version": following})

    def _add_version(
        self, organization: Organization, kind: str, request: Request, record: Json, body: Json
    ) -> None:
        assert request.user is not None
        version: Json = {
            "_id": Id(),
            "org_id": request.organization,
            "created_at": time(self.now),
            "updated_at": time(self.now),
            "version": len(record["versions"]) + 1,
            "creator": {"org_id": request.user[0], "user_id": request.user[1]},
            f"simulation_{kind}_id": record["id"],
        }
        if kind == "persona":
            language = body.get("preferred_language", {})
            timezone = body.get("timezone", {})
            version |= {
                "background": body["background"].strip(),
                "preferred_language": organization.language if language == {} else language,
                "timezone": (organization.timezone or "UTC") if timezone == {} else timezone,
                "user_models": [text.strip() for text in body.get("user_models", [])],
            }
            for name in ("nonsensitive_user_variables", "sensitive_user_variables"):
                version[name] = {key.strip(): text for key, text in body.get(name, {}).items()}
        else:
            starts = body["conversation_starts_at"]
            version |= {
                "objective": body["objective"].strip(),
                "instructions": body["instructions"].strip(),
                "initial_message_type": body["initial_message_type"],
                "conversation_starts_at": (
                    None if starts is None else time(datetime.fromisoformat(starts).timestamp())
                ),
            }
        record["versions"].append(version)

    # Reading

    def _matching(self, organization: Organization, kind: str, request: Request) -> list[Json]:
        """What passes the filters and may be seen, in order of creation."""
        found: list[Json] = []
        for record in organization.records[kind]:
            creator = f"{record['creator']['org_id']},{record['creator']['user_id']}"
            for name, value in (
                ("id", record["id"].value),
                ("role", record.get("role")),
                ("creator", creator),
            ):
                if request.values(name) and value not in request.values(name):
                    break
            else:
                if all(has_tag(record["tags"], tag) for tag in request.values("tag")) and (
                    self._may(request, record, f"Simulation:GetSimulation{kind.title()}")
                ):
                    found.append(record)
        return found

    def _list(self, organization: Organization, kind: str, request: Request) -> Answer:
        found = self._matching(organization, kind, request)
        deleted = request.value("is_deleted")
        if deleted is not None:
            found = [record for record in found if record["is_deleted"] == (deleted == "true")]
        sort = request.values("sort_by")
        if sort and sort[-1][0] == "-":
            found.reverse()
        for item in reversed(sort):
            found.sort(key=lambda record: str(record[item[1:]]), reverse=item[0] == "-")
        offset = max(0, int(request.value("continuation_token") or 0))
        limit = int(request.value("limit") or 50)
        rows = found[offset : offset + limit]
        more = len(found) > offset + len(rows)
        values = None
        if offset == 0:
            everything = organization.records[kind]
            creators = {
                (record["creator"]["org_id"], record["creator"]["user_id"]) for record in everything
            }
            values = {
                "creators": [{"org_id": org, "user_id": user} for org, user in sorted(creators)],
                "tags": sorted({key for record in everything for key in record["tags"]}),
            }
            if kind == "persona":
                values["roles"] = sorted({record["role"] for record in everything})
        return Answer(
            200,
            {
                f"simulation_{kind}s": [shown(record) for record in rows],
                "has_more": more,
                "continuation_token": offset + len(rows) if more else None,
                "filter_values": values,
            },
        )

    def _search(self, organization: Organization, kind: str, request: Request) -> Answer:
        wanted = words(request.value("query") or "")
        ranked: list[tuple[int, int, Json]] = []
        for number, record in enumerate(self._matching(organization, kind, request)):
            heading = words(record["name"])
            text = words(record["versions"][-1]["background"]) if kind == "persona" else []
            if record["is_deleted"] or not wanted:
                continue
            if all(word in heading or word in text for word in wanted):
                weight = sum(8 * heading.count(word) + text.count(word) for word in set(wanted))
                ranked.append((-weight, number, record))
        ranked.sort(key=lambda item: item[:2])
        rows = [shown(record) for _, _, record in ranked[:FOUND]]
        return Answer(200, {f"simulation_{kind}s": rows})

    def _versions(self, organization: Organization, kind: str, request: Request) -> Answer:
        versions = self._find(organization, kind, request, "Get")["versions"]
        selector = request.value("version")
        if selector is not None:
            first, _, last = selector.replace("latest", str(len(versions))).partition("-")
            chosen = range(int(first), int(last or first) + 1)
            versions = [version for version in versions if version["version"] in chosen]
        if request.values("sort_by")[:1] == ["-version"]:
            versions = versions[::-1]
        offset = max(0, int(request.value("continuation_token") or 0))
        rows = versions[offset : offset + int(request.value("limit") or 10)]
        more = len(versions) > offset + len(rows)
        return Answer(
            200,
            {
                f"simulation_{kind}_versions": rows,
                "has_more": more,
                "continuation_token": offset + len(rows) if more else None,
            },
        )


class Check:
    """What is wrong with a request as such; and what is let pass, in `warnings`."""

    def __init__(self, request: Request, warnings: set[str]) -> None:
        self.request = request
        self.warnings = warnings
        self.found: set[Problem] = set()

    def problems(self) -> set[Problem]:
        request = self.request
        kind = kind_of(request.operation)
        if request.operation == SIGN_IN:
            for name in ("x-api-key", "x-api-key-id", "x-user-id"):
                self._unless(name in request.headers, "header", name)
        if request.id is not None:
            name = f"simulation_{kind.replace('-', '_')}_id"
            self._unless(OBJECT_ID.fullmatch(request.id), "path", name)
        if any(name == "unknown" for name, _ in request.query):
            self.warnings.add("unknown-fields")
        if kind == "unit-test":
            self._references()
            return self.found
        if request.operation.startswith("search"):
            self._unless(text(request.value("query")), "query", "query")
        if request.operation in (f"get-simulation-{kind}s", f"search-simulation-{kind}s"):
            self._filters(kind)
        if request.operation == f"get-simulation-{kind}s":
            self._number("limit", 0, LARGEST_PAGE[kind])
            self._number("continuation_token")
            self._sort(("updated_at", "created_at", "name"))
        if request.operation == f"get-simulation-{kind}-versions":
            self._number("limit", 1, 10)
            self._number("continuation_token")
            self._sort(("version",))
            self._selector()
        if request.operation == f"create-simulation-{kind}-version":
            self._number("version", 2)
            self._body(lambda: self._version(kind, request.body, ()))
        if request.operation == f"create-simulation-{kind}":
            self._body(lambda: self._record(kind, request.body))
        if request.operation == f"update-simulation-{kind}":
            self._body(lambda: self._tags(request.body.get("tags") or {}))
        return self.found

    def _references(self) -> None:
        for name in ("persona_id", "scenario_id"):
            for value in self.request.values(name):
                self._unless(OBJECT_ID.fullmatch(value), "query", name)
            given = (self.request.body or {}).get(name)
            self._unless(given is None or OBJECT_ID.fullmatch(given), "body", name)

    def _unless(self, right: object, *place: str) -> None:
        if not right:
            self.found.add(place)

    def _number(self, name: str, least: int | None = None, most: int | None = None) -> None:
        value = self.request.value(name)
        if value is None:
            return
        right = re.fullmatch(r"-?[0-9]+", value) is not None
        right = right and (least is None or int(value) >= least)
        right = right and (most is None or int(value) <= most)
        self._unless(right, "query", name)
        if right and name == "limit" and int(value) == 0:
            self.warnings.add("empty-page")
        if right and name == "continuation_token" and int(value) < 0:
            self.warnings.add("negative-token")

    def _filters(self, kind: str) -> None:
        request = self.request
        known = ["creator"]
        known += ["id"] if request.operation.startswith("get") else []
        known += ["role"] if kind == "persona" else []
        for name in known:
            if len(set(request.values(name))) < len(request.values(name)):
                self.warnings.add("repeated-value")
        for value in request.values("creator"):
            self._unless(re.fullmatch(r"[^,]+,[^,]+", value), "query", "creator")
        for value in request.values("tag"):
            self._unless(value.find(":") > 0, "query", "tag")
        for value in request.values("id") if "id" in known else ():
            self._unless(OBJECT_ID.fullmatch(value), "query", "id")
        if "id" in known and request.value("is_deleted") is not None:
            self._unless(request.value("is_deleted") in ("true", "false"), "query", "is_deleted")

    def _sort(self, fields: tuple[str, ...]) -> None:
        for value in self.request.values("sort_by"):
            right = value[:1] in ("+", "-", " ") and value[1:] in fields
            self._unless(right, "query", "sort_by")
            if right and value[1:] in ("created_at", "name"):
                self.warnings.add("sort-field")
            if right and value[0] == " ":
                self.warnings.add("unencoded-plus")

    def _selector(self) -> None:
        value = self.request.value("version")
        if value is None or value == "latest" or re.fullmatch(r"[0-9]+(-latest)?", value):
            return
        both = re.fullmatch(r"([0-9]+)-([0-9]+)", value)
        self._unless(both and int(both[1]) <= int(both[2]), "query", "version")

    def _body(self, look: Callable[[], None]) -> None:
        if isinstance(self.request.body, dict):
            look()
        else:
            self.found.add(("body",))

    def _record(self, kind: str, body: Json) -> None:
        for name in ("name", "role") if kind == "persona" else ("name",):
            self._unless(text(body.get(name)), "body", name)
        if isinstance(body.get("tags"), dict):
            self._tags(body["tags"])
        else:
            self.found.add(("body", "tags"))
        if isinstance(body.get("initial_version"), dict):
            self._version(kind, body["initial_version"], ("initial_version",))
        else:
            self.found.add(("body", "initial_version"))

    def _tags(self, tags: Any) -> None:
        right = isinstance(tags, dict) and len(tags) <= 20
        for key, value in tags.items() if right else ():
            right = right and word(key) and (value is None or word(value))
        self._unless(right, "body", "tags")

    def _version(self, kind: str, body: Json, inside: tuple[str, ...]) -> None:
        def unless(right: object, name: str) -> None:
            self._unless(right, *("body", *inside, name)[:2])

        if kind == "scenario":
            unless(text(body.get("objective")), "objective")
            unless(text(body.get("instructions")), "instructions")
            opening = body.get("initial_message_type")
            unless(opening in ("user-message", "external-event", "skip"), "initial_message_type")
            starts = body.get("conversation_starts_at", "")
            unless(starts is None or moment(starts), "conversation_starts_at")
            return
        if "unknown" in body:
            self.warnings.add("unknown-fields")
        unless(text(body.get("background")), "background")
        language = body.get("preferred_language", {})
        unless(language in (None, {}) or language in LANGUAGES, "preferred_language")
        timezone = body.get("timezone", {})
        unless(timezone in (None, {}) or timezone in TIME_ZONES, "timezone")
        models = body.get("user_models", [])
        unless(isinstance(models, list) and all(text(each) for each in models), "user_models")
        for name in ("nonsensitive_user_variables", "sensitive_user_variables"):
            found = body.get(name, {})
            unless(isinstance(found, dict) and all(map(variable, found.items())), name)
        required = ("user_models", "nonsensitive_user_variables", "sensitive_user_variables")
        if any(name not in body for name in required):
            self.warnings.add("version-variables")


# Small questions


def kind_of(operation: str) -> str:
    return next((kind for kind in ("persona", "unit-test") if kind in operation), "scenario")


def text(value: Any) -> bool:
    return isinstance(value, str) and value.strip() != ""


def word(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[\w\s]+", value.strip()) is not None


def variable(item: tuple[str, Any]) -> bool:
    name, value = item
    return re.fullmatch(r"[a-z_][a-z0-9_]+", name.strip()) is not None and isinstance(value, str)


def moment(value: Any) -> bool:
    form = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]00:00)"
    return isinstance(value, str) and re.fullmatch(form, value) is not None


def words(value: str) -> list[str]:
    return re.findall(r"\w+", value.casefold())


def has_tag(tags: dict[str, str | None], wanted: str) -> bool:
    key, _, value = wanted.partition(":")
    return key in tags and (value == "*" or tags[key] == (value or None))


def stripped_tags(tags: dict[str, str | None]) -> dict[str, str | None]:
    return {key.strip(): None if tag is None else tag.strip() for key, tag in tags.items()}


def shown(record: Json) -> Json:
    return {name: value for name, value in record.items() if name != "versions"}


def time(seconds: float) -> str:
    """UTC, cut to milliseconds."""
    whole, part = divmod(int(seconds * 1000), 1000)
    stamp = datetime.fromtimestamp(whole, UTC).replace(microsecond=part * 1000, tzinfo=None)
    return f"{stamp.isoformat()}Z"
