"""Cleaning beyond the cases: flashes, evidence, pages and their facts, hostile input, and what has no memory."""

import time
from dataclasses import replace

import pytest

from workers.article import RawArticle
from workers.cleaning import CLEANER_VERSION, CleaningSettings, clean
from workers.cleaning.edges import names_outlet, outlet_tail
from workers.cleaning.facts import Facts, read_facts
from workers.cleaning.layout import lines_of, unwrap
from workers.cleaning.phrases import TABLE, build_table, compiled, gates_of, key_of
from workers.cleaning.repeats import find_repeats
from workers.cleaning.tame import tame

STORY = (
    "The mayor of Port Varney resigned on Monday after the bridge report was published in full.",
    "Engineers had warned of the cracks three years ago, the report says on its first page.",
    "The council meets again on Thursday to choose who follows her until the election.",
)
PARAGRAPHS = "".join(f"<p>{p}</p>" for p in STORY)
HOSTILE_S = 2.0


def text(body: str, **fields: object) -> RawArticle:
    return replace(RawArticle("outlet-7", "urn:example:1", body, "text/plain"), **fields)  # type: ignore[arg-type]


def page(inner: str, head: str = "") -> RawArticle:
    markup = f"<!doctype html><html><head>{head}</head><body><article>{inner}</article></body></html>"
    return RawArticle("outlet-7", "urn:example:1", markup, "text/html")


def test_a_headline_alone_is_a_flash_when_urgent() -> None:
    """An empty body is no rejection when the article is urgent and has a headline."""
    flash = text(" ", headline="FLASH: Mayor resigns", urgency=1)
    assert clean(flash).rejection is None
    assert clean(flash).text == ""
    assert clean(replace(flash, urgency=4)).rejection == "boilerplate-only"
    assert clean(replace(flash, headline=None)).rejection == "boilerplate-only"
    assert clean(flash, CleaningSettings(flash_urgency=0)).rejection == "boilerplate-only"


def test_a_wall_is_no_flash() -> None:
    """A page that says only that it wants JavaScript is rejected, however urgent."""
    assert clean(text("Please enable JavaScript.", headline="Mayor resigns", urgency=1)).rejection == "boilerplate-only"


def test_too_short_is_a_setting() -> None:
    """The measures of too short come from the settings, for both kinds of script."""
    assert clean(text("The mayor resigned."), CleaningSettings(min_words=3)).rejection is None
    assert clean(text("市長が辞任した。"), CleaningSettings(min_unspaced_chars=5)).rejection is None


def test_what_goes_is_evidence() -> None:
    """Each removed span has its kind and its whole length, and its text shortened."""
    copyright_line = (
        "Copyright © 2024 The Varney Post. All rights reserved. " + "This material may not be published " * 5
    )
    removed = clean(text("\n".join([*STORY, copyright_line]))).removed
    assert [r.kind for r in removed] == ["copyright"]
    assert removed[0].chars == len(copyright_line.strip())
    assert removed[0].text == copyright_line[:160]


def test_nothing_is_remembered_between_articles() -> None:
    """The fifth delivery of a page comes out like the first."""
    once = clean(page(PARAGRAPHS))
    assert once.text == "\n\n".join(STORY)
    assert all(clean(page(PARAGRAPHS)) == once for _ in range(4))


def test_a_page_states_its_facts() -> None:
    """JSON-LD is believed before meta elements, and those before nothing."""
    head = """<html lang="en-GB"><script type="application/ld+json">{"@graph": [{"@type": "WebSite", "name": "x"},
    {"@type": ["NewsArticle"], "headline": "Mayor &amp; deputy resign", "author": [{"name": "Ada Brook"}, {"name": "Wei Zhang"}],
    "datePublished": "2024-05-03T10:00:00+02:00", "dateModified": "2024-05-03T09:30:00Z"}]}</script>
    <meta property="og:title" content="Another title"><meta name="author" content="Nobody">"""
    assert read_facts(head) == Facts(
        headline="Mayor & deputy resign",
        byline="Ada Brook, Wei Zhang",
        language="en-GB",
        first_created_us=1_714_723_200_000_000,
        version_created_us=1_714_728_600_000_000,
    )


