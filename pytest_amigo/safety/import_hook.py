"""A hook that is called when a module has been imported."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any


class ImportHook(MetaPathFinder):
    """Calls `imported` with the name of each of the modules when it has been imported."""

    def __init__(self, modules: Collection[str], imported: Callable[[str], None]) -> None:
        self._modules = modules
        self._imported = imported

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find what the other finders find, and call `imported` after the module has run."""
        if name not in self._modules:
            return None
        # Those before this one have been asked already.
        for finder in sys.meta_path[sys.meta_path.index(self) + 1 :]:
            find = getattr(finder, "find_spec", None)
            spec: ModuleSpec | None = find(name, path, target) if find else None
            if spec is not None:
                self._follow(name, spec.loader)
                return spec
        return None

    def _follow(self, name: str, loader: Any) -> None:
        execute = getattr(loader, "exec_module", None)
        if execute is None:
            return

        def execute_and_tell(module: ModuleType) -> None:
            vars(loader).pop("exec_module", None)
            execute(module)
            self._imported(name)

        loader.exec_module = execute_and_tell
