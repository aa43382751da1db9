"""Compares what became of the sample feed with what should have become of it. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from workers.demo.exchange import Arrival
from workers.demo.sample import Outcome, Sample
from workers.wire import Entry


@dataclass(frozen=True, slots=True)
class Result:
    """A sample, where it ended, and what is wrong with that (nothing: "")."""

    sample: Sample
    arrivals: tuple[Arrival, ...]
    problem: str = ""

    @property
    def entry(self) -> Entry | None:
        """What became of it, where that is one thing at least."""
        return self.arrivals[0].entry if self.arrivals else None


def judge(samples: Sequence[Sample], origins: Sequence[str], found: Mapping[str, Sequence[Arrival]]) -> list[Result]:
    """One result for each sample, in order."""
    results = []
    for sample, origin in zip(samples, origins, strict=True):
        arrivals = tuple(found.get(origin, ()))
        results.append(Result(sample, arrivals, _problem(sample, arrivals)))
    return results


def _problem(sample: Sample, arrivals: Sequence[Arrival]) -> str:
    if not arrivals:
        return "missing: it came out nowhere"
    if len(arrivals) > 1:
        return f"came out {len(arrivals)} times: {', '.join(arrival.role for arrival in arrivals)}"
    return wrong(sample, arrivals[0].entry)


def wrong(sample: Sample, entry: Entry) -> str:
    """In what the outcome differs from what is expected; "" when it does not."""
    if entry.outcome != sample.outcome:
        return f"should be {sample.outcome}, is {entry.outcome} {entry.why}".rstrip()
    if sample.of is not None and entry.of != sample.of:
        return f"should be {sample.outcome} of {sample.of}, is of {entry.of}"
    if sample.why and entry.relation not in sample.why:
        return f"should be {' or '.join(sample.why)}, is {entry.relation or 'unexplained'}"
    if sample.text is not None and _body(sample, entry) != sample.text:
        return f"its text is not the {len(sample.text)} characters that were expected, but {len(entry.text)} others"
    return ""


def _body(sample: Sample, entry: Entry) -> str:
    """The text without the headline, which a page has above it and cleaning may leave there."""
    return entry.text.removeprefix(f"{sample.headline}\n\n")


def figures(results: Sequence[Result], found: Mapping[str, Sequence[Arrival]], seconds: float) -> dict[str, float]:
    """The last line of the demo: how many came in, where each came out, what went wrong."""
    outcomes = Counter(result.entry.outcome for result in results if result.entry)
    strangers = sum(map(len, found.values())) - sum(len(result.arrivals) for result in results)
    doubles = sum(len(result.arrivals) > 1 for result in results)
    single = [result for result in results if len(result.arrivals) == 1]
    return {
        "sent": len(results),
        **{outcome: outcomes[outcome] for outcome in get_args(Outcome)},
        "missing": sum(not result.arrivals for result in results),
        "doubled": doubles + strangers,  # a record of no known origin is one too many as well
        "wrong": sum(bool(result.problem) for result in single),
        "seconds": round(seconds, 1),
    }
