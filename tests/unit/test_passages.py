"""Shared passages and new ones, as `newswire why` quotes them."""

from workers.passages import figures, overlap

ORIGINAL = "The ferry left the harbour at nine and reached the island before the storm. Nobody was hurt on the way."


def test_the_same_text_is_one_shared_passage() -> None:
    both = overlap(ORIGINAL, ORIGINAL)
    assert [p.text for p in both.shared] == [ORIGINAL]
    assert (both.new, both.jaccard, both.containment, both.containment_of) == ((), 1, 1, 1)


def test_a_changed_word_parts_a_passage_and_is_quoted_as_new() -> None:
    both = overlap(ORIGINAL.replace("nine", "ten"), ORIGINAL)
    assert [p.text for p in both.new] == ["ten"]
    assert [p.text for p in both.shared] == [
        "and reached the island before the storm. Nobody was hurt on the way.",
        "The ferry left the harbour at",
    ]
    assert both.words - both.shared_words == 1


def test_an_excerpt_is_known_whole_and_holds_a_part() -> None:
    excerpt = ORIGINAL.split(". ", maxsplit=1)[0]
    both = overlap(excerpt, ORIGINAL)
    assert both.containment == 1
    assert 0 < both.containment_of < 0.8
    assert not both.new


def test_typography_case_and_layout_make_nothing_new() -> None:
    both = overlap("THE FERRY left\n\nthe harbour — at “nine”", "The ferry left the harbour at nine")
    assert not both.new


def test_scripts_without_spaces_are_compared_by_characters() -> None:
    before, after = (
        "台風が上陸し、多くの家が停電した。けが人はいない。",
        "台風が上陸し、多くの家が停電した。三人がけがをした。",
    )
    both = overlap(after, before)
    assert both.shared[0].text == "台風が上陸し、多くの家が停電した。"
    assert any("三人" in p.text for p in both.new)


def test_texts_without_words_share_nothing() -> None:
    assert figures("…", ORIGINAL) == (0, 0, 0)
    assert overlap("", ORIGINAL).words == 0
