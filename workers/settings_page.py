"""docs/SETTINGS.md, made of the settings themselves: `python -m workers.settings_page > docs/SETTINGS.md`.

A test compares the two, so that the page never says what the code does not.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import AliasChoices
from pydantic.fields import FieldInfo

from workers.access import AccessSettings
from workers.settings import RUN_ENV_FILE, Settings

HEAD = f"""\
# Settings

Every setting is an environment variable; what is not set there is looked for in `{RUN_ENV_FILE}` (written by `make up`), and
then has the default given here. A wrong value ends the command at once, with exit status 2 and a line that names the variable.

This page is made of workers/settings.py by `python -m workers.settings_page > docs/SETTINGS.md`.

| setting | variable | default | allowed | meaning |
| --- | --- | --- | --- | --- |
"""
UNITS = {"_s": "seconds", "_bytes": "bytes", "_chars": "characters"}
DAY_S, MIB = 86_400, 1 << 20
_BOUNDS = {"ge": "from {}", "gt": "above {}", "le": "to {}", "lt": "below {}"}


def page() -> str:
    """The whole page."""
    access = AccessSettings.model_fields
    names = [*(name for name in Settings.model_fields if name not in access), *access]
    return HEAD + "".join(f"| {' | '.join(_row(name, Settings.model_fields[name]))} |\n" for name in names)


def variables(name: str, field: FieldInfo) -> list[str]:
    """The names by which the environment may set it, the first one wins.

    >>> variables("redis_url", Settings.model_fields["redis_url"])
    ['NEWSWIRE_REDIS_URL', 'REDIS_URL']
    """
    alias = field.validation_alias
    return [str(c) for c in alias.choices] if isinstance(alias, AliasChoices) else [f"NEWSWIRE_{name.upper()}"]


def shown(name: str, value: Any) -> str:
    """A value as people read it, with its unit.

    >>> shown("window_s", 604800.0), shown("batch_max_bytes", 33554432), shown("group", "newswire")
    ('604800 seconds (7 days)', '33554432 bytes (32 MiB)', 'newswire')
    """
    if isinstance(value, bool):
        return str(value).lower()
    if value is None:
        return "unset"
    if not isinstance(value, int | float):
        return value.as_posix() if isinstance(value, Path) else str(value)
    unit = next((u for suffix, u in UNITS.items() if name.endswith(suffix)), "")
    return f"{value:.15g} {unit}".rstrip() + _rounded(unit, value)


def _rounded(unit: str, value: float) -> str:
    if unit == "seconds" and value >= DAY_S:
        return f" ({value / DAY_S:.4g} days)"
    return f" ({value / MIB:.4g} MiB)" if unit == "bytes" and value >= MIB else ""


def _row(name: str, field: FieldInfo) -> tuple[str, ...]:
    names = ", ".join(f"`{v}`" for v in variables(name, field))
    return f"`{name}`", names, shown(name, field.default), " ".join(_allowed(field)), str(field.description)


def _allowed(field: FieldInfo) -> Iterator[str]:
    """Choices, bounds or a pattern, from the annotation."""
    if get_origin(field.annotation) is Literal:
        yield ", ".join(f"`{choice}`" for choice in get_args(field.annotation))
    for rule in field.metadata:
        yield from (text.format(f"{getattr(rule, b):,}") for b, text in _BOUNDS.items() if hasattr(rule, b))
        if getattr(rule, "pattern", None):
            yield f"`{rule.pattern}`"


if __name__ == "__main__":
    print(page(), end="")
