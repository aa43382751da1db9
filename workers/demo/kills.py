"""The fourth part of the feed: stories that are killed, come back, are held back and let go."""

from workers.demo.copies import SAME
from workers.demo.sample import Sample, article, story, uri
from workers.demo.variants import edited

_museum, _keeper, _voters = story("museum"), story("lighthouse"), story("voters")
MUSEUM = uri("Vantis Evening Star", "coins")
KEEPER = uri("Harbour Gazette", "skerry-rock")
VOTERS = uri("Vantis Evening Star", "orchard-street")
MUSEUM_CHANGES = [
    ("has been questioned by police about", "was questioned by police over"),
    ("two people familiar with the inquiry said", "two people who know the inquiry said"),
    ("A police spokeswoman confirmed", "The police confirmed"),
]


def _keeper_version(version: int, **more: object) -> dict[str, object]:
    return article("Harbour Gazette", "skerry-rock", _keeper.headline, _keeper.body, version=version, **more)


KILLS = (
    Sample("original", article("Vantis Evening Star", "coins", _museum.headline, _museum.body), "new"),
    Sample(
        "copy",
        article("Harbour Gazette", "coins", "Director heard over coins", _museum.body),
        "duplicate",
        MUSEUM,
        SAME,
    ),
    Sample(
        "KILL by the outlet",
        article(
            "Vantis Evening Star",
            "coins",
            _museum.headline,
            "",
            pubStatus="canceled",
            edNote="Withdrawn on legal advice",
        ),
        "cancel",
        MUSEUM,
    ),
    Sample(
        "the same kill again",
        article(
            "Vantis Evening Star",
            "coins",
            _museum.headline,
            "",
            pubStatus="canceled",
            edNote="Withdrawn on legal advice",
        ),
        "duplicate",
        MUSEUM,
        ("resend",),
    ),
    Sample(
        "copy of the killed story",
        article("Tidewater Today", "museum", "Museum boss questioned", _museum.body),
        "rejected",
        MUSEUM,
        ("copy-of-canceled",),
    ),
    Sample(
        "edited copy of the killed story",
        article("Northfold Courier", "vault", "Brass in the vault", edited(_museum.body, MUSEUM_CHANGES)),
        "rejected",
        MUSEUM,
        ("copy-of-canceled",),
    ),
    Sample("original, version 1", _keeper_version(1), "new"),
    Sample("KILL, version 2", _keeper_version(2, pubStatus="canceled", body=None), "cancel", KEEPER),
    Sample("version 3: it comes back", _keeper_version(3), "update", KEEPER, ("reinstated",)),
    Sample(
        "KILL of an unknown story",
        article("Meridian Wire", "n1999", "Storm warning", "", body=None, pubStatus="cancelled"),
        "cancel",
    ),
)

HELD_BACK = (
    Sample(
        "withheld",
        article("Vantis Evening Star", "orchard-street", _voters.headline, _voters.body, pubStatus="withheld"),
        "rejected",
        why=("withheld",),
    ),
    Sample(
        "let go",
        article("Vantis Evening Star", "orchard-street", _voters.headline, _voters.body),
        "new",
        text=_voters.body,
    ),
    Sample(
        "withheld after publication",
        article("Vantis Evening Star", "orchard-street", _voters.headline, _voters.body, pubStatus="withheld"),
        "cancel",
        VOTERS,
    ),
    Sample(
        "a test item",
        article(
            "Meridian Wire",
            "n0001",
            "TEST TEST TEST",
            "This is a test of the wire. Please ignore it in all offices.",
            signal="test",
        ),
        "rejected",
        why=("test",),
    ),
)
