"""Prepares the records of a batch: plain text here, in the worker's thread, web pages in child processes meanwhile.

A bug costs the record that meets it, not the wire: an exception is tried once more and then makes a dead letter; a record
at which the process dies again and again is given up (blame.py); a page that a parser cannot stand costs its child
(page_pool.py).
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Literal, TypeVar

import structlog

from workers.article import RawArticle
from workers.blame import Blame
from workers.cleaning.learned import NOTHING, Learned
from workers.cleaning.page import Page
from workers.outcome import Origin, OutputRecord
from workers.page_pool import PagePool, PageProcessFailed
from workers.prepare import RawRecord, Ready, dead_letter, make_ready, page_to_read, understand
from workers.rules import rules_of
from workers.settings import Settings

log = structlog.get_logger("newswire.preparer")

_T = TypeVar("_T")
Begun = tuple[RawArticle | OutputRecord, Future[Page] | None]
"""What a record was understood as, and its page, which is being read."""
PageEnd = Literal["read", "unsafe", "bug"]
LearnedOf = Callable[[Origin, str], Learned]


class Preparer:
    """What one worker prepares its records with; `count_page` is told of each web page how reading it ended."""

    def __init__(
        self, settings: Settings, blame: Blame, count_page: Callable[[PageEnd], None] = lambda _: None
    ) -> None:
        self._rules, self._blame, self._count_page = rules_of(settings), blame, count_page
        self._pages = PagePool(settings.page_processes, settings.page_cpu_s, settings.page_memory_bytes)

    def close(self) -> None:
        """Ends the processes that read pages."""
        self._pages.close()

    def prepare_all(self, records: Sequence[RawRecord]) -> list[Ready | OutputRecord]:
        """What each record comes to by the rules alone, in order; pages of the batch are read at the same time."""
        return self.finish_all(records, self.begin_all(records), lambda _origin, _source: NOTHING)

    def begin_all(self, records: Sequence[RawRecord]) -> list[Begun]:
        """Understands the records, and has their pages read meanwhile."""
        begun = [self._begin(record) for record in records]
        self._blame.end()
        return begun

    def finish_all(
        self, records: Sequence[RawRecord], begun: Sequence[Begun], learned: LearnedOf
    ) -> list[Ready | OutputRecord]:
        """What each record comes to, in order; `learned` tells what counts for a record of a source."""
        prepared = [self._finish(r, a, page, learned) for r, (a, page) in zip(records, begun, strict=True)]
        self._blame.end()
        return prepared

    def _begin(self, record: RawRecord) -> Begun:
        if self._blame.is_given_up(record.origin):
            log.error("record given up", origin=str(record.origin), because="the worker died at it again and again")
            message = "the worker died at this record again and again"
            return dead_letter(record, "internal-error", message, self._rules), None
        article = self._guarded(record, lambda: understand(record, self._rules))
        markup = page_to_read(article) if isinstance(article, RawArticle) else None
        return article, None if markup is None else self._pages.submit(markup, str(record.origin))

    def _finish(
        self, record: RawRecord, article: RawArticle | OutputRecord, page: Future[Page] | None, learned: LearnedOf
    ) -> Ready | OutputRecord:
        if not isinstance(article, RawArticle):
            return article
        if page and isinstance(failure := page.exception(), PageProcessFailed):
            raise failure  # no fault of this record: nothing is skipped
        if page:
            self._count_page("bug" if page.exception() else "unsafe" if page.result().unsafe else "read")
        known = learned(record.origin, article.source)
        return self._guarded(
            record, lambda: make_ready(record, article, self._rules, page.result() if page else None, known)
        )

    def _guarded(self, record: RawRecord, step: Callable[[], _T]) -> _T | OutputRecord:
        self._blame.begin(record.origin)
        for last in (False, True):
            try:
                return step()
            except Exception as e:  # a bug costs one dead letter and an alarm, not the wire
                log.exception("internal error", origin=str(record.origin), given_up=last)
                error = e
        message = f"{type(error).__name__} in this program; its log has the traceback"
        return dead_letter(record, "internal-error", message, self._rules)
