"""What REDIS_URL may say. Nothing is connected here."""

import pytest
from redis.asyncio import Redis
from redis.asyncio.cluster import RedisCluster

from workers.errors import SettingsError
from workers.redis_io import connect
from workers.settings import load


def of_pool(url: str) -> Redis:
    client = connect(load(redis_url=url, redis_timeout_s=3))
    assert isinstance(client, Redis)
    return client


def test_one_server() -> None:
    kwargs = of_pool("rediss://desk:p%40ss@host:1/2").connection_pool.connection_kwargs
    assert {k: kwargs[k] for k in ("host", "port", "db", "username", "password")} == {
        "host": "host", "port": 1, "db": 2, "username": "desk", "password": "p@ss",
    }  # fmt: skip
    assert kwargs["socket_timeout"] == kwargs["socket_connect_timeout"] == 3


def test_sentinels() -> None:
    """User and password are those of Redis; the sentinels have their own, behind the question mark."""
    url = "redis+sentinel://desk:p%40ss@one:1,two,[::1]:3/the%20wire/2?sentinel_username=s&sentinel_password=t%20u"
    pool = of_pool(url).connection_pool
    assert pool.service_name == "the wire"  # type: ignore[attr-defined]
    kwargs = pool.connection_kwargs
    assert (kwargs["db"], kwargs["username"], kwargs["password"], kwargs["socket_timeout"]) == (2, "desk", "p@ss", 3)
    sentinels = pool.sentinel_manager.sentinels  # type: ignore[attr-defined]
    asked = [s.connection_pool.connection_kwargs for s in sentinels]
    assert [(a["host"], a["port"]) for a in asked] == [("one", 1), ("two", 26379), ("::1", 3)]
    assert {(a["username"], a["password"], a["socket_timeout"], a["socket_connect_timeout"]) for a in asked} == {
        ("s", "t u", 1.0, 1.0)
    }


def test_sentinels_without_a_password_are_asked_without() -> None:
    """Redis' password is not told to the sentinels."""
    manager = of_pool("redis+sentinel://:secret@one/wire").connection_pool.sentinel_manager  # type: ignore[attr-defined]
    assert not manager.sentinels[0].connection_pool.connection_kwargs.get("password")


def test_tls_holds_for_sentinels_too() -> None:
    pool = of_pool("rediss+sentinel://one/wire?ssl_ca_certs=/ca.pem").connection_pool
    for client in (pool, pool.sentinel_manager.sentinels[0].connection_pool):  # type: ignore[attr-defined]
        assert "SSL" in client.connection_class.__name__
        assert client.connection_kwargs["ssl_ca_certs"] == "/ca.pem"


def test_a_cluster_is_reached_by_any_of_its_nodes() -> None:
    client = connect(load(redis_url="redis+cluster://:secret@one:1,two"))
    assert isinstance(client, RedisCluster)
    assert sorted(client.nodes_manager.startup_nodes) == ["one:1", "two:6379"]
    assert client.nodes_manager.connection_kwargs["password"] == "secret"


@pytest.mark.parametrize(
    "url",
    [
        "http://host",
        "redis+sentinel://:secret@one:1",
        "redis+sentinel://:secret@one:1/wire/zero",
        "redis+sentinel://:secret@one:port/wire",
        "redis+sentinel://:secret@one,,two/wire",
        "redis+cluster://:secret@",
        "redis+other://:secret@one",
    ],
)
def test_a_url_that_is_not_understood(url: str) -> None:
    """The message gives the forms and no password."""
    with pytest.raises(SettingsError, match="REDIS_URL=") as error:
        connect(load(redis_url=url))
    assert "redis+sentinel://host:port" in str(error.value)
    assert "secret" not in str(error.value)
