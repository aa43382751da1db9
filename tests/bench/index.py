"""`make bench BENCH=index`: what the index costs in memory and time, beside datasketch on the same Valkey.

Our claims are those of the worker, with its settings. datasketch 2.0 keeps its LSH in the same server, at the threshold
that finds the same light edits (0.7), with its documented calls: query, then insert. Both are given ready signatures. Law:
figures are compared within one run, as ratios; the machine may be busy with something else.

Ends with one line of JSON. ARTICLES=n (1,000,000) sets how far the index is filled.
"""

import asyncio
import json
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any, Literal

import numpy as np

from tests.bench.made import Maker
from workers.claims import RedisIndex
from workers.local.valkey import LocalValkey
from workers.settings import load
from workers.signature import SIGNATURE_VERSION

RUN = 480
PROGRESS = 50_000
ALONE = 1_000
PEER_ARTICLES = 1_500
PEER_THRESHOLD, PEER_PERMUTATIONS = 0.7, 128
APPENDFSYNC: Literal["everysec"] = "everysec"
PARTS = {
    "p": "postings",
    "d": "documents",
    "u": "uris",
    "k": "kills",
    "h": "revisions",
    "m": "stories",
    "o": "decisions",
}


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


class Bench:
    """One index on one server, filled step by step."""

    def __init__(self, valkey: LocalValkey) -> None:
        self.valkey = valkey
        self.index = RedisIndex(load(redis_url=valkey.url))
        self.redis = self.index._redis
        self.maker = Maker()
        self.generation = 0

    async def begin(self) -> None:
        self.generation = await self.index.take_over("raw", 0, 0)
        self.empty_bytes = await self.used_bytes()

    async def used_bytes(self) -> int:
        return int((await self.redis.info("memory"))["used_memory"])

    async def claim(self, claims: list[Any]) -> None:
        await self.index.claim("raw", 0, self.generation, claims[0].offset, claims)

    async def fill(self, until: int) -> tuple[float, float]:
        """Claims up to `until` articles; returns claims a second in calls, and the server's microseconds a claim of the last."""
        in_calls, first = 0.0, self.maker.offset
        while self.maker.offset < until:
            if until - self.maker.offset <= 20 * RUN:
                await self.redis.config_resetstat() if until - self.maker.offset > 19 * RUN else None
            run = self.maker.claims(min(RUN, until - self.maker.offset))
            began = time.perf_counter()
            await self.claim(run)
            in_calls += time.perf_counter() - began
            if self.maker.offset // PROGRESS > (self.maker.offset - len(run)) // PROGRESS:
                say(
                    f"  {self.maker.offset:>9,} articles in the index, {(self.maker.offset - first) / in_calls:,.0f} claims/s"
                )
        stats = (await self.redis.info("commandstats"))["cmdstat_evalsha"]
        return (self.maker.offset - first) / in_calls, stats["usec"] / min(20 * RUN, self.maker.offset - first)

    async def alone_ms(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Round trips of claims sent one at a time, in milliseconds."""
        times = []
        for claim in self.maker.claims(ALONE):
            began = time.perf_counter()
            await self.claim([claim])
            times.append((time.perf_counter() - began) * 1_000)
        return np.array(times)

    async def beside_batches_ms(self) -> np.ndarray[Any, np.dtype[np.float64]]:
        """The same while another process sends batches like a worker does."""
        command = [sys.executable, "-m", "tests.bench.index_batches", self.valkey.url]
        other = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        try:
            assert other.stdout
            await other.stdout.readline()
            return await self.alone_ms()
        finally:
            other.terminate()
            await other.wait()

    async def bytes_by_part(self, articles: int) -> dict[str, float]:
        sizes: Counter[str] = Counter()
        async for key in self.redis.scan_iter(count=1_000):
            parts = key.decode("latin-1").partition("}:")[2].split(":")
            name = parts[1] if parts[0] == SIGNATURE_VERSION else parts[0]
            sizes[PARTS.get(name, "other")] += await self.redis.memory_usage(key, samples=0) or 0
        return {name: round(size / articles, 1) for name, size in sizes.most_common()}


def peer(url: str, maker: Maker) -> tuple[float, float]:
    """Datasketch on the same server: articles a second (query, then insert) and bytes an article."""
    from datasketch import MinHash, MinHashLSH
    from redis import Redis

    port = int(url.rsplit(":", 1)[1].split("/", maxsplit=1)[0])
    redis = Redis(port=port)
    storage = {"type": "redis", "basename": b"peer", "redis": {"host": "127.0.0.1", "port": port}}
    lsh = MinHashLSH(threshold=PEER_THRESHOLD, num_perm=PEER_PERMUTATIONS, storage_config=storage)
    signatures = []
    for hashes in (maker.hashes(560) for _ in range(PEER_ARTICLES)):
        signature = MinHash(num_perm=PEER_PERMUTATIONS)
        signature.update_batch([h.tobytes() for h in hashes])
        signatures.append(signature)
    before, began = int(redis.info("memory")["used_memory"]), time.perf_counter()  # type: ignore[index,arg-type,unused-ignore]
    for n, signature in enumerate(signatures):
        lsh.query(signature)
        lsh.insert(f"https://outlet.example/section/a-slug-of-usual-length-{n:09d}", signature)
    took = time.perf_counter() - began
    return PEER_ARTICLES / took, (int(redis.info("memory")["used_memory"]) - before) / PEER_ARTICLES  # type: ignore[index,arg-type,unused-ignore]


async def measure(valkey: LocalValkey, articles: int) -> dict[str, Any]:
    bench = Bench(valkey)
    await bench.begin()
    tenth = articles // 10
    say(f"filling the index to {tenth:,} articles")
    claims_per_s, server_us_tenth = await bench.fill(tenth)
    say("datasketch beside it")
    peer_per_s, peer_bytes = await asyncio.to_thread(peer, valkey.url, Maker(2))
    base = await bench.used_bytes() - bench.empty_bytes - peer_bytes * PEER_ARTICLES
    say(f"filling the index to {articles:,} articles")
    _, server_us = await bench.fill(articles)
    used = await bench.used_bytes() - bench.empty_bytes - peer_bytes * PEER_ARTICLES
    say("claims sent alone, and beside a worker's batches")
    alone = await bench.alone_ms()
    beside = await bench.beside_batches_ms()
    return {
        "articles": articles,
        "method": SIGNATURE_VERSION,
        "bytes_per_article": round(used / articles),
        "bytes_per_article_at_a_tenth": round(base / tenth),
        "bytes_by_part": await bench.bytes_by_part(bench.maker.offset),
        "datasketch_bytes_per_article": round(peer_bytes),
        "claims_per_s": round(claims_per_s),
        "datasketch_per_s": round(peer_per_s),
        "speed_over_datasketch": round(claims_per_s / peer_per_s, 1),
        "claim_p50_ms": round(float(np.percentile(alone, 50)), 2),
        "claim_p99_ms": round(float(np.percentile(alone, 99)), 2),
        "claim_p99_ms_beside_batches": round(float(np.percentile(beside, 99)), 2),
        "server_us_per_claim": round(server_us),
        "growth_10x": round(server_us / server_us_tenth, 2),
        "appendfsync": APPENDFSYNC,
    }


def main() -> None:
    articles = int(os.environ.get("ARTICLES", "1000000"))
    with tempfile.TemporaryDirectory() as folder, LocalValkey(Path(folder), appendfsync=APPENDFSYNC) as valkey:
        print(json.dumps(asyncio.run(measure(valkey, articles))))


if __name__ == "__main__":
    main()
