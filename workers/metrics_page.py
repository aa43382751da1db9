"""docs/METRICS.md, made of the catalogue: `python -m workers.metrics_page > docs/METRICS.md`. A test compares the two."""

from itertools import groupby

from workers.metrics.catalogue import CATALOGUE
from workers.metrics.specs import Spec

HEAD = """\
# Metrics

Each worker serves these at `/metrics` of its `WEB_URL`, in Prometheus' text format (`text/plain; version=0.0.4`). Several workers on one
machine have a port each: scrape them all, and sum over them unless a metric says that it is the same for all.

Labels have closed sets of values, which stand at 0 from the start, except `source`: the first `NEWSWIRE_METRICS_SOURCES` (50)
sources of a worker have series of their own, all further ones are `other`, and records that tell none are `unknown`. Partitions have no series of their own: the
log names a partition whose state changes.

`newswire_ledger_imbalance` is received - finished - given back - in progress of one process. It is 0 through rebalances and
redeliveries, and above 0 when a record that was taken up came to nothing.

Beside them stand `process_*` (processor time, memory, open files, start) as every Prometheus client has them, with their
usual names. What to look at when an alert fires: [RUNBOOK.md](RUNBOOK.md).

This page is made of workers/metrics/catalogue.py by `python -m workers.metrics_page > docs/METRICS.md`.
"""


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    for group, specs in groupby(CATALOGUE, lambda spec: spec.group):
        parts.append(f"\n## {group}\n\n| metric | kind | unit | labels | meaning |\n| --- | --- | --- | --- | --- |\n")
        parts += [row(spec) for spec in specs]
    return "".join(parts)


def row(spec: Spec) -> str:
    """A line of the table; a histogram's buckets stand behind its meaning."""
    labels = "; ".join(
        f"`{name}`" + (": " + ", ".join(f"`{v}`" for v in values) if values else "")
        for name, values in spec.labels.items()
    )
    buckets = f" (to {', '.join(f'{b:g}' for b in spec.buckets)})" if spec.buckets else ""
    return f"| `{spec.full_name}` | {spec.kind} | {spec.unit} | {labels} | {spec.help}{buckets} |\n"


if __name__ == "__main__":
    print(page(), end="")
