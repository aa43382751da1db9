"""Upkeep of the index: what stands in it, and how its oldest window goes when memory is full.

Windows expire by themselves; this is for a worker that starts and wants to say what it found, and for the day when
memory ends before the window does.
"""

from dataclasses import dataclass
from typing import Any

_AT_ONCE = 500
"""Keys removed in one command: bounds how long Redis is held."""


@dataclass(frozen=True, slots=True)
class Slice:
    """One window's part of an index: made with which signature, from when on (seconds since 1970), and how large."""

    signature: str
    number: int
    from_s: float
    documents: int
    buckets: int
    units: int


@dataclass(frozen=True, slots=True)
class ServerState:
    """One server: memory in bytes (`limit_bytes` 0: no limit), keys it has evicted, and who it is: its run and its role."""

    used_bytes: int
    limit_bytes: int
    evicted_keys: int
    identity: str


async def server_state(redis: Any, prefix: str) -> ServerState:
    """Asks the server that has the keys of `prefix`; of a cluster, their master."""
    if hasattr(redis, "get_node_from_key"):
        if not redis.get_default_node():
            await redis.initialize()
        told = await redis.info(target_nodes=redis.get_node_from_key(prefix))
    else:
        told = await redis.info()
    used, limit, evicted = (int(told.get(name, 0)) for name in ("used_memory", "maxmemory", "evicted_keys"))
    return ServerState(used, limit, evicted, f"{told.get('run_id')} {told.get('role')}")


async def slices(redis: Any, prefix: str) -> list[Slice]:
    """The slices that are there, oldest first; forgets the names of those that have expired."""
    found = []
    for name, length in (await redis.hgetall(f"{prefix}:slices")).items():
        signature, _, number = name.decode().rpartition("/")
        meta = await redis.hmget(f"{prefix}:{signature}:p:{number}:meta", "documents", "b", "at")
        if meta[1] is None:
            await redis.hdel(f"{prefix}:slices", name)
            continue
        documents, buckets, units = (int(float(value or 0)) for value in meta)
        found.append(Slice(signature, int(number), int(number) * float(length), documents, buckets, units))
    return sorted(found, key=lambda s: (s.from_s, s.signature))


async def drop(redis: Any, prefix: str, old: Slice, units_per_chunk: int) -> int:
    """Removes a slice's postings and documents and says how many keys went. Repeatable: what is gone is gone."""
    own = f"{prefix}:{old.signature}"
    keys = [f"{own}:p:{old.number}:{bucket}" for bucket in range(old.buckets)]
    keys += [f"{own}:d:{old.number}:{chunk}" for chunk in range(old.units // units_per_chunk + 1)]
    gone = 0
    for first in range(0, len(keys), _AT_ONCE):
        gone += await redis.unlink(*keys[first : first + _AT_ONCE])
    await redis.unlink(f"{own}:p:{old.number}:meta")
    await redis.hdel(f"{prefix}:slices", f"{old.signature}/{old.number}")
    return gone
