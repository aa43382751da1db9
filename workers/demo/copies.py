"""The first part of the feed: originals, and what others made of them."""

from workers.demo.sample import Sample, article, story, uri
from workers.demo.variants import edited, framed, mojibake, page

SAME = ("exact", "near")
PART = ("excerpt", "near")

_ferry, _bridge, _battery = story("ferry"), story("bridge"), story("battery")
FERRY = uri("Harbour Gazette", "electric-ferry")
BRIDGE = uri("Northfold Courier", "ashdown-bridge")
BATTERY = uri("Capital Ledger", "voltane-greywater")

FERRY_CHANGES = [
    ("carried 212 passengers", "took 212 passengers"),
    ("eleven months later than planned", "almost a year behind schedule"),
    ("four more than the diesel ship it replaces", "four minutes more than its diesel predecessor"),
    ("The harbour authority expects", "The port authority expects"),
    ("Not everybody was pleased.", "Not everyone is happy."),
]

FERRY_AND_COPIES = (
    Sample(
        "original", article("Harbour Gazette", "electric-ferry", _ferry.headline, _ferry.body), "new", text=_ferry.body
    ),
    Sample(
        "copy, another headline",
        article("Northfold Courier", "selkie", "Selkie sails: sound gets its electric ferry", _ferry.body),
        "duplicate",
        FERRY,
        SAME,
    ),
    Sample(
        "edited copy, 5 phrases changed",
        article("Tidewater Today", "ferry-88", "Electric ferry on the sound", edited(_ferry.body, FERRY_CHANGES)),
        "duplicate",
        FERRY,
        SAME,
    ),
    Sample(
        "shortened copy, the first half",
        article("Larkspur Post", "ferry", _ferry.headline, "\n\n".join(_ferry.paragraphs[:4])),
        "duplicate",
        FERRY,
        PART,
    ),
    Sample(
        "copy under cookie and share lines",
        article(
            "Vantis Evening Star",
            "ferry",
            _ferry.headline,
            framed(
                _ferry.body,
                before=["We use cookies to personalise content. Accept all cookies", "Share on Facebook", "Share on X"],
                inside="READ ALSO: Harbour dues to rise from January",
                after=["Sign up for our daily newsletter", "© 2026 Vantis Evening Star. All rights reserved."],
            ),
        ),
        "duplicate",
        FERRY,
        SAME,
    ),
    Sample(
        "resend",
        article("Harbour Gazette", "electric-ferry", _ferry.headline, _ferry.body),
        "duplicate",
        FERRY,
        ("resend",),
    ),
    Sample(
        "resend from a link with tracking",
        article(
            "Harbour Gazette",
            "electric-ferry",
            _ferry.headline,
            _ferry.body,
            uri=None,
            url="HTTPS://HarbourGazette.example/2026/electric-ferry?utm_source=mail&fbclid=Iw9#comments",
        ),
        "duplicate",
        FERRY,
        ("resend",),
    ),
)

BRIDGE_CHANGES = [
    ("after five hours of debate and by a majority of two", "by a majority of two and after a debate of five hours"),
    ("Rebuilding will cost 61 million crowns", "The rebuilding is to cost 61 million crowns"),
    ("who leads the Civic List and voted against", "leader of the Civic List, who voted against it"),
    ("Engineers who spoke at the meeting warned", "Engineers warned at the meeting"),
    ("were relieved that there was a decision at all", "said they were glad to have a decision"),
    ("If all goes to plan", "If everything goes well"),
]

