"""The verdicts of docs/CONTRACT.md, rule by rule, as the script in a real Valkey decides them."""

import random
from collections.abc import AsyncIterator, Callable

import pytest

from tests.services.index_helper import DAY_S, T0_S, Desk
from workers.claims import RedisIndex
from workers.settings import Settings

_WORDS = "harbour council budget storm river vote minister bridge school market train union court harvest ferry museum".split()


def text(number: int, words: int = 120) -> str:
    """Running prose of its own: paragraphs of sentences, unlike that of every other number."""
    chance = random.Random(number)
    own = [f"{w}{chance.randrange(1000)}" for w in _WORDS]
    sentences = [" ".join(chance.choice(own) for _ in range(12)).capitalize() + "." for _ in range(words // 12)]
    return "\n\n".join(" ".join(sentences[i : i + 3]) for i in range(0, len(sentences), 3))


@pytest.fixture
async def desk(make_settings: Callable[..., Settings]) -> AsyncIterator[Desk]:
    settings = make_settings()
    index = RedisIndex(settings)
    yield await Desk(settings, index).take_over()
    await index.close()


async def test_a_new_article_is_new(desk: Desk) -> None:
    """Unlike anything: new, its own story, revision 1."""
    d = await desk.send(uri="urn:a", body=text(1))
    assert (d.verdict, d.story, d.of, d.revision) == ("new", "urn:a", None, 1)


async def test_copies_are_duplicates_of_their_original(desk: Desk) -> None:
    """Exact, edited, cut and under another source; relations say which, figures say how much."""
    body = text(1, 240)
    await desk.send(uri="urn:a", body=body)
    exact = await desk.send(uri="urn:b", source="other", body=body)
    words = body.split(" ")
    near = await desk.send(
        uri="urn:c", source="other", body=" ".join("changed" if n % 20 == 7 else w for n, w in enumerate(words))
    )
    excerpt = await desk.send(uri="urn:d", source="other", body="\n\n".join(body.split("\n\n")[:3]))
    assert [d.verdict for d in (exact, near, excerpt)] == ["duplicate"] * 3
    assert [d.relation for d in (exact, near, excerpt)] == ["exact", "near", "excerpt"]
    assert {d.of for d in (exact, near, excerpt)} == {"urn:a"}
    assert excerpt.containment == 1
    assert excerpt.containment_of is not None
    assert excerpt.containment_of < 0.6


async def test_resends_of_a_known_uri(desk: Desk) -> None:
    """Same body, same text in another dress, an earlier revision, a shortened beginning: resend each."""
    body = text(1)
    await desk.send(uri="urn:a", body=body)
    again = await desk.send(uri="urn:a", body=body)
    dressed = await desk.send(uri="urn:a", body=body.replace("\n\n", "\n") + "\n")
    revised = await desk.send(uri="urn:a", body=text(1) + "\n\n" + text(2, 36))
    earlier = await desk.send(uri="urn:a", body=body)
    teaser = await desk.send(uri="urn:a", body=body[:300] + "...")
    assert [d.relation for d in (again, dressed, earlier, teaser)] == ["resend"] * 4
    assert (revised.verdict, revised.relation, revised.revision, revised.of) == ("update", "revision", 2, "urn:a")


async def test_a_correction_is_an_update_and_never_a_copy(desk: Desk) -> None:
    """One word changed under a known uri."""
    body = text(1)
    await desk.send(uri="urn:a", body=body)
    d = await desk.send(uri="urn:a", body=body.replace(body.split()[20], "corrected", 1))
    assert (d.verdict, d.relation, d.revision) == ("update", "revision", 2)
    assert d.jaccard is not None
    assert d.jaccard > 0.8


async def test_chrome_round_a_known_article_is_no_update(desk: Desk) -> None:
    """Short lines that a site puts round its article change nothing."""
    body = text(1)
    await desk.send(uri="urn:a", body=body)
    d = await desk.send(uri="urn:a", body="Photo: City desk\n\n" + body + "\n\nMore on bridges and ferries")
    assert (d.verdict, d.relation) == ("duplicate", "resend")


async def test_versions(desk: Desk) -> None:
    """10 is newer than 9, a late 8 is stale, a newer version with a corrected headline is an update."""
    await desk.send(uri="urn:a", body=text(1), version="9", headline="Nine")
    ten = await desk.send(uri="urn:a", body=text(2), version=10, headline="Ten")
    late = await desk.send(uri="urn:a", body=text(3), version="8")
    again = await desk.send(uri="urn:a", body=text(2), version=11, headline="Ten")
    headline = await desk.send(uri="urn:a", body=text(2), version=12, headline="Twelve")
    assert (ten.verdict, ten.revision) == ("update", 2)
    assert (late.verdict, late.reason, late.of) == ("rejected", "stale-version", "urn:a")
    assert again.relation == "resend"
    assert headline.verdict == "update"


async def test_version_created_decides_where_versions_do_not(desk: Desk) -> None:
    """Older by versionCreated is stale; without either, arrival decides."""
    await desk.send(uri="urn:a", body=text(1), versionCreated="2026-05-02T10:00:00Z")
    stale = await desk.send(uri="urn:a", body=text(2), versionCreated="2026-05-02T09:00:00Z")
    newer = await desk.send(uri="urn:a", body=text(3))
    assert stale.reason == "stale-version"
    assert newer.verdict == "update"


async def test_a_kill_closes_its_uri_and_keeps_copies_out(desk: Desk) -> None:
    """Cancel once, resend after that, copies rejected, a late version rejected, a greater one reinstates."""
    await desk.send(uri="urn:a", body=text(1), version=1)
    kill = await desk.send(uri="urn:a", pubStatus="canceled", version=2)
    again = await desk.send(uri="urn:a", pubStatus="canceled", version=2)
    copy = await desk.send(uri="urn:b", source="other", body=text(1))
    back = await desk.send(uri="urn:a", body=text(1), version=2)
    reinstated = await desk.send(uri="urn:a", body=text(3), version=3)
    old_kill = await desk.send(uri="urn:a", pubStatus="canceled", version=2)
    assert (kill.verdict, kill.of) == ("cancel", "urn:a")
    assert (again.verdict, again.relation) == ("duplicate", "resend")
    assert (copy.verdict, copy.reason, copy.of) == ("rejected", "copy-of-canceled", "urn:a")
    assert back.reason == "copy-of-canceled"
    assert (reinstated.verdict, reinstated.relation) == ("update", "reinstated")
    assert old_kill.reason == "stale-version"


async def test_every_revision_of_a_killed_uri_is_kept_out(desk: Desk) -> None:
    """A copy of the first version is as dead as one of the last."""
    await desk.send(uri="urn:a", body=text(1))
    await desk.send(uri="urn:a", body=text(2))
    await desk.send(uri="urn:a", pubStatus="canceled")
    for n in (1, 2):
        copy = await desk.send(uri=f"urn:copy{n}", source="other", body=text(n))
        assert copy.reason == "copy-of-canceled"


async def test_a_kill_of_an_unknown_uri_is_published(desk: Desk) -> None:
    """And what comes late for it is not."""
    kill = await desk.send(uri="urn:a", pubStatus="canceled", version=5)
    late = await desk.send(uri="urn:a", body=text(1), version=4)
    assert (kill.verdict, kill.of) == ("cancel", None)
    assert late.verdict == "rejected"


async def test_withheld(desk: Desk) -> None:
    """Held back and let go: new. Withheld after publication: cancel, and let go again: reinstated."""
    held = await desk.send(uri="urn:a", body=text(1), pubStatus="withheld")
    released = await desk.send(uri="urn:a", body=text(1))
    pulled = await desk.send(uri="urn:a", body=text(1), pubStatus="withheld")
    back = await desk.send(uri="urn:a", body=text(1))
    assert held.reason == "withheld"
    assert [released.verdict, pulled.verdict, back.verdict] == ["new", "cancel", "update"]
    assert back.relation == "reinstated"


async def test_a_kill_without_version_is_obeyed_after_a_reinstatement(desk: Desk) -> None:
    """Where versions do not compare, what comes later counts: a kill most of all."""
    await desk.send(uri="urn:a", body=text(1), version=1)
    await desk.send(uri="urn:a", pubStatus="canceled", version=2)
    await desk.send(uri="urn:a", body=text(1), version=3)
    kill = await desk.send(uri="urn:a", pubStatus="canceled")
    assert kill.verdict == "cancel"


async def test_withheld_twice_keeps_the_count_of_revisions(desk: Desk) -> None:
    """What consumers have of a story is never overtaken by a smaller revision."""
    await desk.send(uri="urn:a", body=text(1))
    cancel = await desk.send(uri="urn:a", body=text(1), pubStatus="withheld")
    again = await desk.send(uri="urn:a", body=text(1), pubStatus="withheld")
    back = await desk.send(uri="urn:a", body=text(1))
    assert again.reason == "withheld"
    assert (cancel.revision, back.verdict, back.revision) == (2, "update", 3)


async def test_a_withheld_version_after_a_kill_does_not_stand_in_its_own_way(desk: Desk) -> None:
    """Killed, withheld as version 3, let go as version 3: reinstated."""
    await desk.send(uri="urn:a", body=text(1), version=1)
    await desk.send(uri="urn:a", pubStatus="canceled", version=2)
    await desk.send(uri="urn:a", body=text(3), version=3, pubStatus="withheld")
    back = await desk.send(uri="urn:a", body=text(3), version=3)
    assert (back.verdict, back.relation) == ("update", "reinstated")


async def test_copies_of_a_reinstated_text_are_copies_again(desk: Desk) -> None:
    """The same text is back on the wire: its copies are duplicates and not copies of a canceled article."""
    await desk.send(uri="urn:a", body=text(1), version=1)
    await desk.send(uri="urn:a", pubStatus="canceled", version=2)
    await desk.send(uri="urn:a", body=text(1), version=3)
    copy = await desk.send(uri="urn:b", source="b", body=text(1))
    assert (copy.verdict, copy.of) == ("duplicate", "urn:a")


async def test_figures_outside_the_running_text_count(desk: Desk) -> None:
    """A score or a count of the dead in a line of its own is news; so is a decimal point in a sentence."""
    body = text(1)
    await desk.send(uri="urn:a", body=body + "\n\nArsenal 2-1 Chelsea")
    score = await desk.send(uri="urn:a", body=body + "\n\nArsenal 2-2 Chelsea")
    await desk.send(uri="urn:b", body=text(2) + "\n\nThe debt of the city rose to 1.5 billion crowns last year.")
    point = await desk.send(uri="urn:b", body=text(2) + "\n\nThe debt of the city rose to 15 billion crowns last year.")
    assert (score.verdict, point.verdict) == ("update", "update")


async def test_paragraphs_withdrawn_from_the_middle_are_an_update(desk: Desk) -> None:
    """Only a shortened beginning is a teaser; a text with a piece taken out says something else."""
    paragraphs = text(1, 240).split("\n\n")
    await desk.send(uri="urn:a", body="\n\n".join(paragraphs))
    d = await desk.send(uri="urn:a", body="\n\n".join(paragraphs[:1] + paragraphs[4:6]))
    assert d.verdict == "update"


async def test_a_brief_is_not_judged_by_a_handful_of_hashes(desk: Desk) -> None:
    """A text that shares a phrase with a very long one is news of its own."""
    await desk.send(uri="urn:long", body="\n\n".join(text(n, 600) for n in range(30)))
    for n in range(40):
        shared = text(n % 30, 600).split("\n\n")[0]
        d = await desk.send(uri=f"urn:{n}", source="b", body=shared + "\n\n" + text(1_000 + n, 120))
        assert d.verdict == "new"


async def test_an_emptied_page_never_replaces_a_story(desk: Desk) -> None:
    """Rejected, and the story stands: a resend of it is a resend."""
    await desk.send(uri="urn:a", body=text(1))
    empty = await desk.send(uri="urn:a", body=" ")
    again = await desk.send(uri="urn:a", body=text(1))
    assert (empty.verdict, empty.reason, empty.of) == ("rejected", "boilerplate-only", "urn:a")
    assert again.relation == "resend"


async def test_write_thru_and_related(desk: Desk) -> None:
    """The same source goes on with its story: update. Another outlet quotes all of it in a longer piece: new, related."""
    body = text(1)
    await desk.send(uri="urn:a", body=body)
    longer = await desk.send(uri="urn:b", body=body + "\n\n" + text(2))
    quoting = await desk.send(uri="urn:c", source="other", body=text(3, 240) + "\n\n" + body + "\n\n" + text(2))
    killed = await desk.send(uri="urn:a", pubStatus="canceled")
    assert (longer.verdict, longer.relation, longer.of, longer.story, longer.revision) == (
        "update",
        "write-thru",
        "urn:a",
        "urn:a",
        2,
    )
    assert (quoting.verdict, quoting.relation, quoting.of) == ("new", "related", "urn:b")
    assert killed.family == ("urn:b",)


async def test_flashes(desk: Desk) -> None:
    """A headline alone, urgent: new; another one of the same uri updates it; the same from another outlet is a copy."""
    first = await desk.send(
        uri="urn:a", body="", urgency=1, headline="Bridge closed to all traffic after the storm, police say"
    )
    second = await desk.send(
        uri="urn:a", body="", urgency=1, headline="Bridge reopened to all traffic, the police say tonight"
    )
    other = await desk.send(
        uri="urn:b", source="b", body="", urgency=1, headline="Bridge reopened to all traffic, the police say tonight"
    )
    assert [first.verdict, second.verdict, other.verdict] == ["new", "update", "duplicate"]


async def test_the_window_is_left_by_time(desk: Desk) -> None:
    """A copy within 7 days is a duplicate, after that it is new; a resend of a known uri is still a resend."""
    await desk.send(T0_S, uri="urn:a", body=text(1))
    inside = await desk.send(T0_S + 6.9 * DAY_S, uri="urn:b", source="b", body=text(1))
    resend = await desk.send(T0_S + 8 * DAY_S, uri="urn:a", body=text(1))
    outside = await desk.send(T0_S + 8 * DAY_S, uri="urn:c", source="c", body=text(1))
    assert [inside.verdict, resend.relation, outside.verdict] == ["duplicate", "resend", "new"]


async def test_a_uri_that_was_a_copy_is_judged_anew(desk: Desk) -> None:
    """A duplicate whose text changes to real news is new."""
    await desk.send(uri="urn:a", body=text(1))
    await desk.send(uri="urn:b", source="b", body=text(1))
    d = await desk.send(uri="urn:b", source="b", body=text(2))
    assert d.verdict == "new"


async def test_a_shared_footer_does_not_merge_articles(desk: Desk) -> None:
    """Two stories that have half their words in common, under the same long notice, are two stories."""
    notice = text(99, 72)
    await desk.send(uri="urn:a", body=text(1, 84) + "\n\n" + notice)
    d = await desk.send(uri="urn:b", source="b", body=text(2, 84) + "\n\n" + notice)
    assert d.verdict == "new"
