"""`newswire config`: every setting, its value and where that came from. Secrets are never shown, only that they are set."""

import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import SecretStr
from pydantic_settings import DotEnvSettingsSource
from rich.console import Console
from rich.table import Table
from rich.text import Text

from workers import redis_io, settings
from workers.access import SECRETS, AccessSettings
from workers.commands.envelope import print_envelope, print_failure
from workers.errors import SettingsError
from workers.settings import Settings
from workers.settings_page import shown, variables
from workers.terminal import plain

HIDDEN = "(hidden)"
PIPE_WIDTH = 200


@dataclass(frozen=True, slots=True)
class Found:
    """A setting as it is in force.

    Attributes:
        name: as `Settings` has it.
        variable: by which it was set, or may be.
        value: as JSON has it; `(hidden)` for a secret that is set.
        text: the same for people, with its unit.
        origin: where it came from.
        where: the variable or the file, "" for a default.
        meaning: what it is for.
    """

    name: str
    variable: str
    value: Any
    text: str
    origin: Literal["default", "environment", "file"]
    where: str
    meaning: str


def run(*, changed: bool = False, json: bool = False) -> int:
    """Prints the settings.

    Args:
        changed: only those that were set somewhere.
        json: one JSON object instead of lines.

    Raises:
        SettingsError: one is wrong, or does not exist.
    """
    try:
        found = in_force(settings.load())
    except SettingsError as e:
        if json:
            return print_failure("config", e)
        raise
    set_ = [f for f in found if f.origin != "default"]
    summary = f"{len(found)} settings, {len(set_)} of them set, the others at their defaults"
    listed = set_ if changed else found
    if json:
        print_envelope("config", summary, {"settings": [asdict(f) for f in listed]})
        return 0
    console = Console(highlight=False, width=None if sys.stdout.isatty() else PIPE_WIDTH)
    console.print(_table(listed))
    console.print(Text(f"{summary}. docs/SETTINGS.md says what each is for.", "dim"))
    return 0


def in_force(config: Settings) -> list[Found]:
    """All settings, in the order of docs/SETTINGS.md; users and passwords last."""
    access = AccessSettings.model_fields
    environment = {name.upper() for name in os.environ}
    written = _in_file()
    names = [*(name for name in Settings.model_fields if name not in access), *access]
    return [_found(config, name, environment, written) for name in names]


def _in_file() -> set[str]:
    """The variables of the file that settings are read from.

    Raises:
        SettingsError: the file has one that does not exist; in the environment that is refused when settings are read.
    """
    file = Settings.model_config.get("env_file")
    if not isinstance(file, str | Path) or not Path(file).is_file():
        return set()
    written = {name.upper() for name in DotEnvSettingsSource(Settings, env_file=file).env_vars}
    known = {v for name, field in Settings.model_fields.items() for v in variables(name, field)}
    if odd := sorted(name for name in written - known if name.startswith("NEWSWIRE_")):
        raise SettingsError(f"there is no setting {odd[0]}, and {file} sets it; docs/SETTINGS.md lists them")
    return written


def _found(config: Settings, name: str, environment: set[str], written: set[str]) -> Found:
    field = Settings.model_fields[name]
    names = variables(name, field)
    value, text = _shown(name, getattr(config, name))
    # What is said for both the environment and the file holds for the environment; of two names the first one wins.
    in_environment, in_file = ([v for v in names if v in there] for there in (environment, written))
    origin: Literal["default", "environment", "file"] = "default"
    where, variable = "", names[0]
    if in_environment:
        origin, where, variable = "environment", in_environment[0], in_environment[0]
    elif in_file:
        origin, where, variable = "file", str(Settings.model_config.get("env_file")), in_file[0]
    elif name in SECRETS and (file := getattr(config, f"{name}_file")):
        value, text, origin, where = HIDDEN, HIDDEN, "file", str(file)
    return Found(name, variable, value, text, origin, where, str(field.description))


def _shown(name: str, value: Any) -> tuple[Any, str]:
    """A value for programs, and the same for people; secrets hidden."""
    if isinstance(value, SecretStr):
        return HIDDEN, HIDDEN
    if name.endswith("_url"):
        value = masked(str(value))
    return str(value) if isinstance(value, Path) else value, shown(name, value)


def masked(url: str) -> str:
    """A url without user, password and options, any of which may be secret.

    >>> masked("rediss://desk:secret@host:6379/0?password=other")
    'rediss://host:6379/0'
    """
    rest = redis_io.shown(url)
    try:
        return rest if rest == HIDDEN else f"{urlsplit(url).scheme}://{rest}"
    except ValueError:
        return rest


def _table(found: list[Found]) -> Table:
    table = Table.grid(padding=(0, 3, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    table.add_column(overflow="fold")
    for f in found:
        style = "dim" if f.origin == "default" else "bold"
        origin = " ".join(filter(None, (f.origin, f.where if f.where != f.variable else "")))
        table.add_row(Text(f.variable, style), Text(plain(f.text), style), Text(plain(origin), "dim"))
    return table
