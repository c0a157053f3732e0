"""What a benchmark says: one figure, its target, and whether it was met."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One measured value; without a target it is there to be read, not judged."""

    name: str
    value: float | None
    unit: str = "x"
    least: float | None = None
    most: float | None = None
    detail: str = ""

    @property
    def target(self) -> str:
        if self.least is not None:
            return f">= {self.least:g}"
        return "" if self.most is None else f"<= {self.most:g}"

    @property
    def verdict(self) -> str:
        if self.value is None or (self.least is None and self.most is None):
            return ""
        low = self.least is not None and self.value < self.least
        high = self.most is not None and self.value > self.most
        return "MISS" if low or high else "ok"

    def __str__(self) -> str:
        value = "-"
        if self.value is not None:
            value = f"{self.value:,.3g}" if self.value < 100 else f"{self.value:,.0f}"
        columns = f"  {self.name:<42} {value:>8} {self.unit:<6}{self.target:>8} {self.verdict:<5}"
        return f"{columns} {self.detail}".rstrip()
