"""The raw article as understood: what `decode` makes of the bytes of one record.

Everything here is already validated and normalised (docs/CONTRACT.md, section Raw article); nothing here has been cleaned.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

MAX_SOURCE_CHARS = 256
MAX_URI_CHARS = 2_048
MAX_TEXT_CHARS = 1_000_000
MAX_HTML_CHARS = 4_000_000

PubStatus = Literal["usable", "withheld", "canceled"]
ContentType = Literal["text/plain", "text/html"]


@dataclass(frozen=True, slots=True)
class Version:
    """A version as it compares: two of one kind order by `key`, two of different kinds do not compare.

    `shown` is what is given out in `item.version`. `key` begins with `i` for whole numbers and `s` for other
    strings; keys with the same first letter sort like the versions they stand for.
    """

    shown: str
    key: str


@dataclass(frozen=True, slots=True)
class RawArticle:
    """One raw article, decoded. Times are whole microseconds since 1970 in UTC; absent values are None."""

    source: str
    uri: str
    body: str
    content_type: ContentType
    pub_status: PubStatus = "usable"
    url: str | None = None
    headline: str | None = None
    byline: str | None = None
    slugline: str | None = None
    language: str | None = None
    urgency: int | None = None
    version: Version | None = None
    first_created_us: int | None = None
    version_created_us: int | None = None
    is_test: bool = False
    passed_through: Mapping[str, Any] = field(default_factory=dict)
    """Further ninjs 3.1 properties of the raw record that are valid there, by their ninjs names."""
    left_out: tuple[str, ...] = ()
    """Names of ninjs properties that were present but not valid, and so are not given out."""
