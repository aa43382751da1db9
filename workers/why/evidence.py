"""Why an outcome is what it is: the article it was compared with, the figures, the threshold, the passages. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from workers.passages import Overlap, Passage, overlap
from workers.shingles import shingle_hashes
from workers.signature import sign
from workers.why.outcomes import Outcome

LEAST_HASHES, FEW_HASHES = 8, 24
"""As lua/verdicts.lua has it: fewer compared hashes than these say nothing, and only what is clear."""
LEVEL_AT = 4
"""The byte of a sketch that tells its level."""
SHOWN_PASSAGES = 3
MIN_NEW_WORDS = 3
COPY, HOLDS = "a copy", "a write-thru of the same source, else related,"
PUBLISHED = ("new", "update")


@dataclass(frozen=True, slots=True)
class Threshold:
    """How far a figure is from where it would tip.

    Attributes:
        figure: containment, containmentOf or jaccard.
        value: what was measured, by the sketches where the outcome tells it, else on the whole texts.
        limit: from where on the article is what `meaning` says.
        setting: the variable to change it, "" where it is no setting.
        because: why it is not the usual limit, "" where it is.
    """

    figure: str
    value: float
    limit: float
    setting: str
    meaning: str
    because: str = ""

    @property
    def distance(self) -> float:
        """Above the threshold when positive."""
        return self.value - self.limit


@dataclass(frozen=True, slots=True)
class Evidence:
    """`of` is the article compared with, as it stood then, None when the clean topic has lost it; `killed` is of today."""

    outcome: Outcome
    named: str
    of: Outcome | None
    overlap: Overlap | None
    thresholds: tuple[Threshold, ...]
    killed: bool = False

    def as_json(self) -> dict[str, Any]:
        of = self.of.as_json() if self.of else {"uri": self.named}
        fields: dict[str, Any] = {"outcome": self.outcome.origin, "of": of, "ofKilled": self.killed}
        if self.overlap:
            o = self.overlap
            fields["wholeTexts"] = {
                "jaccard": round(o.jaccard, 4), "containment": round(o.containment, 4),
                "containmentOf": round(o.containment_of, 4), "words": o.words, "sharedWords": o.shared_words,
            }  # fmt: skip
            fields["shared"] = [p.text for p in o.shared[:SHOWN_PASSAGES]]
            fields["new"] = [p.text for p in worth_showing(o.new)]
        fields["thresholds"] = [
            {"figure": t.figure, "value": round(t.value, 4), "limit": t.limit, "distance": round(t.distance, 4),
             "meaning": t.meaning, "setting": t.setting}
            for t in self.thresholds
        ]  # fmt: skip
        return fields


@dataclass(frozen=True, slots=True)
class Limits:
    """Where the verdicts tip, from the settings in force and the constants of the index."""

    duplicate_containment: float
    write_thru_containment: float
    few_shingles: int
    few_jaccard: float
    few_containment: float

    def of_a_copy(self, compared: int | None) -> tuple[float, str]:
        """From which containment on a text is a copy, and why it is not the usual one, by how many hashes are compared."""
        if compared is not None and compared < FEW_HASHES and self.few_containment > self.duplicate_containment:
            return (
                self.few_containment,
                f"; only {compared} hashes of the two sketches compare, {LEAST_HASHES} at least",
            )
        return self.duplicate_containment, ""


def telling(outcomes: Sequence[Outcome]) -> Outcome | None:
    """The outcome that needs an explanation most: the latest that names another article, else what changed, else the rest."""
    compared = [o for o in outcomes if o.entry.of and o.entry.relation != "cancel" and o.entry.text]
    others = [o for o in compared if o.entry.of != o.entry.uri]
    changes = [o for o in compared if o.entry.outcome == "update"]
    return next(reversed(others or changes or compared), None)


def as_it_stood(outcome: Outcome, published: Mapping[str, Sequence[Outcome]]) -> Outcome | None:
    """The article that an outcome names: its last text before that outcome, or else its first one."""
    named = [o for o in published.get(outcome.entry.of or "", ()) if has_text(o) and o is not outcome]
    before = [o for o in named if o.order <= outcome.order]
    return next(reversed(before or named[:1]), None)


def has_text(outcome: Outcome) -> bool:
    """Whether it is published and not a kill."""
    return outcome.entry.outcome in PUBLISHED and bool(outcome.entry.text)


def explain(
    outcome: Outcome, named: str, of: Outcome | None, published: Mapping[str, Sequence[Outcome]], limits: Limits
) -> Evidence:
    """Compares the two texts, as far as both are there."""
    both = overlap(outcome.entry.text, of.entry.text) if of else None
    last = next(reversed([o for o in published.get(named, ()) if o.entry.outcome in {*PUBLISHED, "cancel"}]), None)
    killed = last is not None and last.entry.outcome == "cancel"
    compared = hashes_compared(outcome.entry.text, of.entry.text) if of else None
    return Evidence(outcome, named, of, both, tuple(thresholds(outcome, named, both, compared, limits)), killed)


def hashes_compared(text: str, other: str) -> int:
    """How many hashes of the first text its sketch has at the coarser level of the two (signature.py)."""
    level = max(sign(text).sketch[LEVEL_AT], sign(other).sketch[LEVEL_AT])
    return int(np.searchsorted(shingle_hashes(text), np.uint64((1 << (64 - level)) - 1), side="right"))


def thresholds(
    outcome: Outcome, named: str, both: Overlap | None, compared: int | None, limits: Limits
) -> Iterator[Threshold]:
    """The thresholds of likeness to another article: of a copy, and where it is none of what holds an earlier article."""
    entry = outcome.entry
    known, held, jaccard = entry.known, entry.held, outcome.jaccard
    if both and known is None:
        known, held, jaccard = both.containment, both.containment_of, both.jaccard
    if named == entry.uri or known is None or held is None or jaccard is None:
        return
    if len(shingle_hashes(entry.text)) < limits.few_shingles:
        yield Threshold(
            "jaccard", jaccard, limits.few_jaccard, "", f"{COPY} (so short a text must be alike as a whole)"
        )
        return
    limit, because = limits.of_a_copy(compared)
    setting = "" if because else "NEWSWIRE_DUPLICATE_CONTAINMENT"
    yield Threshold("containment", known, limit, setting, COPY, because)
    if entry.outcome in PUBLISHED:
        limit, name = limits.write_thru_containment, "NEWSWIRE_WRITE_THRU_CONTAINMENT"
        yield Threshold("containmentOf", held, limit, name, HOLDS)


def worth_showing(new: Sequence[Passage]) -> list[Passage]:
    """The longest of what is new; single words only where there is nothing longer."""
    longer = [p for p in new if p.words >= MIN_NEW_WORDS]
    return list(longer or new)[:SHOWN_PASSAGES]
