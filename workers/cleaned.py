"""Cleans raw records without any server, one after the other, in order: what `newswire clean` does.

A web page costs only itself here too: it is read in the worker's bounded child processes (page_pool.py), ahead of the
records before it. What an article comes to is what the worker would make of it, as far as that needs no index.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass

import structlog

from workers.article import RawArticle
from workers.cleaning import CleaningSettings, clean, markup_of
from workers.cleaning.page import Page
from workers.decode import decode
from workers.errors import DeadLetterError
from workers.outcome import CleanText
from workers.page_pool import PagePool, PageProcessFailed
from workers.settings import Settings

log = structlog.get_logger("newswire.clean")

MAX_AHEAD = 64
MAX_AHEAD_BYTES = 32 << 20
"""Records that wait for a page are read ahead of it up to here."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """An article before and after cleaning; `page_text` is the text of its web page before any line of it was judged."""

    article: RawArticle
    text: CleanText
    page_text: str | None = None


@dataclass(frozen=True, slots=True)
class _Begun:
    article: RawArticle | DeadLetterError
    page: Future[Page] | None
    size: int

    @property
    def is_ready(self) -> bool:
        return self.page is None or self.page.done()


class Cleaner:
    """Cleans records; `close` ends the processes that read pages."""

    def __init__(self, settings: Settings) -> None:
        self._rules = CleaningSettings(settings.min_words, settings.min_unspaced_chars, settings.flash_urgency)
        self._pages = PagePool(settings.page_processes, settings.page_cpu_s, settings.page_memory_bytes)

    def close(self) -> None:
        self._pages.close()

    def clean_all(self, records: Iterable[bytes]) -> Iterator[Cleaned | DeadLetterError]:
        """What each record comes to, in order, as soon as it and those before it are done.

        Raises:
            PageProcessFailed: no process could be started to read pages in.
        """
        waiting: deque[_Begun] = deque()
        for record in records:
            waiting.append(self._begin(record))
            while waiting and (waiting[0].is_ready or _is_full(waiting)):
                yield self._finish(waiting.popleft())
        while waiting:
            yield self._finish(waiting.popleft())

    def _begin(self, record: bytes) -> _Begun:
        try:
            article = decode(record)
        except DeadLetterError as e:
            return _Begun(e, None, len(record))
        markup = None if article.pub_status == "canceled" else markup_of(article)
        page = None if markup is None else self._pages.submit(markup, article.uri)
        return _Begun(article, page, len(record))

    def _finish(self, begun: _Begun) -> Cleaned | DeadLetterError:
        article = begun.article
        if isinstance(article, DeadLetterError):
            return article
        try:
            page = begun.page.result() if begun.page else None
            text = CleanText("") if article.pub_status == "canceled" else clean(article, self._rules, page)
        except PageProcessFailed:
            raise  # no fault of this record
        except Exception as e:  # a bug costs this record, as in the worker
            log.exception("internal error", uri=article.uri)
            return DeadLetterError("internal-error", f"{type(e).__name__} in this program")
        return Cleaned(article, text, page.text if page else None)


def _is_full(waiting: deque[_Begun]) -> bool:
    return len(waiting) >= MAX_AHEAD or sum(begun.size for begun in waiting) >= MAX_AHEAD_BYTES
