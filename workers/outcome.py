"""What becomes of an article: verdicts, relations and reason codes, by the names of the contract."""

from dataclasses import dataclass, field
from typing import Literal

Verdict = Literal["new", "update", "cancel", "duplicate", "rejected"]
Relation = Literal["resend", "exact", "near", "excerpt", "revision", "write-thru", "cancel", "reinstated", "related"]
RejectionReason = Literal[
    "withheld", "test", "stale-version", "boilerplate-only", "too-short", "copy-of-canceled", "unsafe-page"
]
DeadLetterReason = Literal[
    "empty",
    "not-utf8",
    "not-json",
    "too-deep",
    "not-an-object",
    "missing-field",
    "wrong-type",
    "over-long",
    "bad-value",
    "too-large",
    "internal-error",
]


@dataclass(frozen=True, slots=True)
class Removed:
    """A span that cleaning took out. `chars` is its length; `text` is shortened to 160 characters."""

    kind: str
    chars: int
    text: str


@dataclass(frozen=True, slots=True)
class CleanText:
    """An article after cleaning. `text` is paragraphs separated by one blank line; "" when nothing was left.

    `rejection` is set when nothing is left to publish. The other fields are what a page states about itself
    (JSON-LD, meta); they fill empty fields of the raw article and are None where it states nothing.

    `by_rules` is the text that it would be without learned lines, by which the article is known again; `own` is what no
    other story of the outlet holds, by which it is compared with others. Both are None where they are the text. `lines` is
    the version of the learned lines that were used.
    """

    text: str
    removed: tuple[Removed, ...] = ()
    rejection: RejectionReason | None = None
    headline: str | None = None
    byline: str | None = None
    language: str | None = None
    first_created_us: int | None = None
    version_created_us: int | None = None
    by_rules: str | None = None
    own: str | None = None
    lines: int = 0


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer of the index to one claim. Shares are 0 to 1; `seq` is the order of claims in the index.

    `checked` is False where the index was away and the article was published without asking it. `candidates` is with how many
    articles it was compared; None where similarity was not asked for. It is for monitoring and says nothing of the verdict.
    """

    verdict: Verdict
    story: str
    of: str | None = None
    relation: Relation | None = None
    reason: RejectionReason | None = None
    revision: int = 1
    jaccard: float | None = None
    containment: float | None = None
    containment_of: float | None = None
    seq: int = 0
    family: tuple[str, ...] = ()
    checked: bool = True
    candidates: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a raw record stands; its text form `topic/partition/offset` is the header `origin`."""

    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.topic}/{self.partition}/{self.offset}"


TopicRole = Literal["clean", "duplicates", "rejected", "dlq"]
Headers = tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, slots=True)
class OutputRecord:
    """One record to be written; `role` names the output topic, whose name is a setting."""

    role: TopicRole
    key: bytes | None
    value: bytes
    headers: Headers
