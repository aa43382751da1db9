"""What goes of the lines that an outlet repeats, and what stays whatever was learned."""

from dataclasses import replace

import pytest

from workers.article import RawArticle
from workers.cleaning import clean
from workers.cleaning.learned import Learned, find_learned, keys_in, lesson_of, line_key, may_be_learned
from workers.outcome import CleanText, Decision, Origin
from workers.prepare import RawRecord, Ready, prepare
from workers.rules import rules_of
from workers.settings import load

STORY = (
    "The harbour of Kestrel Bay reopened on Monday after three days of storm.",
    "Ferries to the islands run again from Tuesday, the harbour office said.",
    "The north quay stays closed, for the wall has to be looked at by divers.",
)
FOOTER = "Get the Kestrel app on your phone today"
RIGHTS = "This report belongs to the Kestrel Courier and to nobody else."
TOP = "Kestrel Courier | all about the harbour and its islands"
KNOWN = Learned(7, frozenset(map(line_key, [FOOTER, RIGHTS, TOP])))


def cleaned(*lines: str, learned: Learned = KNOWN, **more: object) -> CleanText:
    return clean(RawArticle("courier", "urn:a", "\n\n".join(lines), "text/plain", **more), learned=learned)  # type: ignore[arg-type]


def text(*lines: str) -> str:
    return "\n\n".join(lines)


def test_learned_lines_go_from_both_ends() -> None:
    """With evidence, and the version that they were learned in."""
    result = cleaned(TOP, *STORY, FOOTER, RIGHTS)
    assert result.text == text(*STORY)
    assert [(r.kind, r.text) for r in result.removed] == [("learned", line) for line in (TOP, FOOTER, RIGHTS)]
    assert result.lines == 7


def test_a_byline_goes_into_the_item() -> None:
    """Learned, it need not look like one at first sight, and may stand at the end."""
    for lines in ((*STORY, "By Adabrook"), ("From Ada Brook, Kestrel Bay", *STORY)):
        line = next(line for line in lines if line not in STORY)
        result = cleaned(*lines, learned=Learned(1, frozenset([line_key(line)])))
        assert (result.text, result.byline) == (text(*STORY), line.partition(" ")[2])
        assert [r.kind for r in result.removed] == ["byline"]
        assert cleaned(*lines).byline is None


def test_the_text_by_the_rules_is_kept() -> None:
    """By it an article is known again."""
    result = cleaned(*STORY, FOOTER)
    assert result.by_rules == text(*STORY, FOOTER)
    assert cleaned(*STORY).by_rules is None


@pytest.mark.parametrize(
    "lines",
    [
        (STORY[0], FOOTER, *STORY[1:]),
        (*STORY, FOOTER, "Divers go down on Friday"),
        ("What is happening now", *STORY),
        (*STORY, FOOTER, "— " * 3, FOOTER),
        STORY,
    ],
    ids=["in the middle", "with a line after it", "a sub-heading on top", "twice", "nowhere"],
)
def test_what_stays(lines: tuple[str, ...]) -> None:
    """In the middle the same words may be a sub-heading or a row of a table; what an article says twice is its own."""
    learned = Learned(1, KNOWN.lines | {line_key("What is happening now")})
    result = cleaned(*lines, learned=learned)
    assert FOOTER not in lines or FOOTER in result.text
    assert not [r for r in result.removed if r.kind == "learned"]


def test_the_rules_look_at_the_new_ends() -> None:
    """What stood above a learned line may be the outlet's name or a date at the end now."""
    result = cleaned(*STORY, "May 3, 2024", FOOTER)
    assert result.text == text(*STORY)
    assert {r.kind for r in result.removed} == {"learned", "date"}


def test_a_text_of_which_most_would_go_is_published_whole() -> None:
    """It is compared with others by what is its own, so that two walls are no copies of each other."""
    lines = (STORY[0], FOOTER, RIGHTS, TOP)
    result = cleaned(*lines)
    assert result.text == text(*lines)
    assert result.own == STORY[0]
    assert result.removed == ()


