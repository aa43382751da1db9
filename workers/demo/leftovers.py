"""The last part of the feed: pages with nothing left to publish, and records that cannot be understood."""

from workers.demo.sample import Outcome, Sample, article


def _page(what: str, slug: str, headline: str, reason: str, *lines: str) -> Sample:
    return Sample(what, article("Tidewater Today", slug, headline, "\n\n".join(lines)), "rejected", why=(reason,))


NOTHING_LEFT = (
    _page(
        "a cookie wall", "marina", "Marina gets new pontoons", "boilerplate-only",
        "We value your privacy", "We and our partners use cookies to store and access information on a device.",
        "Accept all", "Manage options",
    ),
    _page(
        "a paywall", "rents", "Who still pays those rents", "boilerplate-only",
        "This article is for subscribers only.", "Already a subscriber? Log in", "Subscribe now to continue reading",
    ),
    _page(
        "'You may also like' alone", "plums", "Plum harvest above average", "boilerplate-only",
        "You may also like", "Ten quiet beaches within an hour", "Lorry tolls to rise again",
        "Foundry posts record loss",
    ),
    _page(
        "a script notice", "map", "Map: where the buses go", "boilerplate-only",
        "Please enable JavaScript to view this page.",
    ),
    _page(
        "share buttons", "gallery", "Gallery: the regatta", "boilerplate-only",
        "Share on Facebook", "Share on X", "Share on WhatsApp", "Copy link", "Print",
    ),
    _page("too short", "goal", "Marrow Town", "too-short", "Goal for Marrow Town."),
)  # fmt: skip

_BODY = "The harbour master closed the east mole on Monday because of waves of more than four metres."


def _broken(what: str, raw: dict[str, object] | bytes, *reasons: str, outcome: Outcome = "dead_letter") -> Sample:
    return Sample(what, raw, outcome, why=reasons)


def _mole(**changes: object) -> dict[str, object]:
    return article("Harbour Gazette", "east-mole", "East mole closed", _BODY) | changes


def _without(field: str) -> dict[str, object]:
    return {name: value for name, value in _mole().items() if name != field}


BAD_INPUT = (
    _broken("nothing at all", b"", "empty"),
    _broken("no JSON", b"<rss><channel><title>Harbour Gazette</title></channel></rss>", "not-json"),
    _broken("JSON cut off in the middle", b'{"source": "Harbour Gazette", "body": "The harbour mas', "not-json"),
    _broken("no UTF-8", '{"source": "Café de la Marine", "body": "Fermé"}'.encode("latin-1"), "not-utf8"),
    _broken("100,000 brackets", b"[" * 100_000 + b"]" * 100_000, "too-deep"),
    _broken("a list", b'["Harbour Gazette", "East mole closed"]', "not-an-object"),
    _broken("no source", _without("source"), "missing-field"),
    _broken("no body", _without("body"), "missing-field"),
    _broken("a number for a body", _mole(body=42), "wrong-type"),
    _broken("a source of 300 characters", _mole(source="Gazette " * 37 + "Post"), "over-long"),
    _broken("a uri of 3,000 characters", _mole(uri="https://harbourgazette.example/" + "x" * 3_000), "over-long"),
    _broken("urgency 12", _mole(urgency=12), "bad-value"),
    _broken("a leap second", _mole(versionCreated="2016-12-31T23:59:60Z"), "bad-value"),
    _broken("a time without its zone", _mole(versionCreated="2026-11-24T08:00:00"), "bad-value"),
    _broken("a version of 31 digits", _mole(version=10**30), "bad-value", "over-long", "wrong-type"),
    _broken("an unknown pubStatus", _mole(pubStatus="maybe"), "bad-value"),
)
