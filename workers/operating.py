"""The commands for whoever keeps the wire running, as people type them (see cli.py). None of them changes anything."""

from typing import Annotated

from cyclopts import Parameter


def config(*, changed: bool = False, json: bool = False) -> int:
    """Show every setting, its value and where it comes from; secrets stay hidden.

    A setting comes from the environment, else from `.run/env` (written by `newswire up`), else it has its default; a secret may
    stand in a file of its own. A setting that does not exist, or has a wrong value, is an error with status 2.

    ```
    newswire config
    newswire config --changed                        # only what is not the default
    NEWSWIRE_GROUP=trial newswire config --changed
    newswire config --json | jq '.result.settings[] | select(.origin == "environment")'
    ```

    Args:
        changed: Only what was set somewhere.
        json: One JSON object for programs: `command`, `ok`, `summary`, `result`, `error`.
    """
    from workers.commands import config as command

    return command.run(changed=changed, json=json)


def doctor(*, json: bool = False) -> int:
    """Look whether everything is as it should be: settings, Kafka, Redis, versions, clocks. A line each, with what to do.

    ✓ is in order. ⚠ works, and not as well as it should. ✗ keeps a worker from starting, or could lose an article, publish one
    twice or let a copy through. Status 0, also with warnings; 3 with any ✗; 2 for a wrong setting. Servers that are away are told
    within seconds. Rights are those of the user it runs as: run it as the worker does.

    ```
    newswire doctor
    KAFKA_BOOTSTRAP=kafka:9092 REDIS_URL=redis://valkey:6379/0 newswire doctor
    newswire doctor && newswire worker
    newswire doctor --json | jq -r '.result.checks[] | select(.state != "ok") | .told'
    ```

    Args:
        json: One JSON object for programs: `command`, `ok`, `summary`, `result`, `error`.
    """
    from workers.commands import doctor as command

    return command.run(json=json)


def status(
    *,
    watch: Annotated[bool, Parameter(name=["--watch", "-w"])] = False,
    minutes: float = 5.0,
    every: float = 2.0,
    json: bool = False,
) -> int:
    """Show the running group in one screen: workers, what waits and how long, rates, outcomes, the index, last dead letters.

    It asks Kafka and Redis from beside the group, from any machine, and changes nothing. Status 3 when Kafka or Redis does not
    answer.

    ```
    newswire status
    newswire status --watch                  # live, until Ctrl-C
    newswire status --minutes 60
    newswire status --json | jq .result.lag_s
    newswire status --watch --every 10 --json >> status.jsonl
    ```

    Args:
        watch: Again and again, until Ctrl-C.
        minutes: What rates and outcomes are counted over.
        every: Seconds between two looks.
        json: One JSON object a look for programs: `command`, `ok`, `summary`, `result`, `error`.
    """
    from workers.commands import status as command

    return command.run(minutes=minutes, watch=watch, every_s=every, json=json)


COMMANDS = (config, doctor, status)
