"""Attributes: what a test sets on the fake has to be there."""

from __future__ import annotations

from inspect import get_annotations

from amigo_mock.names import nearest


class KnownAttributes:
    """The base of what tests hold: an attribute that its class does not declare cannot be set.

    Python would make it, and what the test meant to change would stay as it is.
    """

    def __setattr__(self, name: str, value: object) -> None:
        if not name.startswith("_"):
            self._check_attribute(name, value)
        super().__setattr__(name, value)

    def _check_attribute(self, name: str, value: object) -> None:
        owner = type(self)
        if not hasattr(owner, name) and name not in _annotated(owner):
            known = [one for one in {*dir(owner), *_annotated(owner)} if one[0] != "_"]
            advice = self._advice(name) or nearest(name, known)
            raise AttributeError(f"{shown(owner)} has no attribute {name!r}{advice}")
        if callable(getattr(owner, name, None)) and not callable(value):
            raise AttributeError(f"{name!r} of {shown(owner)} is a method: call it")

    def _advice(self, name: str) -> str:  # noqa: ARG002 - for subclasses
        """What to do instead of setting an attribute that is not there, if more is known."""
        return ""


def _annotated(owner: type) -> set[str]:
    """The attributes that a class says its instances have."""
    return {name for base in owner.__mro__ for name in get_annotations(base)}


def shown(owner: type) -> str:
    """The name of a class as users know it, wherever the fake runs."""
    return owner.__name__.removeprefix("Local").removeprefix("Remote")
