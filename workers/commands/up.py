"""`newswire up`: everything in `.run/`, left running, with its addresses in `.run/env`.

What runs from before is kept when it is whole, and made whole when something of it has died. Data stay for the next up.
"""

import re
import shutil
import time
from pathlib import Path

from workers import settings
from workers.commands import down
from workers.errors import ServerError
from workers.local import running
from workers.local.ports import free_port
from workers.local.stack import LocalStack, Ports, turn_sigterm_into_exit

RUN_FOLDER = Path(".run")
ENV_FILE = "env"
USUAL_PORTS = {"KAFKA_BOOTSTRAP": 9092, "REDIS_URL": 6379, "WEB_URL": 6066}


def run(workers: int = 1, *, fresh: bool = False, folder: Path = RUN_FOLDER) -> int:
    """Starts what is not running; prints the three addresses as the last lines."""
    folder = folder.absolute()
    if not fresh and _runs_whole(folder, workers):
        print(f"already running in {folder}: Kafka, Valkey and {_count(workers)}")
        return _print_addresses(read_env(folder / ENV_FILE))
    _stop_rest(folder)
    earlier = read_env(folder / down.LAST_ENV_FILE)
    if fresh:
        shutil.rmtree(folder, ignore_errors=True)
    _start(folder, workers, _choose_ports(earlier))
    return _print_addresses(read_env(folder / ENV_FILE))


def read_env(file: Path) -> dict[str, str]:
    """The addresses that an earlier `up` wrote; {} when there are none."""
    if not file.is_file():
        return {}
    return dict(line.split("=", 1) for line in file.read_text().splitlines() if "=" in line)


def _start(folder: Path, workers: int, ports: Ports) -> None:
    began = time.monotonic()
    turn_sigterm_into_exit()
    partitions = settings.load().partitions
    stack = LocalStack(folder, workers, partitions, progress=_tell, ports=ports, detached=True).start()
    (folder / ENV_FILE).write_text("".join(f"{name}={value}\n" for name, value in stack.environment.items()))
    _tell(f"running in {folder}, after {time.monotonic() - began:.1f} s; stop it with: newswire down")


def _runs_whole(folder: Path, workers: int) -> bool:
    if any(server.pid is None for server in running.servers(folder)) or not read_env(folder / ENV_FILE):
        return False
    found = sum(supervisor.pid is not None for supervisor in running.supervisors(folder))
    return found == workers


def _stop_rest(folder: Path) -> None:
    """Ends what runs of an earlier up that is not whole, or not what is asked for now."""
    ended = down.stop_all(folder)
    if ended:
        _tell(f"stopped what ran before: {', '.join(ended)}")


def _choose_ports(earlier: dict[str, str]) -> Ports:
    """The ports of the last up if they are free, so that addresses stay; else the usual ones; else any."""
    kafka, valkey, web = (free_port([*_port_of(earlier.get(name, "")), usual]) for name, usual in USUAL_PORTS.items())
    return Ports(kafka, valkey, web)


def _port_of(address: str) -> list[int]:
    found = re.search(r":(\d+)(/|$)", address)
    return [int(found[1])] if found else []


def _print_addresses(addresses: dict[str, str]) -> int:
    missing = [name for name in USUAL_PORTS if name not in addresses]
    if missing:
        raise ServerError(f"{ENV_FILE} lacks {', '.join(missing)}; start anew with: newswire down, then newswire up")
    for name in USUAL_PORTS:
        print(f"{name}={addresses[name]}", flush=True)
    return 0


def _tell(line: str) -> None:
    print(line, flush=True)


def _count(workers: int) -> str:
    return "1 worker" if workers == 1 else f"{workers} workers"
