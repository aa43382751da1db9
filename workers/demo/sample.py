"""One record of the sample feed: what goes in, and what should become of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

Outcome = Literal["new", "update", "cancel", "duplicate", "rejected", "dead_letter"]

OUTLETS = {
    "Harbour Gazette": "https://harbourgazette.example/2026/",
    "Northfold Courier": "https://northfoldcourier.example/news/",
    "Capital Ledger": "https://capitalledger.example/a/",
    "Larkspur Post": "https://larkspurpost.example/",
    "Tidewater Today": "https://tidewatertoday.example/story/",
    "Vantis Evening Star": "https://eveningstar.example/vantis/",
    "Playfield": "https://playfield.example/match/",
    "Meridian Wire": "urn:newsml:meridianwire.example:20261124:",
    "河辺新報": "https://kawabe-shimpo.example/articles/",
    "港南タイムズ": "https://konan-times.example/n/",
    "临安湾晚报": "https://lananwan.example/wb/",
}


@dataclass(frozen=True, slots=True)
class Story:
    """A text of the folder stories/: the headline, then paragraphs, all separated by blank lines."""

    headline: str
    paragraphs: tuple[str, ...]

    @property
    def body(self) -> str:
        """The paragraphs as one text."""
        return "\n\n".join(self.paragraphs)


@cache
def story(name: str) -> Story:
    """Reads stories/<name>.txt."""
    text = (files("workers.demo") / "stories" / f"{name}.txt").read_text(encoding="utf-8")
    headline, *paragraphs = text.strip().split("\n\n")
    return Story(headline, tuple(paragraphs))


@dataclass(frozen=True, slots=True)
class Sample:
    """A record and its expected outcome.

    Attributes:
        what: what it is, for the person who reads the table.
        raw: the article, or the bytes of a record that is none.
        outcome: where it should end.
        of: the uri it copies, replaces or cancels; None where that is not checked.
        why: relations or reasons any of which is right; empty where that is not checked.
        text: the clean text it should have; None where that is not checked.
    """

    what: str
    raw: Mapping[str, Any] | bytes
    outcome: Outcome
    of: str | None = None
    why: tuple[str, ...] = ()
    text: str | None = None

    @property
    def value(self) -> bytes:
        """The value of the Kafka record."""
        return self.raw if isinstance(self.raw, bytes) else json.dumps(self.raw, ensure_ascii=False).encode()

    @property
    def source(self) -> str:
        """The outlet; "" where it cannot be read."""
        return "" if isinstance(self.raw, bytes) else str(self.raw.get("source", ""))

    @property
    def headline(self) -> str:
        """The headline; "" where there is none."""
        return "" if isinstance(self.raw, bytes) else str(self.raw.get("headline", ""))


def uri(source: str, slug: str) -> str:
    """The uri of an outlet's story."""
    return OUTLETS[source] + slug


def article(source: str, slug: str, headline: str, body: str, /, **more: Any) -> dict[str, Any]:
    """A raw article. `more` adds fields, and replaces them; None takes one out."""
    address = uri(source, slug)
    fields = {"uri": address, "url": address if address.startswith("https:") else None, "source": source}
    fields |= {"headline": headline, "body": body, "contentType": "text/plain", "language": "en"} | more
    return {name: value for name, value in fields.items() if value is not None}
