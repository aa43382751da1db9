"""The third part of the feed: stories that change after they were published."""

from workers.demo.copies import SAME
from workers.demo.sample import Sample, article, story, uri
from workers.demo.variants import edited, framed

_strike = story("strike")
STRIKE = uri("Tidewater Today", "coastrail-strike")
_corrected = edited(
    _strike.body,
    [("about 310 trains a day", "about 340 trains a day"), ("a bonus of 180 crowns", "a bonus of 220 crowns")],
)
_extended = (
    f"{_corrected}\n\nTransport minister Ulla Berg offered to mediate on Wednesday evening. The union said that it would"
    " answer by Friday noon, and Coastrail said that it had accepted at once."
)
_COOKIES = "We use cookies to improve your experience.\n\nAccept all cookies\n\nManage preferences"

CORRECTIONS = (
    Sample("original", article("Tidewater Today", "coastrail-strike", _strike.headline, _strike.body), "new"),
    Sample(
        "correction: two figures",
        article(
            "Tidewater Today",
            "coastrail-strike",
            _strike.headline,
            _corrected,
            edNote="CORRECTS number of trains and bonus",
        ),
        "update",
        STRIKE,
        ("revision",),
        text=_corrected,
    ),
    Sample(
        "copy of the corrected text",
        article("Harbour Gazette", "no-trains", "No trains for two days", _corrected),
        "duplicate",
        STRIKE,
        SAME,
    ),
    Sample(
        "one paragraph more",
        article("Tidewater Today", "coastrail-strike", _strike.headline, _extended),
        "update",
        STRIKE,
        ("revision",),
    ),
    Sample(
        "only the frame has changed",
        article(
            "Tidewater Today",
            "coastrail-strike",
            _strike.headline,
            framed(
                _extended,
                after=[
                    "Share on Facebook",
                    "Sign up for our newsletter",
                    "© 2026 Tidewater Today. All rights reserved.",
                ],
            ),
        ),
        "duplicate",
        STRIKE,
        ("resend",),
    ),
    Sample(
        "the page has been emptied",
        article("Tidewater Today", "coastrail-strike", _strike.headline, "\n\n"),
        "rejected",
        why=("boilerplate-only",),
    ),
    Sample(
        "a cookie wall in its place",
        article("Tidewater Today", "coastrail-strike", _strike.headline, _COOKIES),
        "rejected",
        why=("boilerplate-only",),
    ),
)

RATES = uri("Meridian Wire", "n2240")


def _rates(name: str, version: str | int, time: str) -> dict[str, object]:
    text = story(name)
    created = f"2026-11-19T{time}:00+01:00"
    return article(
        "Meridian Wire", "n2240", text.headline, text.body, version=version, versionCreated=created, urgency=3
    )


_late = _rates("rates", "3", "14:20")
_late["body"] = f"{_late['body']}\n\nThe governor will speak to reporters at half past two."

VERSIONS = (
    Sample("version 1", _rates("rates", "1", "14:00"), "new"),
    Sample("version 2", _rates("rates-2", 2, "14:45"), "update", RATES, ("revision",)),
    Sample("version 9", _rates("rates-9", "9", "16:10"), "update", RATES, ("revision",)),
    Sample("version 10: greater than 9", _rates("rates-10", "10", "19:30"), "update", RATES, ("revision",)),
    Sample("version 3, late", _late, "rejected", RATES, ("stale-version",)),
    Sample("version 9 once more", _rates("rates-9", "9", "16:10"), "rejected", RATES, ("stale-version",)),
    Sample("version 10 once more", _rates("rates-10", "10", "19:30"), "duplicate", RATES, ("resend",)),
)

_fire, _fire_2 = story("wildfire"), story("wildfire-2")
FIRE, FIRE_2 = uri("Meridian Wire", "n2251"), uri("Meridian Wire", "n2255")

WRITE_THRU = (
    Sample("first report", article("Meridian Wire", "n2251", _fire.headline, _fire.body, slugline="WILDFIRE"), "new"),
    Sample(
        "copy",
        article("Northfold Courier", "carrow-fire", "Villages cleared as fire crosses road", _fire.body),
        "duplicate",
        FIRE,
        SAME,
    ),
    Sample(
        "write-thru under its own uri",
        article("Meridian Wire", "n2255", _fire_2.headline, _fire_2.body, slugline="WILDFIRE"),
        "update",
        FIRE,
        ("write-thru",),
    ),
    Sample(
        "copy of the write-thru",
        article("Capital Ledger", "fire-2", "Wind saves three villages", _fire_2.body),
        "duplicate",
        FIRE_2,
        SAME,
    ),
)

_vell = story("resignation")
VELL = uri("Meridian Wire", "n2270")

FLASHES = (
    Sample(
        "flash: a headline, urgency 1", article("Meridian Wire", "n2270", "PM Ansa Vell resigns", "", urgency=1), "new"
    ),
    Sample(
        "the story to the flash",
        article("Meridian Wire", "n2270", _vell.headline, _vell.body, urgency=2),
        "update",
        VELL,
        ("revision",),
    ),
    Sample(
        "copy",
        article("Harbour Gazette", "vell-out", "Vell falls over pensions", _vell.body),
        "duplicate",
        VELL,
        SAME,
    ),
    Sample(
        "a headline alone, not urgent",
        article("Vantis Evening Star", "picture-42", "Picture of the day", "", urgency=6),
        "rejected",
        why=("boilerplate-only",),
    ),
)
