"""docs/SECURITY.md names the commands that Redis has to allow: those that the scripts and the index use, and no others."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/SECURITY.md").read_text()
WORKERS = ROOT / "workers"
CLIENT = ("claims", "lines", "upkeep", "replicated")
NO_COMMANDS = {"register_script", "pipeline", "aclose", "get_node_from_key", "get_default_node", "initialize"}
WHEN_ASKED = {"config_get", "scan_iter", "exists"}
"""The first is done without; then what `newswire curve` uses, and what a cluster's client asks."""
OTHER_NAMES = {"script_load": "script|load"}


def documented() -> set[str]:
    (rules,) = re.findall(r"^ACL SETUSER newswire (.+?)^```", PAGE, re.M | re.S)
    return set(re.findall(r"\+([a-z_|]+)", rules))


def used() -> set[str]:
    lua = "".join(file.read_text() for file in (WORKERS / "lua").glob("*.lua"))
    in_scripts = {name.lower() for name in re.findall(r"redis[._]call\('([A-Z]+)'", lua)}
    in_scripts |= {name.lower() for name in re.findall(r"= \{'([A-Z]+)', \w+\}", lua)}
    python = "".join((WORKERS / f"{name}.py").read_text() for name in CLIENT)
    called = set(re.findall(r"\bredis\.([a-z_]+)\(", python.replace("self._redis", "redis"))) - NO_COMMANDS - WHEN_ASKED
    return in_scripts | {OTHER_NAMES.get(name, name) for name in called} | {"evalsha"}


def test_the_rights_in_redis_are_those_that_are_used() -> None:
    assert documented() == used()


def test_the_commands_were_found() -> None:
    """Else both could be empty."""
    assert {"evalsha", "eval_ro", "script|load", "hset", "unlink", "info", "time"} <= used()


def test_rights_are_for_one_index() -> None:
    assert "~{newswire:newswire}*" in PAGE
    assert "-@all" in PAGE