BRIDGE_AND_COPIES = (
    Sample("original, long", article("Northfold Courier", "ashdown-bridge", _bridge.headline, _bridge.body), "new"),
    Sample(
        "excerpt, the first 3 paragraphs",
        article("Meridian Wire", "n2207", "Northfold to rebuild iron bridge", "\n\n".join(_bridge.paragraphs[:3])),
        "duplicate",
        BRIDGE,
        PART,
    ),
    Sample(
        "excerpt from the middle",
        article(
            "Harbour Gazette", "arches-by-barge", "Arches to travel by barge", "\n\n".join(_bridge.paragraphs[5:7])
        ),
        "duplicate",
        BRIDGE,
        PART,
    ),
    Sample(
        "edited copy, 6 phrases changed",
        article("Capital Ledger", "ashdown", "Ashdown Bridge will be rebuilt", edited(_bridge.body, BRIDGE_CHANGES)),
        "duplicate",
        BRIDGE,
        SAME,
    ),
    Sample(
        "copy between advertisements",
        article(
            "Larkspur Post",
            "bridge-vote",
            _bridge.headline,
            framed(
                _bridge.body,
                before=["ADVERTISEMENT"],
                inside="Article continues after this advertisement",
                after=[
                    "ADVERTISEMENT",
                    "Follow us on Facebook, X and Instagram",
                    "Click here to subscribe to our newsletter",
                ],
            ),
        ),
        "duplicate",
        BRIDGE,
        SAME,
    ),
)

BATTERY_AND_COPIES = (
    Sample("original", article("Capital Ledger", "voltane-greywater", _battery.headline, _battery.body), "new"),
    Sample(
        "exact copy",
        article("Meridian Wire", "n2214", "Voltane picks Greywater for recycling", _battery.body),
        "duplicate",
        BATTERY,
        SAME,
    ),
    Sample(
        "copy as a web page",
        article(
            "Tidewater Today",
            "voltane",
            _battery.headline,
            page(
                _battery.headline,
                _battery.paragraphs,
                "Tidewater Today",
                ["Lorry tolls to rise again", "Ten quiet beaches within an hour", "Foundry posts record loss"],
            ),
            contentType="text/html",
        ),
        "duplicate",
        BATTERY,
        SAME,
    ),
)

_fishing, _hospital, _composer = story("fishing"), story("hospital"), story("composer")
FISHING = uri("Tidewater Today", "fishing-talks")
HOSPITAL = uri("Larkspur Post", "night-of-the-bears")
COMPOSER = uri("Meridian Wire", "n2231")
OTHER_HEADLINES = (
    "Court lets island schools keep their own holidays",
    "Singer Mara Quill cancels tour two days after 'miracle' throat operation",
    "Coastrail and Hesk Radio join hands to train young announcers",
    "Growers' league calls ruling on hedges a victory for the valley",
    '"Welcome aboard...", says harbour master as first night train arrives after 12 years',
)

SEED_LIKE = Sample(
    "body twice, then a headline list",
    article(
        "Tidewater Today",
        "fishing-talks",
        _fishing.headline,
        "\n".join(
            [*_fishing.paragraphs, *_fishing.paragraphs, "You may also like\n", "\n\n".join(OTHER_HEADLINES), "\n\n"]
        ),
    ),
    "new",
    text=_fishing.body,
)

MESSY_TEXTS = (
    SEED_LIKE,
    Sample(
        "the same story, clean",
        article("Harbour Gazette", "middle-bank", "Middle Bank talks stall", _fishing.body),
        "duplicate",
        FISHING,
        SAME,
    ),
    Sample(
        "original as a web page",
        article(
            "Larkspur Post",
            "night-of-the-bears",
            _hospital.headline,
            page(
                _hospital.headline,
                _hospital.paragraphs,
                "Larkspur Post",
                ["Council to plant 4,000 limes", "Where to skate this winter", "Bus 6 gets a new route"],
            ),
            contentType="text/html",
        ),
        "new",
        text=_hospital.body,
    ),
    Sample(
        "copy of the web page as text",
        article("Northfold Courier", "ward-moves", "Children's ward moves house", _hospital.body),
        "duplicate",
        HOSPITAL,
        SAME,
    ),
    Sample(
        "original, accents and quotes", article("Meridian Wire", "n2231", _composer.headline, _composer.body), "new"
    ),
    Sample(
        "mojibake copy",
        article("Vantis Evening Star", "orpheon", mojibake(_composer.headline), mojibake(_composer.body)),
        "duplicate",
        COMPOSER,
        SAME,
    ),
)
