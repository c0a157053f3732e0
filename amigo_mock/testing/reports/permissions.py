"""Permission use: the smallest role with which the same requests get the same answers."""

from __future__ import annotations

import json
import textwrap
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from amigo_mock.errors import MockError
from amigo_mock.names import nearest
from amigo_mock.operations.operation import Operation
from amigo_mock.state.requests import Entry
from amigo_mock.testing.reports.layout import (
    WIDTH,
    marked,
    paragraph,
    plural,
    reading,
    table,
    tail,
)

KIND = "permissions"
ROWS = 20  # of refusals, for a terminal

_COLUMNS = (("permission", "<"), ("tests", ">"), ("needed by", "<"))


class PermissionsByOperation(dict[str, set[str]]):
    """Permissions by the operation that asked for them."""

    def add(self, operation: str, permissions: Iterable[str]) -> None:
        """Add some, if there are any."""
        if found := set(permissions):
            self.setdefault(operation, set()).update(found)

    def merge(self, other: PermissionsByOperation) -> None:
        """Add those of another."""
        for operation, permissions in other.items():
            self.add(operation, permissions)

    @property
    def permissions(self) -> set[str]:
        """All of them."""
        return set().union(*self.values())

    def json(self) -> dict[str, list[str]]:
        """As JSON has it."""
        return {operation: sorted(self[operation]) for operation in sorted(self)}


@dataclass
class CallerNeeds:
    """The permissions behind the calls of one caller in one test.

    The calls of `needed` would have been answered otherwise without the permissions. Those of
    `refused` were answered with a 403.
    """

    needed: PermissionsByOperation = field(default_factory=PermissionsByOperation)
    refused: PermissionsByOperation = field(default_factory=PermissionsByOperation)

    def merge(self, other: CallerNeeds) -> None:
        """Add those of another."""
        self.needed.merge(other.needed)
        self.refused.merge(other.refused)


