"""`newswire`: what people type. Each command is a file of `workers/commands/`, imported when it runs.

Law: nothing is imported here that a command may not need, so that `newswire --help` and `newswire clean` are quick and
work where no server library is. An error that this program raises on purpose is one line on stderr: exit status 2 for
a wrong setting or option, 3 for a server that is not there, 1 otherwise; 130 after Ctrl-C.
"""

import os
import sys
from collections.abc import Sequence
from typing import Annotated

from cyclopts import App, CycloptsError, Parameter

from workers import __version__
from workers.errors import NewswireError, ServerError, SettingsError

USAGE_STATUS = 2
_INTERRUPTED_STATUS = 130

app = App(
    name="newswire",
    version=__version__,
    default_parameter=Parameter(negative=""),
    help_format="markdown",
    help="""Newswire: raw articles in, one clean copy out, exactly once.

    Try it, with nothing prepared: **newswire demo**

    Run it on this machine: **newswire up**, then **newswire produce articles.jsonl** and **newswire tail**.
    Settings are environment variables; `newswire COMMAND --help` shows each command by example.
    """,
)


@app.command
def up(*, workers: Annotated[int, Parameter(name=["--workers", "-w"])] = 1, fresh: bool = False) -> int:
    """Start Kafka, Valkey, the topics and supervised workers here, and leave them running.

    All of it lives in `.run/`; the addresses stand in `.run/env`, which every other command reads, and are the last
    three lines printed. Data stay for the next `up`.

        newswire up                  # ports 9092, 6379, 6066 where free
        newswire up --workers 2
        newswire up --fresh          # forget the data of the last one
        tail -f .run/worker-1.log    # what a worker says

    Parameters
    ----------
    workers
        How many workers share the partitions.
    fresh
        Delete the data of an earlier `up` first.
    """
    from workers.commands import up as command

    return command.run(workers, fresh=fresh)


@app.command
def down() -> int:
    """Stop what `newswire up` started; the data stay.

    Workers finish the batch in their hands first.

        newswire down
    """
    from workers.commands import down as command

    return command.run()


def main(arguments: Sequence[str] | None = None) -> None:
    """The console script: ends the process with the command's exit status."""
    status = run(sys.argv[1:] if arguments is None else arguments)
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _silence_stdout()
    sys.exit(status)


def run(arguments: Sequence[str]) -> int:
    """Runs one command; returns its exit status."""
    try:
        return int(app(arguments, exit_on_error=False, print_error=True, result_action="return_value") or 0)
    except CycloptsError:
        return USAGE_STATUS
    except NewswireError as e:
        print(f"newswire: {e}", file=sys.stderr)
        return _status(e)
    except KeyboardInterrupt:
        return _INTERRUPTED_STATUS
    except BrokenPipeError:  # the reader, say `head`, has seen enough
        _silence_stdout()
        return 0


def _status(error: NewswireError) -> int:
    if isinstance(error, SettingsError):
        return 2
    return 3 if isinstance(error, ServerError) else 1


def _silence_stdout() -> None:
    """Else Python tries to flush once more at its end, and complains."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
