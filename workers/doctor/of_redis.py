"""What Redis told, judged against the settings."""

from collections.abc import Iterator
from typing import Any

from workers.doctor.check import Check, failure, ok, warning
from workers.doctor.redis_facts import RedisFacts
from workers.settings import Settings

AREA = "redis"
OLDEST_MAJOR = 7
SLOW_S, FAST_CLOCK_S = 0.010, 2.0
ENOUGH_DOCUMENTS = 1_000
"""With fewer, what the server itself takes hides what an article takes."""
WINDOWS_HELD = 2
"""Slices are one window long and expire two lengths after they began: so many stand at the most (workers/lua/call.lua)."""
DAY_S = 86_400.0


def judged(facts: RedisFacts, settings: Settings, clean_per_s: float | None) -> Iterator[Check]:
    """`clean_per_s`: articles a second that become known, None where nobody tells."""
    yield _version(facts.info)
    yield _eviction(facts)
    yield from _durability(facts)
    yield from _replication(facts.info, settings)
    yield _latency(facts, settings)
    yield _memory(facts, settings, clean_per_s)
    evicts = facts.info.get("maxmemory_policy", "noeviction") != "noeviction"
    if facts.refusal and not evicts:
        yield failure(AREA, "a worker would refuse the index", facts.refusal)


def clock(facts: RedisFacts, *, kafka_ahead: bool) -> Iterator[Check]:
    """Our clock against that of Redis, and that of the brokers by the times of raw records."""
    todo = "synchronise the clocks of all machines (chrony, systemd-timesyncd)"
    told = f"Redis is {abs(facts.ahead_s):.3f} s {'ahead of' if facts.ahead_s > 0 else 'behind'} this machine"
    yield warning("clock", told, todo) if abs(facts.ahead_s) > FAST_CLOCK_S else ok("clock", told)
    if kafka_ahead:
        yield warning("clock", "raw records bear times that are still to come: a broker is ahead of this machine", todo)


def _version(info: Any) -> Check:
    is_valkey = "valkey_version" in info
    name, version = ("Valkey", info["valkey_version"]) if is_valkey else ("Redis", info.get("redis_version", "?"))
    if str(version).partition(".")[0].isdigit() and int(str(version).partition(".")[0]) < OLDEST_MAJOR:
        return warning(AREA, f"{name} {version}", f"upgrade to {OLDEST_MAJOR}.0 or later: `newswire why` needs it")
    return ok(AREA, f"{name} {version}")


def _eviction(facts: RedisFacts) -> Check:
    policy, evicted = facts.info.get("maxmemory_policy", ""), int(facts.info.get("evicted_keys", 0))
    if policy not in ("noeviction", ""):
        return failure(
            AREA,
            f"maxmemory-policy {policy}: what must be known is evicted, and copies are published",
            "redis-cli CONFIG SET maxmemory-policy noeviction, and in its configuration",
        )
    if evicted:
        return warning(AREA, f"{evicted:,} keys were evicted since it started", "give the index a Redis of its own")
    return ok(AREA, "evicts nothing" if policy else "does not tell its maxmemory-policy; it has to be noeviction")


def _durability(facts: RedisFacts) -> Iterator[Check]:
    info, file = facts.info, int(facts.info.get("aof_enabled", 0))
    if info.get("aof_last_write_status", "ok") != "ok":
        yield failure(AREA, "the append-only file could not be written", "look at its disk and its log")
    elif not file:
        yield warning(
            AREA, "no append-only file: a restart forgets articles, and copies are published", "appendonly yes"
        )
    elif facts.appendfsync == "no":
        yield warning(
            AREA, "appendfsync no: a crash of the machine forgets up to half a minute", "appendfsync everysec"
        )
    else:
        yield ok(AREA, f"append-only file, appendfsync {facts.appendfsync or 'not told'}")
    if not file and info.get("rdb_last_bgsave_status", "ok") != "ok":
        yield failure(AREA, "the last snapshot failed: Redis may refuse to write", "look at its disk and its log")


def _replication(info: Any, settings: Settings) -> Iterator[Check]:
    role, replicas, wanted = info.get("role"), int(info.get("connected_slaves", 0)), settings.redis_replicas
    if role != "master":
        yield failure(AREA, f"it is a {role}, which takes no writes", "REDIS_URL has to name the master, or sentinels")
    elif replicas < wanted:
        yield failure(
            AREA,
            f"{replicas} replicas, NEWSWIRE_REDIS_REPLICAS={wanted}: nothing is published",
            "start the replicas, or lower the setting",
        )
    else:
        yield ok(AREA, f"master with {replicas} replica{'s' * (replicas != 1)}")


def _latency(facts: RedisFacts, settings: Settings) -> Check:
    told = f"answers in {facts.ping_s * 1000:.2f} ms"
    if facts.ping_s > min(SLOW_S, settings.redis_timeout_s / 10):
        return warning(AREA, told, "put the worker nearer to it; look for slow commands: redis-cli SLOWLOG GET")
    return ok(AREA, told)


def _memory(facts: RedisFacts, settings: Settings, clean_per_s: float | None) -> Check:
    used, limit = int(facts.info.get("used_memory", 0)), int(facts.info.get("maxmemory", 0))
    documents = sum(window.documents for window in facts.windows)
    told = f"{_mib(used)} used of {_mib(limit) if limit else 'no limit'}, {documents:,} articles known"
    needed = _needed(used, documents, settings.window_s, clean_per_s)
    if limit and used > 0.9 * limit:
        return failure(AREA, f"{told}: soon full, then the oldest window is dropped", _MORE)
    if limit and needed is not None and needed > limit:
        days = limit / needed * settings.window_s * WINDOWS_HELD / DAY_S
        return warning(AREA, f"{told}; at the present rate it needs {_mib(needed)}: full within {days:.1f} days", _MORE)
    if not limit:
        total = int(facts.info.get("total_system_memory", 0))
        wants = f"; at the present rate it needs {_mib(needed)} of the machine's {_mib(total)}" if needed else ""
        return warning(AREA, told + wants, "set maxmemory: without it the system ends Redis when memory is short")
    enough = f"; enough for the window at the present rate ({_mib(needed)})" if needed else "; too few to foretell more"
    return ok(AREA, told + enough)


_MORE = "more maxmemory, or a shorter NEWSWIRE_WINDOW_S"


def _needed(used: float, documents: int, window_s: float, per_s: float | None) -> float | None:
    """Bytes when both windows are full; all that Redis has counts as the index's."""
    if documents < ENOUGH_DOCUMENTS or not per_s:
        return None
    return max(used, used / documents * per_s * window_s * WINDOWS_HELD)


def _mib(size: float) -> str:
    return f"{size / 2**30:,.1f} GiB" if size >= 2**30 else f"{size / 2**20:,.1f} MiB"