class PermissionUse:
    """The permissions that a test suite needed: by test, by caller and for the whole run.

    An answer needs the permissions that its handler asked for and found there, as the journal has
    them. Before the handler nothing is needed: not by a 401, 422, 429 or 503, nor by the 404 of an
    organization. Behind a fault it matters what the handler did, unless it only read.

    Conditions are not looked for: each grant covers every record. Requests of another user in a
    race, or not to one of the operations, are passed over.
    """

    def __init__(self, operations: Iterable[Operation]) -> None:
        self._operations = {operation.id: operation for operation in operations}
        self._needs: dict[str, defaultdict[str, CallerNeeds]] = {}

    def add(self, test: str, entry: Entry) -> None:
        """Count a request that was made in a test."""
        if entry.race:
            return
        callers = self._needs.setdefault(test, defaultdict(CallerNeeds))
        operation = self._operations.get(entry.operation or "")
        if operation is None or entry.caller is None:
            return
        needs = callers[entry.caller]
        if entry.fault:
            found = None if operation.method == "GET" else needs.needed
        else:
            found = needs.refused if entry.status == 403 else needs.needed
        if found is not None:
            found.add(operation.id, entry.permissions)

    def merge(self, other: PermissionUse) -> None:
        """Add the counts of another one. Raises `MockError` for an unknown operation."""
        self._check(other._needs)
        for test, callers in other._needs.items():
            own = self._needs.setdefault(test, defaultdict(CallerNeeds))
            for caller, needs in callers.items():
                own[caller].merge(needs)

    def json(self) -> dict[str, Any]:
        """The counts as plain JSON, which `of` reads back; `roles` are for the whole run."""
        return marked(
            KIND,
            roles={caller: self.role(caller) for caller in self.callers},
            tests={
                test: {
                    caller: {
                        "permissions": self.permissions(caller, test),
                        "needed": needs.needed.json(),
                        "refused": needs.refused.json(),
                    }
                    for caller, needs in callers.items()
                }
                for test, callers in self._needs.items()
            },
        )

    @classmethod
    def of(cls, operations: Iterable[Operation], document: Mapping[str, Any]) -> Self:
        """Read the counts that `json` wrote. Raises `MockError` for another document."""
        grants = cls(operations)
        with reading(KIND, document):
            for test, callers in document["tests"].items():
                found = grants._needs.setdefault(test, defaultdict(CallerNeeds))
                for caller, needs in callers.items():
                    found[caller] = CallerNeeds(_asked(needs["needed"]), _asked(needs["refused"]))
            grants._check(grants._needs)
        return grants

    @property
    def tests(self) -> list[str]:
        """The tests, in the order in which they were added."""
        return list(self._needs)

    @property
    def callers(self) -> list[str]:
        """All callers, as `organization/user`."""
        return sorted({caller for callers in self._needs.values() for caller in callers})

    def permissions(self, caller: str | None = None, test: str | None = None) -> list[str]:
        """The permissions that were needed: by all or one caller, in the whole run or one test.

        Raises `MockError` for a caller or a test that there was not.
        """
        return sorted(self._total(caller, test).needed.permissions)

    def role(self, caller: str | None = None, test: str | None = None) -> list[dict[str, Any]]:
        """The same as grants, the way the setting `permissions` takes them."""
        return [
            {"permission_name": name, "conditions": {}} for name in self.permissions(caller, test)
        ]

    def undone(self, caller: str | None = None, test: str | None = None) -> dict[str, list[str]]:
        """Operations that were refused with a 403 and that this role would permit, by test."""
        role = set(self.permissions(caller, test))
        found: dict[str, list[str]] = {}
        for name, _, needs in self._those(caller, test):
            ids = {id for id, names in needs.refused.items() if role.issuperset(names)}
            if ids:
                found[name] = sorted({*found.get(name, ()), *ids})
        return found

    def text(self, width: int = WIDTH, *, tests: bool = False) -> str:
        """Format for a terminal: a role to paste for each caller, the reasons, and the tests."""
        if not self.callers:
            return "permissions: nobody who has any called"
        every = {name for item in self._operations.values() for name in item.permissions}
        count = len(self.permissions())
        lines = [f"permissions: {count} of {len(every)} would have been enough"]
        for caller in self.callers:
            lines += ["", *self._role(caller, width)]
            reasons = list(self._reasons(caller))
            lines += ["", *table(_COLUMNS, reasons, width)] if reasons else []
            lines += self._doubts(caller, width)
            if tests:
                lines += ["", *self._by_test(caller, width)]
        return "\n".join(lines)

    def _role(self, caller: str, width: int) -> Iterator[str]:
        grants = ",\n".join(_written(grant, width - 1) for grant in self.role(caller))
        yield f"role of {caller}"
        yield f"[\n{grants}\n]" if grants else "[]"

    def _reasons(self, caller: str) -> Iterator[tuple[str, str, str]]:
        for permission in self.permissions(caller):
            ids: set[str] = set()
            tests: set[str] = set()
            for test, _, needs in self._those(caller, None):
                asking = {id for id, names in needs.needed.items() if permission in names}
                ids |= asking
                tests |= {test} if asking else set()
            yield permission, str(len(tests)), ", ".join(sorted(ids))

    def _doubts(self, caller: str, width: int) -> list[str]:
        lines: list[str] = []
        undone = self.undone(caller)
        if undone:
            tests = plural(len(undone), "test")
            text = (
                f"{tests} met a 403 that this role would not get, so each needs a role of its own:"
            )
            lines += ["", *paragraph("careful: ", text, width)]
            rows = [(id, test) for test, ids in undone.items() for id in ids]
            lines += table((("refused", "<"), ("test", "<")), rows[:ROWS], width)
            lines += [f"... and {len(rows) - ROWS} more"] if rows[ROWS:] else []
        return lines

    def _by_test(self, caller: str, width: int) -> list[str]:
        lines = [f"by test, for {caller}"]
        for test, callers in self._needs.items():
            if caller in callers:
                lines.append(f"  {tail(test, width - 2)}")
                names = ", ".join(self.permissions(caller, test)) or "none"
                lines += paragraph("", names, width, indent=4)
        return lines

    def _total(self, caller: str | None, test: str | None) -> CallerNeeds:
        for kind, name, known in (("caller", caller, self.callers), ("test", test, self.tests)):
            if name is not None and name not in known:
                raise MockError(f"there was no {kind} {name!r}{nearest(name, known)}")
        total = CallerNeeds()
        for _, _, needs in self._those(caller, test):
            total.merge(needs)
        return total

    def _those(
        self, caller: str | None, test: str | None
    ) -> Iterator[tuple[str, str, CallerNeeds]]:
        for name in self._needs if test is None else (test,):
            for who, needs in self._needs[name].items():
                if caller in (None, who):
                    yield name, who, needs

    def _check(self, found: Mapping[str, Mapping[str, CallerNeeds]]) -> None:
        for callers in found.values():
            for needs in callers.values():
                for id in sorted({*needs.needed, *needs.refused}):
                    if id not in self._operations:
                        hint = nearest(id, self._operations)
                        raise MockError(
                            f"the permissions are about an unknown operation {id!r}{hint}"
                        )


def _written(grant: dict[str, Any], width: int) -> str:
    line = f"  {json.dumps(grant)}"
    return line if len(line) <= width else textwrap.indent(json.dumps(grant, indent=2), "  ")


def _asked(document: Mapping[str, Iterable[str]]) -> PermissionsByOperation:
    return PermissionsByOperation({operation: set(names) for operation, names in document.items()})
