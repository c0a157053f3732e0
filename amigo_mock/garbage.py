"""Garbage: it is not looked for while something is loaded that stays."""

from __future__ import annotations

import gc
import sys
from importlib import import_module
from types import ModuleType


def load(name: str) -> ModuleType:
    """A module, imported while the collector of this process rests, if it is at work.

    It would walk through what a large module makes several times over, and find that there is no
    garbage in it, for a sixth of the time that the import takes. Afterwards everything counts as
    old, as if it had.
    """
    found = sys.modules.get(name)
    if found is not None or not gc.isenabled():
        return found or import_module(name)
    gc.disable()
    try:
        return import_module(name)
    finally:
        if not gc.get_freeze_count():  # what somebody else has frozen stays so
            gc.freeze()
            gc.unfreeze()
        gc.enable()
