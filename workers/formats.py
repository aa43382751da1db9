"""Which versions of this program may share an index and a consumer group. docs/UPGRADE.md tells it to who runs them.

Law: INDEX_FORMAT goes up with every change of what is kept in Redis that a version before could misread: keys, packed records,
the JSON of a decision, and what is hashed into a record's or a uri's hash. OLDEST_FORMAT is the oldest that reads what this one
writes, and whose records this one reads; the newer one of two versions says so for both. An index without a mark is of format 1.
"""

import re
from collections.abc import Iterable

from workers import __version__
from workers.settings import Settings
from workers.signature import SIGNATURE_VERSION

INDEX_FORMAT = 1
OLDEST_FORMAT = 1

_FIRST_SIGNATURE = "fmh1-w3c5"
"""Of workers whose client id does not tell it."""
_CLIENT = re.compile(r"newswire-(?P<version>.+)\.index-(?P<format>\d+)\.(?P<signature>.+)")


def client_id() -> str:
    """How a worker is known as a member of its consumer group.

    >>> bool(_CLIENT.fullmatch(client_id()))
    True
    """
    return f"newswire-{__version__}.index-{INDEX_FORMAT}.{SIGNATURE_VERSION}"


def lengths(settings: Settings) -> str:
    """The settings that say in which keys a thing of a given time stands."""
    return " ".join(f"{name}={getattr(settings, name):.15g}" for name in ("window_s", "uri_state_s", "kill_state_s"))


def refusal(answer: str, settings: Settings) -> str | None:
    """What an error of the take-over script means, and the remedy; None for other errors."""
    code, _, detail = answer.partition(" ")
    own_index = "Give this one an index of its own: NEWSWIRE_INDEX_NAME"
    if code == "OTHERGROUP":
        return (
            f"the index {settings.index} belongs to the consumer group {detail}: two groups on one index "
            f"would take each other's articles for resends. {own_index}"
        )
    if code == "OTHERFORMAT":
        return (
            f"the index {settings.index} holds records of format {detail}, and this version ({__version__}) has format "
            f"{INDEX_FORMAT} and works beside {OLDEST_FORMAT} or later: one would misread the other. Start the version again that was here before, "
            f"or stop all its workers and begin without memory in an index of its own: NEWSWIRE_INDEX_NAME. See docs/UPGRADE.md"
        )
    if code == "OTHERLENGTHS":
        return (
            f"the index {settings.index} was made with {detail}, and this worker has {lengths(settings)}: it would not find what is known, "
            f"not even kills. Set them back ({', '.join(_variables(detail, settings))}), or stop all workers and begin without memory "
            "in an index of its own: NEWSWIRE_INDEX_NAME. See docs/UPGRADE.md"
        )
    return None


def _variables(theirs: str, settings: Settings) -> list[str]:
    ours = dict(pair.split("=") for pair in lengths(settings).split())
    return [
        f"NEWSWIRE_{name.upper()}={value}"
        for name, value in (p.split("=") for p in theirs.split())
        if ours[name] != value
    ]


def strangers(client_ids: Iterable[str]) -> list[str]:
    """The members of the group that this version must not work beside: they find articles by other signatures.

    >>> strangers([client_id()])
    []
    >>> strangers(["newswire-9.0.0.index-1.other"])
    ['newswire-9.0.0.index-1.other']
    """
    return sorted({member for member in client_ids if _signature_of(member) != SIGNATURE_VERSION})


def refusal_beside(members: Iterable[str], group: str) -> str | None:
    """Why this version must not start now; None if it may."""
    others = strangers(members)
    if not others:
        return None
    return (
        f"in the consumer group {group} work {', '.join(others)}, which know articles by another signature than this version "
        f"({SIGNATURE_VERSION}): neither finds copies of what the other has published. Stop all of them first (SIGTERM; each ends with "
        "status 0), then start this one. See docs/UPGRADE.md"
    )


def _signature_of(client: str) -> str:
    stated = _CLIENT.fullmatch(client)
    return stated["signature"] if stated else _FIRST_SIGNATURE
