"""One JSON object of the same form for every command that reports: `command`, `ok`, `summary`, `result`, `error`."""

from collections.abc import Mapping
from typing import Any

import orjson

from workers.errors import NewswireError, ServerError, SettingsError
from workers.terminal import print_json


def print_envelope(command: str, summary: str, result: Mapping[str, Any] | None, *, ok: bool = True) -> None:
    """Of a command that could do its work; `ok` is whether what it found is in order."""
    _print({"command": command, "ok": ok, "summary": summary, "result": result, "error": None})


def print_failure(command: str, error: NewswireError) -> int:
    """Of a command that could not; returns its exit status, which is the one it has without JSON."""
    status = 2 if isinstance(error, SettingsError) else 3 if isinstance(error, ServerError) else 1
    told = {"status": status, "message": str(error)}
    _print({"command": command, "ok": False, "summary": "failed", "result": None, "error": told})
    return status


def _print(envelope: Mapping[str, Any]) -> None:
    print_json(orjson.dumps(envelope, option=orjson.OPT_APPEND_NEWLINE))