def test_nothing_learned_makes_an_article_too_short() -> None:
    """The rules alone reject; a short report with a long footer is published as it is."""
    short = cleaned("Ferries run again.", FOOTER)
    assert short.rejection is None
    assert short.text == text("Ferries run again.", FOOTER)


def test_a_text_of_learned_lines_alone_stays() -> None:
    result = cleaned(FOOTER, RIGHTS)
    assert (result.text, result.rejection) == (text(FOOTER, RIGHTS), None)
    assert result.own == text(FOOTER, RIGHTS)


@pytest.mark.parametrize(
    ("line", "may"),
    [
        ("Get the Kestrel app on your phone today", True),
        ("続きは会員登録をしてからご覧ください", True),
        ("…", True),
        ("* * *", True),
        ("By Ada Brook, Lagos", True),
        ("ADA BROOK", False),
        ("From Lagos", False),
        ("Mara Lindqvist in Kestrel Bay", False),
        ("(AFP)", False),
        ("Good day,", False),
        ("The mayor said:", False),
        ("“We go on”, said the office", False),
        ("3 - 1", False),
        ("x" * 701, False),
        ("The Kestrel Agency contributed to this report.", False),
        ("Reporting by Ada Brook and our office in Lagos", False),
        ("(mit Material der Nachrichtenagentur kna)", False),
    ],
)
def test_which_lines_may_be_learned(line: str, may: bool) -> None:
    assert may_be_learned(line) is may


def test_sentences_are_told_from_labels() -> None:
    """By the last bit of the key, which the script reads: they take more stories."""
    sentences = [
        RIGHTS,
        "彼は月曜日に辞任した。",
        "This post was paid for by somebody. It is not ours, whatever it says, and nobody who works here wrote it",
    ]
    labels = [
        FOOTER,
        "New episode! Listen to our show",
        "but struggling to get on? Join our school now for nothing.",
        "…",
    ]
    assert [line_key(line)[-1] & 1 for line in (*sentences, *labels)] == [1] * len(sentences) + [0] * len(labels)


def test_only_the_outermost_lines_are_taught() -> None:
    """Three from the top, if they are long, and eight from the end, each once; none that the article repeats."""
    lines = [f"Paragraph number {n} says a little about the harbour" for n in range(20)]
    assert list(keys_in(lesson_of(text(*lines)))) == [line_key(line) for line in [*lines[:3], *lines[-8:]]]
    assert list(keys_in(lesson_of(text(*lines[:2])))) == [line_key(line) for line in lines[:2]]
    assert line_key(FOOTER) not in set(keys_in(lesson_of(text(*lines, FOOTER, "x", FOOTER))))


def test_nothing_is_found_where_nothing_is_known() -> None:
    assert find_learned([*STORY, FOOTER], frozenset()) == {}


def ready(learned: Learned, *lines: str) -> Ready:
    body = "\\n\\n".join(lines)
    record = RawRecord(Origin("raw", 0, 0), None, f'{{"source": "courier", "body": "{body}"}}'.encode(), (), 0)
    made = prepare(record, rules_of(load()), learned)
    assert isinstance(made, Ready)
    return made


def test_an_article_is_known_again_whatever_was_learned_meanwhile() -> None:
    """Of its claim only the signature changes: text, core and beginnings are those by the rules."""
    before, after = (ready(learned, *STORY, FOOTER).claim for learned in (Learned(), KNOWN))
    assert before.signature != after.signature
    assert replace(after, signature=before.signature) == before
    assert after.signature == ready(Learned(), *STORY).claim.signature, "copies are found by what is published"


def test_removed_lines_are_taught_on() -> None:
    """Else they would be forgotten while they are still in use."""
    assert ready(KNOWN, *STORY, FOOTER).lesson == ready(Learned(), *STORY, FOOTER).lesson


def test_provenance_names_the_version() -> None:
    """Only where something was learned."""
    decision = Decision("new", "urn:a")
    assert b'"lines":7' in ready(KNOWN, *STORY).finish(decision, 0).value
    assert b'"lines"' not in ready(Learned(), *STORY).finish(decision, 0).value
