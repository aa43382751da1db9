"""Laws of cleaning, on whatever text: it never raises, is done after once, adds no word and keeps the order."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.article import RawArticle
from workers.cleaning import clean
from workers.cleaning.chrome import kind_of
from workers.cleaning.tame import tame

ANY = st.text(st.characters(), max_size=400)
PIECES = st.sampled_from(
    "Share this:|Twitter|READ ALSO: Ferry fares to rise|You may also like|ADVERTISEMENT|Related|■関連記事|・港の浚渫|市長は辞任した。■関連記事・港の浚渫|【関連リンク】"
    "|The mayor resigned on Monday after the bridge report was published.|She spoke for two minutes.|Ferry fares to rise"
    "|市議会は木曜日に再び開かれ、後任を選ぶ予定だ。|May 3, 2024|By Ada Brook|&amp;amp;lt;|&#1;|â€œ|é|\u200b|\u200d|\x85|\x00|\ud800"
    "|We use cookies. Accept all. Log in.|Subscribe now. Cancel anytime. Log in.|<p>|</div>|<script>|<!--|- |“|\n|\n\n| |\t".split(
        "|"
    )
)
MIXED = st.lists(PIECES, max_size=30).map("\n".join) | st.lists(PIECES | ANY, max_size=20).map("".join)
WORD = re.compile(r"\w+")
PROSE = st.lists(
    st.lists(
        st.sampled_from("harbour ferry council bridge rain mayor Thursday engineers quay report".split()),
        min_size=9,
        max_size=30,
    ),
    min_size=1,
    max_size=8,
    unique_by=tuple,
).map(lambda ps: [f"The {' '.join(p)}." for p in ps])


def article(body: str, content_type: str = "text/plain", **more: str) -> RawArticle:
    return RawArticle("outlet-7", "urn:example:1", body, content_type, **more)  # type: ignore[arg-type]


def is_subsequence(short: list[str], long: list[str]) -> bool:
    rest = iter(long)
    return all(word in rest for word in short)


@given(MIXED, st.sampled_from(["text/plain", "text/html"]))
def test_never_raises(body: str, content_type: str) -> None:
    """Whatever the body, the result is text in paragraphs that any consumer can encode."""
    cleaned = clean(article(body, content_type))
    cleaned.text.encode()
    assert cleaned.text == cleaned.text.strip()
    assert all(cleaned.text.split("\n\n")) or cleaned.text == ""
    assert unicodedata.is_normalized("NFC", cleaned.text)


@given(MIXED)
def test_cleaning_what_was_cleaned_changes_nothing(body: str) -> None:
    """Idempotent: nothing is left to strike."""
    once = clean(article(body))
    if once.text:
        assert clean(article(once.text)).text == once.text


@given(MIXED)
def test_the_same_article_gives_the_same_text(body: str) -> None:
    """Pure: no clock, no chance, no memory."""
    assert clean(article(body)) == clean(article(body))


@given(st.lists(PIECES.filter(lambda p: p.isascii() and "&" not in p and p.isprintable()), max_size=25).map("\n".join))
def test_adds_no_word_and_keeps_the_order(body: str) -> None:
    """The words that come out stood in the article, in this order."""
    assert is_subsequence(WORD.findall(clean(article(body)).text), WORD.findall(body))


@given(PROSE)
def test_prose_comes_back_unchanged(paragraphs: list[str]) -> None:
    """Text without artefacts keeps every letter."""
    cleaned = clean(article("\n".join(paragraphs)))
    assert cleaned.text == "\n\n".join(paragraphs)
    assert cleaned.removed == ()


@pytest.mark.parametrize(
    "alphabet", ["कखगपबमरलसहाीुे", "ابتجحدرسطعقلمنهوي", "абвгдежзиклмнопрстуя", "가나다라마바사아자차", "abcdeéèßüñ"]
)
@given(st.data())
def test_prose_of_other_scripts_comes_back_unchanged(alphabet: str, data: st.DataObject) -> None:
    """Nor does a script without capitals lose a letter."""
    word = st.text(alphabet, min_size=2, max_size=9)
    sentence = st.lists(word, min_size=9, max_size=20, unique=True).map(lambda words: " ".join(words) + ".")
    paragraphs = data.draw(st.lists(sentence, min_size=1, max_size=6, unique=True))
    cleaned = clean(article("\n".join(paragraphs)))
    assert cleaned.text == unicodedata.normalize("NFC", "\n\n".join(paragraphs))
    assert cleaned.removed == ()


@given(
    st.lists(
        st.text("市長橋港船雨川町議会は予定だと話した", min_size=24, max_size=80), min_size=1, max_size=5, unique=True
    )
)
def test_prose_without_spaces_comes_back_unchanged(sentences: list[str]) -> None:
    """Nor a script without spaces."""
    paragraphs = [f"{s}。" for s in sentences]
    assert clean(article("\n".join(paragraphs))).text == "\n\n".join(paragraphs)


@given(MIXED)
def test_whatever_goes_is_evidence(body: str) -> None:
    """A removed span has a kind and a length, and its text is the beginning of what stood there."""
    for r in clean(article(body)).removed:
        assert r.kind
        assert r.chars >= len(r.text) > 0


@given(ANY)
def test_any_line_has_a_kind_or_none(line: str) -> None:
    """Judging a line never fails."""
    if squeezed := " ".join(line.split()):
        kind = kind_of(squeezed)
        assert kind is None or kind


@given(
    st.lists(
        st.sampled_from(["<b>", "</b>", "<p a='1'>", "x", "<", ">", '"', "<script>", "</script>", "<!--", "-->", " ="]),
        max_size=40,
    )
)
def test_taming_is_done_after_once_or_cuts_more(parts: list[str]) -> None:
    """A tamed page is never longer than the page."""
    markup = "".join(parts)
    tamed = tame(markup)
    assert tamed is not None
    assert len(tamed) <= len(markup)
