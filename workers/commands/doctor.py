"""`newswire doctor`: settings, Kafka, Redis, versions and clocks, a line each, with what to do."""

import sys
from collections.abc import Sequence
from dataclasses import asdict

from rich.console import Console
from rich.text import Text

from workers import log, settings
from workers.commands.envelope import print_envelope, print_failure
from workers.doctor.check import Check, State, ok
from workers.doctor.examine import examine
from workers.errors import SettingsError
from workers.terminal import plain

FAILED_STATUS = 3
MARKS: dict[State, tuple[str, str]] = {
    "ok": ("✓", "green"),
    "warning": ("⚠", "bold yellow"),
    "failure": ("✗", "bold red"),
}
WORDS: dict[State, str] = {"ok": "ok  ", "warning": "warn", "failure": "FAIL"}
"""Where the terminal cannot show the marks."""


def run(*, json: bool = False) -> int:
    """Looks at everything and prints it; returns 0 also with warnings, and 3 when something failed.

    Args:
        json: one JSON object instead of lines.

    Raises:
        SettingsError: one is wrong; then nothing else can be looked at.
    """
    try:
        config = settings.load()
    except SettingsError as e:
        if json:
            return print_failure("doctor", e)
        raise
    log.set_up(config.model_copy(update={"log_level": "error"}))
    checks = [ok("settings", "understood; `newswire config` shows them"), *examine(config)]
    if json:
        result = {"checks": [asdict(check) for check in checks]}
        print_envelope("doctor", summary(checks), result, ok=status(checks) == 0)
    else:
        console = Console(highlight=False, soft_wrap=True)
        for check in checks:
            console.print(line(check, marks=_can_mark()))
        console.print(Text(summary(checks), "bold"))
    return status(checks)


def status(checks: Sequence[Check]) -> int:
    """The exit status."""
    return FAILED_STATUS if any(check.state == "failure" for check in checks) else 0


def summary(checks: Sequence[Check]) -> str:
    """`12 ok, 1 warning, 0 failures`."""
    ok_, warned, failed = (sum(c.state == state for c in checks) for state in ("ok", "warning", "failure"))
    return f"{ok_} ok, {warned} warning{'s' * (warned != 1)}, {failed} failure{'s' * (failed != 1)}"


def line(check: Check, *, marks: bool = True) -> Text:
    """One line; what to do stands behind the arrow."""
    sign, style = MARKS[check.state]
    text = Text.assemble(
        (sign if marks else WORDS[check.state], style), " ", (f"{check.area:<9}", "dim"), plain(check.told)
    )
    if check.todo:
        text.append("  → " if marks else "  -> ", style).append(plain(check.todo), "bold")
    return text


def _can_mark() -> bool:
    try:
        "✓⚠✗→".encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
