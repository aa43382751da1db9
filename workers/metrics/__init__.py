"""What the worker counts, by Prometheus' naming rules; `catalogue` declares it, docs/METRICS.md is made of that."""

from workers.metrics.metrics import Finished, Metrics
from workers.metrics.registry import CONTENT_TYPE

__all__ = ["CONTENT_TYPE", "Finished", "Metrics"]