def test_the_title_element_is_the_last_resort() -> None:
    """It loses the name of the site, which stands behind a bar or a dash."""
    assert (
        read_facts("<title>Mayor of Port Varney resigns | Varney Post</title>").headline
        == "Mayor of Port Varney resigns"
    )
    assert read_facts("<title>Mayor resigns &amp; leaves</title>").headline == "Mayor resigns & leaves"


def test_a_title_is_no_part_of_the_text() -> None:
    """Nor is the only main heading, where a fragment states no title: both are the headline."""
    for head in ("<title>Mayor resigns | Varney Post</title>", "<h1><a href='#'>Mayor <i>resigns</i></a></h1>"):
        cleaned = clean(RawArticle("outlet-7", "urn:example:1", head + PARAGRAPHS, "text/html"))
        assert (cleaned.headline, cleaned.text) == ("Mayor resigns", "\n\n".join(STORY))
    two = clean(RawArticle("outlet-7", "urn:example:1", "<h1>Monday</h1><h1>Tuesday</h1>" + PARAGRAPHS, "text/html"))
    assert two.headline is None
    assert two.text.startswith("Monday\n\nTuesday\n\n")


@pytest.mark.parametrize(
    "head",
    [
        '<script type="application/ld+json">{"@type": "NewsArticle", "headline": 7, "author": [[]], "datePublished": {}}</script>',
        '<script type="application/ld+json">{"@type"',
        '<script type="application/ld+json">' + "[" * 5_000 + "</script>",
        '<meta property="article:published_time" content="yesterday"><meta name="author" content="https://x.example/me">',
        '<meta property="article:published_time" content="2024-05-03 10:00">',
    ],
)
def test_a_fact_that_cannot_be_understood_is_not_stated(head: str) -> None:
    """Wrong types, broken JSON, times without a zone: as if the page had said nothing."""
    assert read_facts(head) == Facts()


