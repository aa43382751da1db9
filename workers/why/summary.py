"""An outcome in one sentence, for people who know nothing of shingles. Pure."""

from collections.abc import Mapping

from workers.terminal import plain
from workers.why.outcomes import Outcome

REJECTED: Mapping[str, str] = {
    "boilerplate-only": "Rejected: nothing was left of it but what sites put round their articles.",
    "copy-of-canceled": "Rejected: it is a copy of an article that was killed.",
    "stale-version": "Rejected: a newer version of it is known.",
    "test": "Rejected: it is marked as a test.",
    "too-short": "Rejected: too few words, and not urgent.",
    "unsafe-page": "Rejected: its page cannot be parsed safely.",
    "withheld": "Rejected: its producer withholds it.",
}
UPDATED: Mapping[str, str] = {
    "revision": "An update: its text differs from what was known of it.",
    "reinstated": "An update: published again after it had been killed or withheld.",
}


def in_short(outcome: Outcome, of: Outcome | None) -> str:
    """What became of it, and why. `of` is the article that it was compared with, where its text is there."""
    entry = outcome.entry
    if entry.outcome == "dead_letter":
        return f"Could not be understood: {plain(entry.why)}."
    if entry.outcome == "rejected":
        return REJECTED.get(entry.relation, f"Rejected: {plain(entry.relation)}.")
    if entry.outcome == "cancel":
        return "A kill: it is taken down, and copies of it stay out."
    if entry.outcome == "duplicate":
        return _copy(outcome, named(outcome, of))
    return _published(outcome, named(outcome, of))


def named(outcome: Outcome, of: Outcome | None) -> str:
    """The other article: its headline and source, else its uri."""
    if of and of.entry.headline:
        return f"“{plain(of.entry.headline)[:120]}” ({plain(of.entry.source)})"
    return plain(outcome.entry.of or "")


def _copy(outcome: Outcome, other: str) -> str:
    relation, known = outcome.entry.relation, f"{(outcome.entry.known or 0):.0%}"
    if relation == "resend" and not outcome.entry.text:
        return "The same kill again."
    if relation == "resend":
        return "The same article again: nothing in it is newer than what is known."
    if relation == "exact":
        return f"A copy, word for word, of {other}."
    what = "An excerpt" if relation == "excerpt" else "A copy"
    return f"{what} of {other}: {known} of it stands there already."


def _published(outcome: Outcome, other: str) -> str:
    entry = outcome.entry
    if entry.relation == "write-thru":
        return f"An update: it holds {(entry.held or 0):.0%} of {other}, of the same source, and enough that is new."
    if entry.relation == "related":
        return f"News: it holds {(entry.held or 0):.0%} of {other}, and enough that is new."
    if entry.outcome == "update":
        return UPDATED.get(entry.relation, "An update.")
    if entry.known:
        return f"News: no more than {entry.known:.0%} of it stands in any one article that is known."
    return "News: nothing like it is known."
