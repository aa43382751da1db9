"""`newswire`: what people type. Each command is a file of `workers/commands/`, imported when it runs.

Law: nothing is imported here that a command may not need, so that `newswire --help` and `newswire clean` are quick and
work where no server library is. An error that this program raises on purpose is one line on stderr: exit status 2 for
a wrong setting or option, 3 for a server that is not there, 1 otherwise; 130 after Ctrl-C. A worker that its watchdog
ends has 4, one that meets too many bad records 5.
"""

import os
import sys
from collections.abc import Sequence
from typing import Annotated, Literal

from cyclopts import App, CycloptsError, Parameter

from workers import __version__, asking, mending, operating
from workers.errors import NewswireError, ServerError, SettingsError
from workers.terminal import plain_lines

USAGE_STATUS = 2
_INTERRUPTED_STATUS = 130

app = App(
    name="newswire",
    version=__version__,
    default_parameter=Parameter(negative=""),
    suppress_keyboard_interrupt=False,  # `run` answers it
    help_format="markdown",
    help="""Newswire: raw articles in, one clean copy out, exactly once.

    Try it, with nothing prepared: **newswire demo**

    Run it on this machine: **newswire up**, then **newswire produce articles.jsonl** and **newswire tail**.
    Settings are environment variables; `newswire COMMAND --help` shows each command by example.
    """,
)


@app.command
def demo(*, keep: bool = False) -> int:
    """See it work: servers, a worker and a sample feed, in a temporary folder.

    Sends a feed of invented articles with copies, corrections, a kill and bad input, and shows what became of each.
    The last line is JSON: what was sent and where it ended. Status 0 only if every record ended in the right place.

    ```
    newswire demo
    newswire demo --keep    # leave the folder, with logs and data
    ```

    Args:
        keep: Do not delete the temporary folder.
    """
    from workers.commands import demo as command

    return command.run(keep=keep)


@app.command
def up(*, workers: Annotated[int, Parameter(name=["--workers", "-w"])] = 1, fresh: bool = False) -> int:
    """Start Kafka, Valkey, the topics and supervised workers here, and leave them running.

    All of it lives in `.run/`; the addresses stand in `.run/env`, which every other command reads, and are the last
    three lines printed. Data stay for the next `up`.

    ```
    newswire up                  # ports 9092, 6379, 6066 where free
    newswire up --workers 2
    newswire up --fresh          # forget the data of the last one
    tail -f .run/worker-1.log    # what a worker says
    ```

    Args:
        workers: How many workers share the partitions.
        fresh: Delete the data of an earlier `up` first.
    """
    from workers.commands import up as command

    return command.run(workers, fresh=fresh)


@app.command
def down() -> int:
    """Stop what `newswire up` started; the data stay.

    Workers finish the batch in their hands first.

    ```
    newswire down
    ```
    """
    from workers.commands import down as command

    return command.run()


@app.command
def produce(*files: str, raw: bool = False) -> int:
    """Publish raw articles, one JSON object a line, and wait until Kafka has them.

    ```
    newswire produce articles.jsonl more.jsonl.gz
    zcat archive.jsonl.gz | newswire produce
    echo '{"source": "My Paper", "body": "..."}' | newswire produce
    ```

    Args:
        files: JSON lines, plain or .gz; `-` or none at all is standard input.
        raw: Send lines that are no JSON objects too, as they are (they end as dead letters).
    """
    from workers.commands import produce as command

    return command.run(files, raw=raw)


@app.command
def tail(
    topic: Literal["clean", "duplicates", "rejected", "dlq", "all"] = "clean",
    *,
    from_start: bool = False,
    stop_at_end: bool = False,
    limit: Annotated[int | None, Parameter(name=["--limit", "-n"])] = None,
    json: bool = False,
) -> int:
    """Show the clean wire as it comes: readable on a terminal, JSON lines in a pipe.

    ```
    newswire tail
    newswire tail --from-start -n 10
    newswire tail duplicates --from-start
    newswire tail --from-start --stop-at-end | jq .item.headlines
    ```

    Args:
        topic: Which of the output topics, or all of them.
        from_start: Begin with the oldest record, not with the next one.
        stop_at_end: End when all that is there has been shown.
        limit: End after so many records.
        json: JSON lines on a terminal too.
    """
    from workers.commands import tail as command

    return command.run(topic, from_start=from_start, stop_at_end=stop_at_end, limit=limit, json=json)


@app.command
def clean(*files: str, show: bool = False) -> int:
    """Clean raw articles without any server: JSON lines in, JSON lines out, in order.

    Each line out has `uri`, `outcome` (clean, rejected or dead-letter), `reason`, `text`, `item` and `removed`.

    ```
    newswire clean article.jsonl
    newswire clean articles.jsonl.gz | jq -r .text
    newswire clean --show article.jsonl    # for the eye: what goes struck out, and why
    ```

    Args:
        files: JSON lines, plain or .gz; `-` or none at all is standard input.
        show: Show each article with what goes struck out in colour, and why.
    """
    from workers.commands import clean as command

    return command.run(files, show=show)


@app.command
def topics() -> int:
    """Create the topics that are missing, and show all of them.

    Topics that are there are left as they are; where one differs from the settings, that is told.

    ```
    newswire topics
    NEWSWIRE_PARTITIONS=12 NEWSWIRE_REPLICATION=3 newswire topics
    ```
    """
    from workers.commands import topics as command

    return command.run()


@app.command
def worker() -> int:
    """Run one worker until SIGTERM or Ctrl-C; needs Kafka with the topics, and Redis or Valkey.

    A worker that meets an error it cannot repair ends with a status other than 0 and wants to be started again: by
    systemd, by Docker, or by `newswire up`, which does all of this on one machine.

    ```
    newswire worker
    KAFKA_BOOTSTRAP=kafka:9092 REDIS_URL=redis://valkey:6379/0 newswire worker
    WEB_URL=http://127.0.0.1:6067 newswire worker    # a second one here
    ```

    Every setting is a variable: see the README, section Settings.
    """
    from workers.commands import worker as command

    return command.run()


for command in (asking.why, asking.curve, mending.replay, *operating.COMMANDS):
    app.command(command)


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
    is_plain = all(map(str.isprintable, arguments))  # else a frame would show them as they are
    try:
        return int(app(arguments, exit_on_error=False, print_error=is_plain, result_action="return_value") or 0)
    except CycloptsError as e:
        if not is_plain:
            print(f"newswire: {plain_lines(str(e))}", file=sys.stderr)
        return USAGE_STATUS
    except NewswireError as e:
        print(f"newswire: {plain_lines(str(e))}", file=sys.stderr)
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
