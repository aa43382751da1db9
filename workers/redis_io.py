"""The way to Redis: what REDIS_URL may say, the client made of it, and which of its errors pass by themselves.

No client made here retries by itself: delivery repeats the whole attempt while the partition is ours. A client finds the
new master by itself: one of Sentinel asks the sentinels at each new connection, one of a cluster asks its nodes.
"""

import asyncio
import time
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from redis import exceptions as redis_errors
from redis.asyncio import Redis
from redis.asyncio.cluster import ClusterNode, RedisCluster
from redis.asyncio.connection import SSLConnection, parse_url
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel, SentinelConnectionPool
from redis.backoff import NoBackoff

from workers.errors import SettingsError
from workers.settings import Settings

SENTINEL_TIMEOUT_S = 1.0
"""How long one sentinel is waited for, before the next is asked."""
ASK_AGAIN_S, ASK_AGAIN_IN_VAIN_S = 1.0, 10.0
"""How old the sentinels' word may get (they tell each other within two seconds), and how soon they are asked again when none has answered."""
SENTINEL_PORT, REDIS_PORT = 26_379, 6_379

TRANSIENT = (
    redis_errors.ConnectionError,
    redis_errors.TimeoutError,
    redis_errors.ReadOnlyError,
    redis_errors.OutOfMemoryError,
    redis_errors.NoScriptError,
    redis_errors.ClusterDownError,
    redis_errors.TryAgainError,
    redis_errors.MasterDownError,
    redis_errors.RedisClusterException,
    redis_errors.SlotNotCoveredError,
    OSError,
    asyncio.TimeoutError,
)
_TRANSIENT_CODES = (
    "MISCONF",
    "BUSY",
    "NOREPLICAS",
    "LOADING",
    "OOM",
    "READONLY",
    "MASTERDOWN",
    "UNBLOCKED",
    "UNKILLABLE",
)


def is_transient(error: BaseException) -> bool:
    """Whether Redis may answer the same call later: it is away, loading, full, read-only or failing over."""
    if isinstance(error, redis_errors.ResponseError):
        return isinstance(error, TRANSIENT) or str(error).startswith(_TRANSIENT_CODES)
    return isinstance(error, TRANSIENT)


def connect(settings: Settings) -> Any:
    """A client for REDIS_URL, in any of its forms; makes no connection yet.

    Raises:
        SettingsError: the url is not understood.
    """
    url, timeout = settings.redis_url, settings.redis_timeout_s
    options: dict[str, Any] = {
        "socket_timeout": timeout,
        "socket_connect_timeout": timeout,
        "retry": Retry(NoBackoff(), 0),
        **_access(settings),
    }
    try:
        scheme, _, kind = urlsplit(url).scheme.partition("+")
        if kind == "sentinel":
            return _by_sentinel(scheme, urlsplit(url), options, settings.secret("redis_sentinel_password"))
        if kind == "cluster":
            return _of_cluster(scheme, urlsplit(url), options)
        return Redis.from_url(url, **options)
    except (ValueError, TypeError):  # its text may have a part of the password that was taken for a port
        forms = (
            "redis://host:port/0, redis+cluster://host:port,host:port or redis+sentinel://host:port,host:port/name/0; with TLS "
            "rediss; before the host user:password@, percent-encoded"
        )
        raise SettingsError(f"setting REDIS_URL={shown(url)} is not understood; write it as {forms}") from None


def shown(url: str) -> str:
    """The url without its passwords, also where they are not encoded as they should be.

    >>> shown("redis+sentinel://:secret@one,two/wire/0?sentinel_password=secret")
    'one,two/wire/0'
    >>> shown("redis://:sec/r?e#t@host:1/0"), shown("redis://host/0?password=s@t")
    ('(hidden)', 'host/0')
    """
    address = url.rpartition("://")[2] if url.count("://") == 1 else ""
    before, _, behind = address.partition("?")
    host, slash, path = before.partition("/")
    if not address or "@" in path or "#" in before or ("@" in behind and "=" not in behind.split("@", 1)[0]):
        return "(hidden)"
    return host.rpartition("@")[2] + slash + path


