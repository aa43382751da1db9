"""What has to hold for any bytes: the targets of `make fuzz`, which tests/properties/test_fuzz_cases.py holds to what was found.

Each takes bytes and raises Broken where a law does: nothing is raised but what a dead letter is made of, cleaning what was
cleaned changes nothing, no letter comes in, and time is bounded.
"""

import time
import unicodedata
from collections.abc import Callable

from workers.article import RawArticle
from workers.cleaning import clean, markup_of
from workers.cleaning.page import Page, read_page
from workers.decode import decode as decode_bytes
from workers.encode import build_item, prepare
from workers.errors import DeadLetterError
from workers.ninjs import is_valid_item
from workers.outcome import CleanText

MAX_CPU_S = 4.0
"""Processor time of one input of MAX_BYTES at most, with counters in every branch, which makes it some five times slower."""
MAX_BYTES = 16_384
OUTPUT_MAX_BYTES = 16 << 20


class Broken(AssertionError):
    """A law does not hold for this input."""


def decode(data: bytes) -> None:
    """An article, which makes a valid item, or a dead letter; never anything else."""
    began = time.process_time()
    try:
        article = decode_bytes(data)
    except DeadLetterError as e:
        demand(len(str(e)) <= 500, "the message is too long for its header")
    else:
        cleaned = CleanText(article.body)
        demand(is_valid_item(build_item(article, cleaned)), "the item is not ninjs")
        try:
            prepare(article, cleaned, OUTPUT_MAX_BYTES)
        except DeadLetterError as e:
            demand(e.reason == "too-large", f"the article became a dead letter late: {e.reason}")
    demand_time(began)


def text(data: bytes) -> None:
    """Plain text: done after once, and no letter more than there was, in the same order."""
    body = data.decode("utf-8", "replace")
    once = cleaned_in_time(article_of(body, "text/plain"))
    if once.text and once.rejection is None:
        again = clean(article_of(once.text, "text/plain")).text
        demand(again == once.text, f"cleaned again it is another text: {again[:200]!r}")
    if body.isascii() and "&" not in body:
        demand(is_subsequence(letters(once.text), letters(body)), "a letter came in, or two changed places")


def page(data: bytes) -> None:
    """A web page, read in this process: nothing is raised, and each paragraph stands in the page, letter by letter.

    Of a page that is broken enough the extractor gives a paragraph twice, so the whole is not compared.
    """
    article = article_of(data.decode("utf-8", "replace"), "text/html")
    began = time.process_time()
    read = read_page(markup_of(article) or "")
    demand_time(began)
    once = cleaned_in_time(article, read)
    if once.text and once.rejection is None:
        again = clean(article_of(once.text, "text/plain")).text
        demand(again == once.text, f"cleaned again it is another text: {again[:200]!r}")
    if article.body.isascii() and "&" not in article.body and "\\" not in article.body:
        there = letters(article.body)
        for line in once.text.split("\n\n"):
            demand(is_subsequence(letters(line), there), f"a letter came in, or two changed places: {line[:200]!r}")


TARGETS: dict[str, Callable[[bytes], None]] = {"decode": decode, "text": text, "page": page}


def article_of(body: str, content_type: str) -> RawArticle:
    return RawArticle("outlet-7", "urn:example:1", body, content_type)  # type: ignore[arg-type]


def cleaned_in_time(article: RawArticle, read: Page | None = None) -> CleanText:
    began = time.process_time()
    once = clean(article, page=read)
    demand_time(began)
    once.text.encode()
    demand(once.text == once.text.strip(), "white space round the text")
    demand(not once.text or all(once.text.split("\n\n")), "an empty paragraph")
    demand(unicodedata.is_normalized("NFC", once.text), "not NFC")
    demand(all(r.kind and r.chars >= len(r.text) > 0 for r in once.removed), "what was removed is no evidence")
    return once


def letters(text_: str) -> list[str]:
    return [c for c in text_ if c.isalnum()]


def is_subsequence(short: list[str], long: list[str]) -> bool:
    rest = iter(long)
    return all(letter in rest for letter in short)


def demand_time(began: float) -> None:
    took = time.process_time() - began
    demand(took < MAX_CPU_S, f"it took {took:.1f} s of processor time")


def demand(holds: bool, law: str) -> None:
    if not holds:
        raise Broken(law)
