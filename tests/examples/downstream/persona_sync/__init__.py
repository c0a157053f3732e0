"""Keeps the simulation personas of an organization as a file has them."""

from persona_sync.service import Service
from persona_sync.sync import Changes, sync
from persona_sync.wanted import Wanted, read

__all__ = ["Changes", "Service", "Wanted", "read", "sync"]
