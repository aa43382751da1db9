"""From the bytes of one raw record to what can be claimed and published: all that may fail on content happens here.

Pure: same record, same result. What comes out is either ready for the index, or already an output record (a dead
letter, or a test item, about which the index is never asked).
"""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from workers import decode, encode
from workers.article import RawArticle
from workers.claim import Claim
from workers.cleaning import CLEANER_VERSION, CleaningSettings, clean, markup_of
from workers.cleaning.learned import NOTHING, Learned, lesson_of
from workers.cleaning.page import Page
from workers.errors import DeadLetterError
from workers.outcome import CleanText, DeadLetterReason, Decision, Origin, OutputRecord
from workers.shingles import fold
from workers.signature import SIGNATURE_VERSION, sign

UNCHECKED = "unchecked"
"""`dedup.method` of an article that was published while the index was away."""
MAX_LEAD_OVER_ARRIVAL_S = 3_600.0
"""A versionCreated may lead the arrival by this much at most: sources' clocks lie."""
CORE_SHARE = 0.6
"""Running text is this share of a text at least, or the text is judged as a whole (tables, lists, live pages)."""
CORE_PARAGRAPH_CHARS = 40
LEAD_CHARS, LEADS = 40, 7

_UNSAID = dict.fromkeys(map(ord, " \t\n\u00a0\"'`\u2018\u2019\u201c\u201d\u201e\u00ab\u00bb\u2039\u203a"))
_FIGURE = re.compile(r"\S*\d\S*")
_SENTENCE_END = re.compile(r"[.!?…。！？।؟۔︒][\"'”’»)\]」』）]*$")


@dataclass(frozen=True, slots=True)
class RawRecord:
    """One record of the raw topic. `timestamp_ms` is the broker's."""

    origin: Origin
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]
    timestamp_ms: int

    @property
    def size(self) -> int:
        return len(self.value or b"") + len(self.key or b"") + sum(len(k) + len(v or b"") for k, v in self.headers)


@dataclass(frozen=True, slots=True)
class Rules:
    """The settings on which preparing depends."""

    cleaning: CleaningSettings
    window_by: Literal["arrival", "versionCreated"]
    output_record_max_bytes: int
    dead_letter_max_bytes: int


@dataclass(frozen=True, slots=True)
class Ready:
    """An article that is ready for its claim; `finish` cannot fail on content any more."""

    record: RawRecord
    claim: Claim
    item: encode.Prepared
    source: str
    lesson: bytes
    """The lines that its source may be found to repeat (cleaning/learned.py)."""

    def finish(self, decision: Decision, published_us: int) -> OutputRecord:
        """The output record for the answer of the index."""
        return _finish(self.record, self.item, decision, published_us)


def prepare(record: RawRecord, rules: Rules, learned: Learned = NOTHING) -> Ready | OutputRecord:
    """Decodes, cleans, signs and builds the item.

    Raises:
        Exception: only by a bug; the caller tries once more and then dead-letters the record as `internal-error`.
    """
    article = understand(record, rules)
    return make_ready(record, article, rules, learned=learned) if isinstance(article, RawArticle) else article


def understand(record: RawRecord, rules: Rules) -> RawArticle | OutputRecord:
    """The raw article, or the dead letter that the record becomes."""
    try:
        return decode.decode(record.value)
    except DeadLetterError as e:
        return dead_letter(record, e.reason, str(e), rules)


def page_to_read(article: RawArticle) -> str | None:
    """The web page that has to be read before `make_ready`; None for plain text, and for what is not published."""
    return None if article.pub_status == "canceled" else markup_of(article)


def make_ready(
    record: RawRecord,
    article: RawArticle,
    rules: Rules,
    page: Page | None = None,
    learned: Learned = NOTHING,
) -> Ready | OutputRecord:
    """Cleans, signs and builds the item.

    `page` is what became of the article's `page_to_read`, if it was read before; `learned` what its source repeats.
    """
    canceled = article.pub_status == "canceled"
    cleaned = CleanText("") if canceled else clean(article, rules.cleaning, page, learned)
    try:
        item = encode.prepare(article, cleaned, rules.output_record_max_bytes)
    except DeadLetterError as e:
        return dead_letter(record, e.reason, str(e), rules)
    if article.is_test:
        decision = Decision("rejected", story=article.uri, reason="test")
        return _finish(record, item, decision, record.timestamp_ms * 1_000)
    lesson = b"" if cleaned.rejection else lesson_of(cleaned.text if cleaned.by_rules is None else cleaned.by_rules)
    return Ready(record, _claim(record, article, cleaned, rules), item, article.source, lesson)


