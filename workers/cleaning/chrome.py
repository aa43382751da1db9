"""Says of one line whether it is site chrome, and of which kind. Whole lines only, never a word inside a sentence.

A line is chrome when a phrase stands for all of it, when each of its sentences is a phrase, when it points at another
article ("READ ALSO: ..."), or when it is a share bar, a breadcrumb trail, a time stamp or a credit by its form.
"""

import re

from workers.cleaning.phrases import BUTTONS, HEADING_KINDS, MAX_LITERAL_CHARS, TABLE, key_of
from workers.cleaning.shape import SENTENCE_END, UNSPACED, ends_sentence, holds_sentences, is_headline_like

MAX_PHRASE_CHARS = 420
MAX_POINTER_CHARS = 230
MAX_SHARE_BAR_CHARS = 90
MAX_CREDIT_CHARS = 90
MAX_NETWORK_CHARS = 24

_POINTER_MARK = re.compile(r"\s*(?::|;|\||-|»|>|>>|\.\.\.|…)+\s*(?=\S)")
_SHARE_SPLIT = re.compile(r"[\s:,|·/•&]+")
_SHARE_WORDS = frozenset(
    [
        "share",
        "this",
        "on",
        "via",
        "by",
        "article",
        "story",
        "post",
        "the",
        "with",
        "shares",
        "like",
        "loading",
        "kindly",
        "please",
        "and",
        "follow",
        "us",
        "to",
        "teilen",
        "auf",
        "partager",
        "sur",
        "compartir",
        "en",
        "condividi",
        "su",
        "compartilhar",
        "no",
        "deel",
        "op",
        "bagikan",
        "ke",
    ]
)
_SHARE_VERBS = frozenset(
    [
        "share",
        "shares",
        "tweet",
        "like",
        "teilen",
        "partager",
        "compartir",
        "condividi",
        "compartilhar",
        "deel",
        "bagikan",
    ]
)
_SHARE_BEGINNINGS = frozenset(
    word[:2] if len(word) > 1 else word + mark for word in _SHARE_WORDS | TABLE.networks for mark in ("", *" :,|·/•&\t")
)
_TRAIL_MARK = re.compile(r" (?:/|>|»|›|::|\||→) ")
_AGE = re.compile(
    r"(?:about |posted |updated |published )?(?:\d{1,3}|an?) (?:sec(?:ond)?|min(?:ute)?|hour|hr|day|week|month|year)s? ago"
    r"|(?:estimated |average )?read(?:ing)?(?: time)?:? ?\d{1,3}(?: ?min(?:ute)?s?)?|\d{1,3} ?min(?:ute)?s? read"
    r"|(?:\d[\d,.]*k? )(?:views?|comments?|shares?|reads?|likes?|retweets?)(?: ?\d+ (?:day|week|month|year)s? ago)?"
    r"|vor \d{1,3} (?:minuten?|stunden?|tag(?:en)?|wochen?|monaten?|jahren?)|il y a \d{1,3} (?:minutes?|heures?|jours?|mois|ans?)"
    r"|hace \d{1,3} (?:minutos?|horas?|días?|semanas?|meses|años?)|há \d{1,3} (?:minutos?|horas?|dias?|meses|anos?)"
    r"|\d{1,3} ?(?:分|時間|日|週間|か月|年|分钟|小时|天)前|\d{1,3} ?(?:분|시간|일|개월|년) 전|\d{1,3} (?:menit|jam|hari|bulan) (?:yang )?lalu",
)
_AGENCIES = r"(?:AP|AFP|EPA|EFE|DPA|dpa|PA|PTI|ANI|Reuters|REUTERS|Bloomberg|Getty(?: Images)?|Shutterstock|Unsplash|AFP/Getty Images|Associated Press|AP Photo)"
_CREDIT = re.compile(
    rf"(?:Image copyright [^.]{{2,60}}|Enlarge this image(?: toggle caption)? [^.]{{2,80}}"
    rf"|(?:[^\W\d_]\S* ){{1,4}}?(?:/|\||for |via |- ?){_AGENCIES}(?: Images)?(?: via \w+)?"
    rf"|(?:(?:Photo|Image)s?: )?(?:[A-ZÀ-Þ][\w.'’-]* ){{1,3}}[A-ZÀ-Þ][\w.'’-]*/{_AGENCIES}(?: Images)?"
    rf"|\((?:Photo|Image|Picture)s?(?: credit)?[:/ ][^()]{{2,80}}\)|(?:[A-Z]{{2,6}}|Getty|File) (?:Image|Photo)s?)"
)
_DATE = re.compile(
    r"(?:[^\W\d_]{3,12}\.?,? )?(?:[^\W\d_]{3,12}\.? \d{1,2},? \d{4}|\d{1,2}\.? (?:de )?[^\W\d_]{3,12}\.?,? (?:de )?\d{4}"
    r"|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}[./-]\d{1,2}[./-]\d{1,2})(?:,? (?:at |um )?\d{1,2}[:.]\d{2}(?: ?[ap]\.?m\.?)?)?(?: [A-Z]{2,4})?(?: \d{1,6})?"
    r"|\d{4}年 ?\d{1,2}月 ?\d{1,2}日(?:[（(].[)）])?(?: ?\d{1,2}[:時]\d{2}分?)?|\d{4}년 ?\d{1,2}월 ?\d{1,2}일",
)
_ASIDE = re.compile(
    r"\( ?(?:PHOTOS?|VIDEOS?|RELATED|READ|WATCH|SEE|MORE|ALSO|Also on [A-Z]+)(?: MORE| ALSO)?: [^()]{4,120}\)"
)
_STAMP_WORDS = re.compile(
    r"(?:published|updated|posted|last (?:updated|modified)|stand|veröffentlicht|publié le|actualizado|公開日|更新日)(?: on| at)?:? ",
    re.IGNORECASE,
)
_AGE_START = frozenset("0123456789aehv")


