"""A list of other articles glued to the end of a paragraph, heading, bullets and all: where the line breaks were lost.

Only in scripts that write without spaces, and only after a heading in the marks of one ("■関連記事", "【相关阅读】"), because
there no sentence can look like it. Entries are headlines: where sentences follow each other after the heading, it stays.
"""

import re

from workers.cleaning.shape import BULLETS

MAX_LIST_CHARS = 1_500
MAX_UNMARKED_CHARS = 300
_NOUNS = "記事|リンク集?|サイト|ニュース|情報|動画|トピックス|ページ"
_CHINESE = "(?:相关|相關|延伸|推荐|推薦|拓展)(?:阅读|閱讀|新闻|新聞|报道|報導|報道|链接|連結|文章)"
_HEADING = re.compile(
    rf"(?:[■□◆◇▼▽●○▶►◎★]+ ?(?:関連(?P<plain>{_NOUNS})|{_CHINESE})"
    rf"|(?:【[^【】。]{{0,16}}|［|〔)(?:(?:関連|おすすめ|オススメ)(?P<boxed>{_NOUNS})|{_CHINESE}) ?[】］〕])"
    r"(?![のがはをにでともへやかなた、。]) ?"
)
_SENTENCE = re.compile(r"。(?![」』】）)\]］])")
_UNMARKED = frozenset({"記事", "リンク", "リンク集", "サイト", "ニュース"})


def may_hold_list(text: str) -> bool:
    """Is it worth looking for such a list in this text?"""
    return ("。" in text or "、" in text) and _HEADING.search(text) is not None


def list_start(line: str, *, is_last: bool) -> int | None:
    """Where such a list begins that fills the rest of the line, or None.

    >>> line = "市長は月曜日に辞任した。■関連記事・橋の報告書を公開・フェリーの運賃が値上げ"
    >>> line[: list_start(line, is_last=True)]
    '市長は月曜日に辞任した。'
    """
    for m in _HEADING.finditer(line):
        rest = line[m.end() :]
        marked = rest[:1] != "" and rest[0] in BULLETS
        unmarked = is_last and len(rest) <= MAX_UNMARKED_CHARS and (m["plain"] or m["boxed"]) in _UNMARKED
        if rest and len(rest) <= MAX_LIST_CHARS and (marked or unmarked) and not _SENTENCE.search(rest):
            return m.start()
    return None
