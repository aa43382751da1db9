"""Laws of learned lines, on whatever text and whatever was learned."""

from hypothesis import given
from hypothesis import strategies as st

from tests.properties.test_cleaning_properties import MIXED, WORD, article, is_subsequence
from workers.cleaning import clean
from workers.cleaning.learned import LINE_BYTES, Learned, keys_in, lesson_of, line_key

LABELS = [f"Get the {word} app on your phone today" for word in "red blue green white".split()]
ENDS = st.lists(st.sampled_from([*LABELS, "The rights belong to the outlet.", "…", "* * *", "May 3, 2024"]), max_size=5)
BODIES = st.tuples(ENDS, MIXED, ENDS).map(lambda parts: "\n".join([*parts[0], parts[1], *parts[2]]))


def learned_of(body: str, chosen: int) -> Learned:
    """Any of the lines that the body has, by the bits of a number: what could have been learned at worst."""
    lines = clean(article(body)).text.split("\n\n")
    return Learned(1, frozenset(line_key(line) for n, line in enumerate(lines) if chosen >> n % 32 & 1))


@given(BODIES, st.integers(0, 2**32 - 1))
def test_takes_whole_lines_from_the_ends_and_nothing_else(body: str, chosen: int) -> None:
    """What is left is a part of what the rules leave, in its order; nothing becomes empty, and nothing rejected."""
    by_rules, result = clean(article(body)), clean(article(body), learned=learned_of(body, chosen))
    assert result.rejection == by_rules.rejection
    assert bool(result.text) == bool(by_rules.text)
    assert is_subsequence(WORD.findall(result.text), WORD.findall(by_rules.text))
    assert (result.text if result.by_rules is None else result.by_rules) == by_rules.text


@given(BODIES, st.integers(0, 2**32 - 1))
def test_is_done_after_once(body: str, chosen: int) -> None:
    """By the same lines a text comes back as it is."""
    learned = learned_of(body, chosen)
    once = clean(article(body), learned=learned)
    if once.text and once.rejection is None:
        assert clean(article(once.text), learned=learned).text == once.text


@given(BODIES)
def test_a_lesson_is_short(body: str) -> None:
    """However long the article, at most eleven keys, none twice."""
    keys = list(keys_in(lesson_of(clean(article(body)).text)))
    assert len(keys) <= 11
    assert len(set(keys)) == len(keys)
    assert all(len(key) == LINE_BYTES for key in keys)