def kind_of(line: str) -> str | None:
    """The kind of chrome that the whole line is; "pointers", "headings" and "weak" head lists of other articles.

    >>> kind_of("ADVERTISEMENT"), kind_of("READ ALSO: Mayor resigns over bridge"), kind_of("The ad was withdrawn.")
    ('advertisement', 'pointer', None)
    """
    if len(line) > MAX_LITERAL_CHARS and (len(line) > MAX_PHRASE_CHARS or not TABLE.may_know(line)):
        return None
    key = key_of(line)
    if not key:
        return None
    return TABLE.kind_of_key(key) or _pointer(line, key) or _by_form(line, key) or _several_phrases(line)


def _several_phrases(line: str) -> str | None:
    """The kind of the first sentence that is no button, where each sentence of the line is a phrase."""
    kinds: list[str] = []
    at = 0
    while m := SENTENCE_END.search(line, at):
        kind = _phrase_kind(line[at : m.start()])
        if kind is None:
            return None
        kinds.append(kind)
        at = m.end()
    if not kinds:
        return None  # one sentence, and no phrase
    if key_of(line[at:]):
        kind = _phrase_kind(line[at:])
        if kind is None:
            return None
        kinds.append(kind)
    return next((kind for kind in kinds if kind != BUTTONS), BUTTONS)


def _phrase_kind(sentence: str) -> str | None:
    kind = TABLE.kind_of_key(key_of(sentence))
    return None if kind in HEADING_KINDS else kind


def _pointer(line: str, key: str) -> str | None:
    """A pointer on the same line ("READ ALSO: headline"): a pointer, a colon, dash or bar, and one headline or sentence."""
    end = TABLE.pointer_end(key) if len(line) <= MAX_POINTER_CHARS else None
    if end is None:
        return None
    rest = key[end:]
    mark = _POINTER_MARK.match(rest)
    marked = mark is not None and (mark[0].strip() != "-" or not rest[0].isalnum())
    return "pointer" if (marked or _is_label(line, end)) and not _two_sentences(line) else None


def _is_label(line: str, end: int) -> bool:
    """Does a pointer in capitals, "READ ALSO" or "Read Also", stand before the capital of a headline without a mark?"""
    label, rest = line[:end], line[end:]
    if not label.isascii() or rest[:1] != " " or rest[1:2].islower():
        return False
    if label.isupper():
        return not line.isupper()
    return label.istitle() and "Also" in label and not ends_sentence(line)


def _two_sentences(line: str) -> bool:
    return len(line) > 120 and holds_sentences(line) and line[-1] in ".。।"


def _by_form(line: str, key: str) -> str | None:
    if len(line) <= MAX_SHARE_BAR_CHARS:
        if _is_share_bar(key):
            return "share"
        if key[0] in _AGE_START and _AGE.fullmatch(key):
            return "counter"
    if len(line) <= MAX_CREDIT_CHARS and line[-1] not in ".!?:" and _CREDIT.fullmatch(line):
        return "credit"
    if (line[0] == "(" and _ASIDE.fullmatch(line)) or (line.endswith(" Read more") and is_headline_like(line)):
        return "pointer"
    return "breadcrumb" if _is_trail(line, key) else None


def _is_share_bar(key: str) -> bool:
    """Share buttons on one line: "Share this: Twitter", "Facebook | WhatsApp"."""
    if key[:2] not in _SHARE_BEGINNINGS:
        return False
    first = _SHARE_SPLIT.split(key, 1)[0]
    if first not in TABLE.networks and first not in _SHARE_WORDS:
        return False
    words = [w for w in _SHARE_SPLIT.split(key) if w.strip(".…")]
    names = sum(w in TABLE.networks for w in words)
    known = all(w in TABLE.networks or w in _SHARE_WORDS for w in words)
    return known and len(words) > 1 and names + (words[0] in _SHARE_VERBS) >= 2


def _is_trail(line: str, key: str) -> bool:
    """A breadcrumb trail: begins with "Home" or the like and has two steps more."""
    if key.split(" ", 1)[0] not in TABLE.root_words or len(_TRAIL_MARK.findall(line)) < 2:
        return False
    return _TRAIL_MARK.split(line, maxsplit=1)[0].strip().casefold() in TABLE.roots


def is_network(line: str) -> bool:
    """Is the line the name of one network, as on a button?"""
    return len(line) <= MAX_NETWORK_CHARS and key_of(line) in TABLE.networks


def is_date(line: str) -> bool:
    """Is the line a date, perhaps with a time and a counter, and nothing else?"""
    return (
        len(line) <= 70 and any(map(str.isdecimal, line)) and bool(_DATE.fullmatch(_STAMP_WORDS.sub("", line, count=1)))
    )


def has_no_spaces(line: str) -> bool:
    """Is the line in a script that writes without spaces?"""
    return bool(UNSPACED.search(line))
