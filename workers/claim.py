"""What the index needs to know of one article: the claim, and how it is packed for the claim script. Pure."""

import struct
from dataclasses import dataclass

import orjson

from workers.outcome import RejectionReason
from workers.signature import Signature


@dataclass(frozen=True, slots=True)
class Claim:
    """One article as the index needs it. Hashes are 8 bytes (`headline`, `source`: 4; `beginnings`: 7 times 4); times are seconds since 1970.

    `core` is zero where the article has no running text to speak of; `version` is a Version's key or "";
    `created_us` is -1 when unknown; `reject` is set when nothing is left to publish.
    """

    offset: int
    uri: str
    status: str
    version: str
    created_us: int
    arrival_s: float
    window_time_s: float
    reject: RejectionReason | None
    record: bytes
    uri_hash: bytes
    raw: bytes
    text: bytes
    core: bytes
    headline: bytes
    beginnings: bytes
    source: bytes
    signature: Signature

    def arguments(self) -> tuple[bytes, bytes, bytes, bytes]:
        """The four arguments of the claim script for this claim."""
        facts = {
            "offset": self.offset, "uri": self.uri, "status": self.status, "version": self.version,
            "created": self.created_us, "at": self.arrival_s, "t": self.window_time_s,
            "shingles": self.signature.shingles, "marks": self.signature.marks.decode(),
        }  # fmt: skip
        if self.reject:
            facts["reject"] = self.reject
        hashes = struct.pack(
            "<8s8s8s8s8s4s28s4s",
            self.record,
            self.uri_hash,
            self.raw,
            self.text,
            self.core,
            self.headline,
            self.beginnings,
            self.source,
        )
        return orjson.dumps(facts), hashes, self.signature.sketch, self.signature.postings
