"""`newswire status`: a running group in one screen, once or live. It asks from beside the group and changes nothing."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live
from rich.text import Text

from workers import log, settings
from workers.commands.envelope import print_envelope, print_failure
from workers.errors import NewswireError, ServerError, SettingsError
from workers.settings import Settings
from workers.status import show
from workers.status.picture import Picture, Watcher
from workers.terminal import plain

LEAST_EVERY_S = 0.5
PIPE_WIDTH = 120
SERVER_STATUS = 3


def run(*, minutes: float = 5.0, watch: bool = False, every_s: float = 2.0, json: bool = False) -> int:
    """Shows the group; returns 3 when Redis does not answer, whose figures are left out then.

    Args:
        minutes: what outcomes and rates are counted over.
        watch: again and again, until Ctrl-C.
        every_s: how often, then.
        json: one JSON object a look instead of a screen.

    Raises:
        ServerError: Kafka does not answer; when watching that is shown, and asked again.
    """
    try:
        if not 0 < minutes <= 1_440 or not every_s >= LEAST_EVERY_S:
            raise SettingsError(f"--minutes is up to 1440, and --every {LEAST_EVERY_S:g} seconds or more")
        config = settings.load()
        log.set_up(config.model_copy(update={"log_level": "error"}))
        if watch:
            return _watch(config, minutes * 60, every_s, json=json)
        with Watcher(config, minutes * 60) as watcher:
            picture = watcher.look()
    except NewswireError as e:
        if json and not watch:
            return print_failure("status", e)
        raise
    _print(picture, config, json=json)
    return SERVER_STATUS if picture.trouble else 0


def _watch(config: Settings, span_s: float, every_s: float, *, json: bool) -> int:
    """A Kafka that goes away is told, and looked for until it is back."""
    try:
        with _shown_live(config, json=json) as tell:
            while True:
                try:
                    with Watcher(config, span_s) as watcher:
                        while True:
                            tell(watcher.look())
                            time.sleep(every_s)
                except ServerError as e:
                    tell(e)
                    time.sleep(every_s)
    except KeyboardInterrupt:
        return 0  # the usual way to end it


class _Tell:
    """Shows what is there now; on a terminal in place of what stood there before."""

    def __init__(self, config: Settings, live: Live | None, *, json: bool) -> None:
        self._config, self._live, self._json = config, live, json

    def __call__(self, told: Picture | ServerError) -> None:
        if self._live is not None:
            what = (
                Text(plain(str(told)), "bold red") if isinstance(told, ServerError) else show.screen(told, self._config)
            )
            self._live.update(what, refresh=True)
        elif isinstance(told, Picture):
            _print(told, self._config, json=self._json)
        elif self._json:
            print_failure("status", told)
        else:
            print(f"newswire: {plain(str(told))}")
        sys.stdout.flush()


@contextmanager
def _shown_live(config: Settings, *, json: bool) -> Iterator[_Tell]:
    if json or not sys.stdout.isatty():
        yield _Tell(config, None, json=json)
        return
    with Live(console=Console(highlight=False), screen=True, auto_refresh=False) as live:
        yield _Tell(config, live, json=False)


def _print(picture: Picture, config: Settings, *, json: bool) -> None:
    if json:
        print_envelope("status", show.summary(picture), picture.as_json(config.group), ok=not picture.trouble)
        return
    console = Console(highlight=False, width=None if sys.stdout.isatty() else PIPE_WIDTH)
    console.print(show.screen(picture, config))