def _access(settings: Settings) -> dict[str, Any]:
    """User, password and certificates, as far as settings give them beside the url."""
    own = {
        "username": settings.redis_username,
        "password": settings.secret("redis_password"),
        "ssl_ca_certs": _text(settings.redis_ca_file),
        "ssl_certfile": _text(settings.redis_cert_file),
        "ssl_keyfile": _text(settings.redis_key_file),
    }
    return {name: value for name, value in own.items() if value}


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)


def _of_cluster(scheme: str, url: SplitResult, options: dict[str, Any]) -> RedisCluster:
    """Any of the named nodes tells the others: naming several lets a worker start while one of them is down."""
    own = _options_in(scheme, url)
    nodes = [ClusterNode(host, port) for host, port in _addresses(url.netloc, REDIS_PORT)]
    return RedisCluster(startup_nodes=nodes, **{**own, **options})


def _by_sentinel(scheme: str, url: SplitResult, options: dict[str, Any], password: str | None) -> Redis:
    """The master that the sentinels name, at each connection anew."""
    name, _, database = url.path.strip("/").partition("/")
    if not name:
        raise ValueError("the master's name is missing")
    own = {**_options_in(scheme, url), "db": int(database or 0)}
    of_sentinel = {k.removeprefix("sentinel_"): own.pop(k) for k in list(own) if k.startswith("sentinel_")}
    patience = min(SENTINEL_TIMEOUT_S, options["socket_timeout"])
    of_sentinel |= {k: v for k, v in options.items() if k not in ("username", "password")}
    of_sentinel |= {"socket_timeout": patience, "socket_connect_timeout": patience}
    if password:
        of_sentinel["password"] = password
    if own.get("ssl"):
        of_sentinel |= {k: v for k, v in own.items() if k.startswith("ssl")}
    sentinels = Sentinel(_addresses(url.netloc, SENTINEL_PORT), sentinel_kwargs=of_sentinel)  # type: ignore[no-untyped-call]
    client: Redis = sentinels.master_for(
        unquote(name), redis_class=_SentinelRedis, connection_pool_class=_MasterPool, **{**own, **options}
    )
    return client


class _MasterPool(SentinelConnectionPool):
    """Asks for the master also while its connections stand.

    A master that nobody but the sentinels takes for dead, or that comes back during the failover, serves its clients until it
    is told to follow the new one, which takes ten seconds and more. All that it is told meanwhile is forgotten.
    """

    _ask_at = float("-inf")

    async def get_connection(self, *args: Any, **options: Any) -> Any:
        if time.monotonic() > self._ask_at:
            self._ask_at = time.monotonic() + ASK_AGAIN_IN_VAIN_S  # one asks for all
            self._ask_at = time.monotonic() + await self._ask()
        return await super().get_connection(*args, **options)  # type: ignore[no-untyped-call]

    async def _ask(self) -> float:
        """Idle connections to a former master are closed by this. Returns after how many seconds to ask again."""
        try:
            await self.get_master_address()  # type: ignore[no-untyped-call]
        except (redis_errors.RedisError, OSError):  # then the connections that stand are the best there is
            return ASK_AGAIN_IN_VAIN_S
        return ASK_AGAIN_S


class _SentinelRedis(Redis):
    """Closes its connections to the sentinels, too."""

    async def aclose(self, close_connection_pool: bool | None = None) -> None:
        pool: Any = self.connection_pool
        await pool.sentinel_manager.aclose()
        await super().aclose(close_connection_pool)


def _options_in(scheme: str, url: SplitResult) -> dict[str, Any]:
    """User, password and the options behind the question mark, read as redis-py reads them."""
    user, at, _ = url.netloc.rpartition("@")
    own: dict[str, Any] = dict(parse_url(f"{scheme}://{user}{at}localhost?{url.query}"))
    del own["host"]
    if own.pop("connection_class", None) is SSLConnection:
        own["ssl"] = True
    return own


def _addresses(netloc: str, usual_port: int) -> list[tuple[str, int]]:
    """The hosts and ports of `user:password@host:port,host:port`.

    >>> _addresses("u:p@one:1,two,[::1]:3", 26379)
    [('one', 1), ('two', 26379), ('::1', 3)]
    """
    found = []
    for address in netloc.rpartition("@")[2].split(","):
        parts = urlsplit(f"//{address}")
        if not parts.hostname:
            raise ValueError("an address has no host")
        found.append((parts.hostname, parts.port or usual_port))
    return found