def dead_letter(record: RawRecord, reason: DeadLetterReason, message: str, rules: Rules) -> OutputRecord:
    """The record's bytes, untouched, with the reason why they could not be understood."""
    return encode.dead_letter(
        reason,
        message,
        record.origin,
        record.key,
        record.value,
        record.headers,
        record.timestamp_ms,
        rules.dead_letter_max_bytes,
    )


def _finish(record: RawRecord, item: encode.Prepared, decision: Decision, published_us: int) -> OutputRecord:
    return encode.finish(
        item, decision, record.origin, record.headers,
        received_us=record.timestamp_ms * 1_000, published_us=published_us, method=SIGNATURE_VERSION if decision.checked else UNCHECKED, cleaner=CLEANER_VERSION,
    )  # fmt: skip


def _claim(record: RawRecord, article: RawArticle, cleaned: CleanText, rules: Rules) -> Claim:
    """It is known again by its text by the rules alone, so that what is learned later makes no update of a re-scrape."""
    arrival_s = record.timestamp_ms / 1_000
    headline = article.headline or cleaned.headline or ""
    text = (cleaned.text if cleaned.by_rules is None else cleaned.by_rules) or headline  # a flash is its headline
    own = (cleaned.text if cleaned.own is None else cleaned.own) or headline
    return Claim(
        offset=record.origin.offset,
        uri=article.uri,
        status=article.pub_status,
        version=article.version.key if article.version else "",
        created_us=-1 if article.version_created_us is None else article.version_created_us,
        arrival_s=arrival_s,
        window_time_s=_window_time_s(article, arrival_s, rules),
        reject=cleaned.rejection,
        record=_hash(record.value or b""),
        uri_hash=hashlib.sha1(article.uri.encode(), usedforsecurity=False).digest()[:8],  # as the script can do it too
        raw=_hash((article.body if article.body.strip() else headline).encode("utf-8", "surrogatepass")),
        text=_hash(text.encode()),
        core=core_hash(text),
        headline=_hash(headline.encode("utf-8", "surrogatepass"), 4),
        beginnings=_beginnings(text),
        source=_hash(article.source.encode("utf-8", "surrogatepass"), 4),
        signature=sign(own if article.pub_status != "canceled" and not cleaned.rejection else ""),
    )


def _window_time_s(article: RawArticle, arrival_s: float, rules: Rules) -> float:
    if rules.window_by == "arrival" or article.version_created_us is None:
        return arrival_s
    return min(article.version_created_us / 1_000_000, arrival_s + MAX_LEAD_OVER_ARRIVAL_S)


def core_hash(text: str) -> bytes:
    """A hash of what an article says, apart from what a site puts round it (headlines, credits, links).

    That is its running text, paragraphs that end like sentences, without case, space and quotation marks; and the figures
    of all its other lines, because a score or a count of the dead may stand in one. Eight zero bytes where running text
    is not most of the text.
    """
    core: list[str] = []
    frame: list[str] = []
    for paragraph in text.split("\n\n"):
        is_core = len(paragraph) >= CORE_PARAGRAPH_CHARS and _SENTENCE_END.search(paragraph, max(0, len(paragraph) - 8))
        (core if is_core else frame).append(paragraph)
    if sum(map(len, core)) < CORE_SHARE * len(text) or not core:
        return bytes(8)
    figures = [figure for line in frame for figure in _FIGURE.findall(line)]
    said = unicodedata.normalize("NFKC", "\n".join(core)).casefold().translate(_UNSAID)
    return _hash(" ".join([said, *figures]).encode("utf-8", "surrogatepass"))


def _beginnings(text: str) -> bytes:
    """4 bytes a beginning of 40, 80, 160 ... letters and digits; zeros where the text is shorter. See is_shortened in Lua."""
    folded = fold(text[: 3 * LEAD_CHARS << (LEADS - 1)])
    sizes = [4 * LEAD_CHARS << n for n in range(LEADS)]
    return b"".join(_hash(folded[:size], 4) if len(folded) >= size else bytes(4) for size in sizes)


def _hash(data: bytes, size: int = 8) -> bytes:
    return hashlib.blake2b(data, digest_size=size).digest()
