"""The two answers of `newswire why`, for the eye and for programs: of a uri, and of a text that nobody has sent yet."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from workers.look import Look, State
from workers.settings import Settings
from workers.terminal import plain
from workers.times import clamped, to_rfc3339
from workers.why import show, show_evidence
from workers.why.evidence import Evidence
from workers.why.outcomes import Outcome
from workers.why.search import Found
from workers.why.summary import in_short


def uri_for_the_eye(
    config: Settings, uri: str, state: State | None, found: Found, evidence: Evidence | None, trouble: str
) -> Iterator[RenderableType]:
    """Everything known of a uri."""
    yield Text(plain(uri), "bold underline")
    latest = found.own[-1] if found.own else None
    if trouble:
        yield show.indented(Text(f"what it is now cannot be told: {plain(trouble)}", "yellow"))
    else:
        yield show.indented(Text("now: ").append(show.standing(state, latest)))
    if latest:
        yield show.indented(Text("latest: ").append(in_short(latest, evidence.of if evidence else None), "bold"))
        yield show.heading(f"What came in: {len(found.own):,}")
        yield show.history(found.own)
    if evidence:
        yield from show_evidence.evidence(evidence)
    cleaned = next((o for o in reversed(found.own) if o.removed), None)
    if cleaned:
        yield from show.removed(cleaned)
    yield from show.copies(found.copies)
    yield from show.dead_letters(found.dead_letters)
    if not found.own:
        yield from _hints(config, state, found)


def _hints(config: Settings, state: State | None, found: Found) -> Iterator[RenderableType]:
    yield show.heading("Nothing of it stands on the output topics")
    yield show.looked(found.looked)
    yield show.heading("Look at")
    yield show.indented(*(Text(f"· {plain(hint)}") for hint in hints(config, state, found)))


def hints(config: Settings, state: State | None, found: Found) -> Iterator[str]:
    """What may be the matter when a uri has no outcome, the likeliest first."""
    for origin in found.waiting[-3:]:
        yield f"{origin} mentions it and has no outcome: does a worker run, in group {config.group}?"
    for uri in sorted(found.alike)[:5]:
        yield f"another spelling is known: newswire why {uri}"
    if state:
        yield "the index knows it, so it came longer ago than the topics keep: clean 30 days, duplicates and rejected 7"
    if not found.waiting:
        yield f"it is not on {config.topic_raw} either, which keeps 7 days: was it sent, and with this `uri` or `url`?"
    yield "a producer that states a `uri` is known by it, and not by the `url`"
    yield (
        f"another wire has topics and an index of its own: NEWSWIRE_TOPIC_RAW and the like, "
        f"NEWSWIRE_INDEX_NAME ({config.index}), KAFKA_BOOTSTRAP, REDIS_URL"
    )


def uri_as_json(uri: str, state: State | None, found: Found, evidence: Evidence | None, trouble: str) -> dict[str, Any]:
    """The same for programs."""
    fields: dict[str, Any] = {
        "uri": uri,
        "now": _state_as_json(state),
        "records": [o.as_json() for o in found.own],
        "evidence": evidence.as_json() if evidence else None,
        "copies": [o.as_json() for o in found.copies],
        "deadLetters": [o.as_json() for o in found.dead_letters],
        "waiting": found.waiting,
        "alike": sorted(found.alike),
        "looked": [asdict(looked) for looked in found.looked],
    }
    return fields | ({"trouble": trouble} if trouble else {})


def _state_as_json(state: State | None) -> dict[str, Any]:
    if state is None:
        return {"standing": "unknown"}
    created = state.version_created_us
    fields = {
        "standing": state.standing,
        "revision": state.revision,
        "version": state.version,
        "versionCreated": None if created is None else to_rfc3339(clamped(created)),
    }
    return {name: value for name, value in fields.items() if value is not None}


def file_for_the_eye(
    outcome: Outcome,
    look: Look | None,
    evidence: Evidence | None,
    published: Mapping[str, Sequence[Outcome]],
    trouble: str,
) -> Iterator[RenderableType]:
    """What a text would come to."""
    entry = outcome.entry
    what = show.WORDS.get(entry.outcome, entry.outcome)
    yield Text("It would be: ").append(what, show.STYLES[entry.outcome]).append(f"  {show.reasons(outcome)}")
    yield show.indented(Text(in_short(outcome, evidence.of if evidence else None), "bold"))
    yield show.indented(Text(" · ".join(filter(None, (plain(entry.source), plain(entry.headline)[:200]))), "dim"))
    if look and look.state:
        yield show.indented(Text("its uri is known: ").append(show.standing(look.state, None)))
    if trouble:
        yield show.indented(Text(f"no texts from the clean topic: {plain(trouble)}", "yellow"))
    if evidence:
        yield from show_evidence.evidence(evidence)
    if look and entry.text:
        yield from show.nearest(look.nearest, published)
    yield from show.removed(outcome)
    yield Text("\nNothing was sent or changed.", "dim")


def file_as_json(outcome: Outcome, look: Look | None, evidence: Evidence | None, trouble: str) -> dict[str, Any]:
    """The same for programs."""
    fields: dict[str, Any] = {
        "wouldBe": {name: value for name, value in outcome.as_json().items() if name not in ("origin", "seq")},
        "now": _state_as_json(look.state) if look else None,
        "nearest": [_near_as_json(near) for near in asdict(look)["nearest"]] if look else [],
        "evidence": evidence.as_json() if evidence else None,
    }
    return fields | ({"trouble": trouble} if trouble else {})


def _near_as_json(near: dict[str, Any]) -> dict[str, Any]:
    figures = {name: round(near[name], 4) for name in ("jaccard", "containment")}
    other = {"containmentOf": round(near["containment_of"], 4), "sameSource": near["same_source"]}
    return {"uri": near["uri"], "story": near["story"], "canceled": near["canceled"], **figures, **other}
