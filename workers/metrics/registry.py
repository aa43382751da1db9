"""The catalogue as Prometheus' client knows it. Everything that is declared stands on the page from the start."""

from typing import Any

from prometheus_client import (
    CONTENT_TYPE_PLAIN_0_0_4,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)

from workers.metrics.catalogue import CATALOGUE
from workers.metrics.specs import Spec

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
_KINDS = {"counter": Counter, "gauge": Gauge, "histogram": Histogram}

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each counter, of no use here


class Registry:
    """The metrics of one process; `of` takes what the catalogue declares."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._made: dict[str, Any] = {}
        self._children: dict[tuple[str, tuple[str, ...]], Any] = {}
        for spec in CATALOGUE:
            options = {"buckets": spec.buckets} if spec.buckets else {}
            made = _KINDS[spec.kind](spec.full_name, spec.help, tuple(spec.labels), registry=self._registry, **options)
            self._made[spec.name] = made
            for values in spec.children():
                made.labels(*values)
        ProcessCollector(registry=self._registry)

    def of(self, spec: Spec, *values: str) -> Any:
        """The counter, gauge or histogram with these label values.

        Raises:
            ValueError: a value is not in the label's closed set.
        """
        key = (spec.name, values)
        child = self._children.get(key)
        if child is None:
            self._refuse_unknown(spec, values)
            child = self._made[spec.name].labels(*values) if values else self._made[spec.name]
            self._children[key] = child
        return child

    def page(self) -> bytes:
        """In Prometheus' text format, as CONTENT_TYPE says."""
        return generate_latest(self._registry)

    @staticmethod
    def _refuse_unknown(spec: Spec, values: tuple[str, ...]) -> None:
        for (label, known), value in zip(spec.labels.items(), values, strict=True):
            if known is not None and value not in known:
                raise ValueError(f"{spec.name}: {label}={value!r} is not in its closed set")
