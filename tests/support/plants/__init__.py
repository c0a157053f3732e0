"""Plants: a made-up resource in three files, and the lines that put it into a catalog."""

from __future__ import annotations

from amigo_mock.resources import CATALOG
from tests.support.plants import rows

MODULE = f"{__name__}.operations"

WITH_PLANTS = CATALOG.extended(
    rows.at(MODULE), {"plants": f"{__name__}.records"}, {"growths": MODULE}
)