HOSTILE = {
    "nested blocks": "<div>" * 20_000 + PARAGRAPHS + "</div>" * 20_000,
    "nested inline": "<i>" * 14_000 + PARAGRAPHS,
    "attributes": "<p " + " ".join(f'a{i}="<"' for i in range(50_000)) + ">" + PARAGRAPHS,
    "bare attributes": "<p" + " a" * 500_000 + ">" + PARAGRAPHS,
    "script": "<script>" + "x<y;" * 500_000 + "</script>" + PARAGRAPHS,
    "scripts that never end": PARAGRAPHS + "<script>" * 200_000,
    "control entities": PARAGRAPHS + "&#1;" * 300_000,
    "a control entity inside": PARAGRAPHS.replace("Monday", "Mon&#x1;day"),
    "a lone surrogate": PARAGRAPHS.replace("Monday", "Mon\ud800day"),
    "NULs": PARAGRAPHS.replace("o", "o\0"),
    "depth around one part": PARAGRAPHS.replace("<p>The", "<div>" * 300 + "<p>The", 1),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_page_gives_its_article(name: str) -> None:
    """What harms a parser is cut before it sees it, and the article comes out whole, in bounded time."""
    start = time.perf_counter()
    cleaned = clean(page(HOSTILE[name]))
    assert time.perf_counter() - start < HOSTILE_S
    assert cleaned.text == "\n\n".join(STORY)


@pytest.mark.parametrize(
    "inner",
    ["line of text<br>" * 100_000, "<p>Again the same words.</p>" * 120_000, "<a" * 1_000_000 + ">", "word " * 600_000],
    ids=["breaks", "paragraphs", "tags that never end", "one huge text"],
)
def test_a_page_too_big_to_parse_is_unsafe(inner: str) -> None:
    """What would take a parser longer than two seconds is rejected with its reason."""
    start = time.perf_counter()
    assert clean(page(inner)).rejection == "unsafe-page"
    assert time.perf_counter() - start < HOSTILE_S


def test_tags_too_deep_are_dropped_and_their_text_stays() -> None:
    """Two hundred levels are kept, what is deeper loses its tags."""
    tamed = tame("<b>" * 300 + "x" + "</b>" * 300)
    assert tamed is not None
    assert tamed.count("<b>") == tamed.count("</b>") == 200
    assert "x" in tamed


def test_quoted_angle_brackets_do_not_hide_attributes() -> None:
    """A tag with too many attributes is bared even when they hold angle brackets."""
    assert tame("<p " + 'a="<>" ' * 200 + ">x</p>") == "<p>x</p>"


def test_poems_are_not_unwrapped() -> None:
    """Lines that begin with capitals are not the broken lines of a paragraph."""
    poem = "\n".join(["The ferry left at seven, and the harbour", "Was grey with rain, and no one waved goodbye"] * 6)
    assert unwrap(poem) == poem


def test_white_space_of_all_kinds_collapses() -> None:
    """Tabs, no-break and wide spaces become one space; blank lines go."""
    assert lines_of("a\u00a0 b\t\n \n\u3000c") == ["a b", "c"]


def test_keys_forget_decoration_and_case() -> None:
    """What stands round a phrase does not matter, what stands in it does."""
    assert key_of("— READ ALSO: —") == key_of("read also")
    assert key_of("(c) 2024 Varney Post") == "© 2024 varney post"
    assert key_of("(c) and the establishment") == "c) and the establishment"
    assert key_of("DON’T MISS") == "don't miss"


def test_a_phrase_may_begin_with_a_wildcard_and_is_found_by_its_end() -> None:
    """Languages that put the verb last need wildcards in front."""
    table = build_table({"xx": {"promo": ["* read it here"]}})
    assert table.kind_of_key("the whole story: read it here") == "promo"
    assert table.kind_of_key("one two three four five six read it here") is None


def test_a_phrase_needs_a_beginning() -> None:
    """A wildcard after one character would be tried on every line."""
    with pytest.raises(ValueError, match="first wildcard"):
        gates_of("(a|b)* new")


def test_every_phrase_compiles() -> None:
    """Expressions are compiled when first asked for, so a broken one has to be found here."""
    opened = [e for gates in (TABLE.gates, TABLE.endings) for found in gates.values() for _, e in found]
    assert all(compiled(e) for e in (*opened, *TABLE.pointers.values()))
    assert "" not in TABLE.literal
    assert all(len(gate) >= 2 for gate in TABLE.gates)


def test_an_outlet_is_told_by_the_record() -> None:
    """The glued name of the outlet is cut only when the record calls it so."""
    line = "He left the burning house. Varney Post"
    assert outlet_tail(line, "varney post") == len("He left the burning house.")
    assert outlet_tail(line, "harbour herald") is None


def test_repeats_in_runs_take_their_short_lines_along() -> None:
    """A sub-heading between two repeated paragraphs belongs to the copy."""
    body = [STORY[0], "What next", STORY[1]]
    assert find_repeats([*body, STORY[2], *body]) == dict.fromkeys((4, 5, 6), "repeat")


def test_a_byline_on_top_becomes_a_fact() -> None:
    """A byline is no part of the text, but it is not lost either."""
    cleaned = clean(text("\n".join(["By Ada Okoro, Lagos", *STORY])))
    assert cleaned.text == "\n\n".join(STORY)
    assert cleaned.byline == "Ada Okoro, Lagos"


def test_generic_words_name_no_outlet() -> None:
    """An outlet called something News does not own every last line about news."""
    assert not names_outlet("News conference later", "ABC (Web News)")
    assert names_outlet("Varney News Online", "Varney News")


def test_the_version_is_a_word() -> None:
    """It stands in provenance."""
    assert CLEANER_VERSION.isalnum()
