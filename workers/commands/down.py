"""`newswire down`: ends what `newswire up` started, the workers first so that they finish their batch."""

from pathlib import Path

from workers.local import running
from workers.local.supervisor import STOP_GRACE_S

ENV_FILE = "env"
LAST_ENV_FILE = "env.last"
_SERVER_GRACE_S = 20.0


def run(folder: Path = Path(".run")) -> int:
    """Stops all of it; the data stay."""
    ended = stop_all(folder.absolute())
    print(f"stopped: {', '.join(ended)}" if ended else f"nothing is running in {folder}")
    return 0


def stop_all(folder: Path) -> list[str]:
    """Returns the titles of what ran. `env` goes, so that no command looks for servers that are gone."""
    ended = running.end(running.supervisors(folder), STOP_GRACE_S + 5)
    ended += running.end(running.workers(folder), STOP_GRACE_S)  # only one whose supervisor was killed
    ended += running.end(running.servers(folder), _SERVER_GRACE_S)
    if (folder / ENV_FILE).exists():
        (folder / ENV_FILE).replace(folder / LAST_ENV_FILE)
    for file in folder.glob("*.pid"):
        file.unlink()
    return ended
