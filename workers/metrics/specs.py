"""How a metric is declared: its name, kind, unit, labels with all values they can have, and what it says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Literal

PREFIX = "newswire_"
SOURCE = "source"
"""The one label whose values come from outside. They are bounded: see workers/metrics/sources.py."""

Kind = Literal["counter", "gauge", "histogram"]


@dataclass(frozen=True, slots=True)
class Spec:
    """One metric. `labels` gives each label its closed set of values, or None where the values come from outside and are
    bounded; `name` goes without the prefix and, by Prometheus' rules, names the unit.
    """

    name: str
    kind: Kind
    help: str
    group: str
    labels: Mapping[str, Sequence[str] | None] = field(default_factory=dict)
    buckets: tuple[float, ...] = ()

    @property
    def full_name(self) -> str:
        """As it stands on the page."""
        return PREFIX + self.name

    @property
    def unit(self) -> str:
        """In which unit its values are, as the name tells.

        >>> Spec("end_to_end_seconds", "histogram", "", "").unit, Spec("articles_in_progress", "gauge", "", "").unit
        ('seconds', '')
        """
        base = self.name.removesuffix("_total")
        if base.endswith("timestamp_seconds"):
            return "seconds since 1970"
        return next((unit for unit in ("seconds", "bytes", "ratio") if base.endswith(f"_{unit}")), "")

    def children(self) -> list[tuple[str, ...]]:
        """All label values that can be told beforehand; they stand at 0 from the start."""
        known = [values for values in self.labels.values() if values is not None]
        return list(product(*known)) if known and len(known) == len(self.labels) else []
