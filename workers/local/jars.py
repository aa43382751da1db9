"""Apache Kafka's jars: copied once by Maven into the repository's `.cache/kafka-jars`, pinned by ops/kafka/pom.xml.

`python -m workers.local.jars` fetches them (`make setup` calls it). A copy of the pom stands beside the jars and is
written last: a changed pom or an interrupted download is fetched again.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from workers.errors import NewswireError, ServerError

POM = Path("ops/kafka/pom.xml")
CACHE = Path(".cache/kafka-jars")
FETCH_COMMAND = "make setup"
_NO_MAVEN = (
    "Maven (mvn) fetches Apache Kafka's jars and is not installed; "
    "install it with: sudo apt-get install maven   (macOS: brew install maven)"
)


def repository() -> Path | None:
    """The folder of the repository that this package stands in, None when it is installed elsewhere."""
    for folder in Path(__file__).resolve().parents:
        if (folder / POM).is_file():
            return folder
    return None


def jars_folder() -> Path:
    """Where the jars are: NEWSWIRE_KAFKA_JARS, else the repository's cache.

    Raises:
        ServerError: they are not there; says how to get them.
    """
    if given := os.environ.get("NEWSWIRE_KAFKA_JARS"):
        return _given(Path(given))
    root = repository()
    if root is None:
        raise ServerError(
            "Apache Kafka's jars: set NEWSWIRE_KAFKA_JARS to a folder that holds them (the libs/ of a Kafka download)"
        )
    if not _is_complete(root):
        raise ServerError(f"Apache Kafka's jars are not in {root / CACHE}; fetch them with: {FETCH_COMMAND}")
    return root / CACHE


def fetch(root: Path) -> Path:
    """Fetches the jars unless they are there; returns their folder.

    Raises:
        ServerError: Maven is missing or failed.
    """
    target = root / CACHE
    if _is_complete(root):
        return target
    maven = shutil.which("mvn")
    if maven is None:
        raise ServerError(_NO_MAVEN)
    part = target.with_name(f"{target.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    _copy_dependencies(maven, root / POM, part)
    shutil.copyfile(root / POM, part / POM.name)
    shutil.rmtree(target, ignore_errors=True)
    part.rename(target)
    return target


def _given(folder: Path) -> Path:
    if not any(folder.glob("kafka_2*.jar")):
        raise ServerError(f"NEWSWIRE_KAFKA_JARS={folder} holds no kafka_2.*.jar")
    return folder


def _is_complete(root: Path) -> bool:
    copy = root / CACHE / POM.name
    return copy.is_file() and copy.read_bytes() == (root / POM).read_bytes()


def _copy_dependencies(maven: str, pom: Path, target: Path) -> None:
    done = subprocess.run(
        [maven, "-q", "-B", "-f", pom, "dependency:copy-dependencies", f"-DoutputDirectory={target}"],
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode != 0 or not any(target.glob("kafka_2*.jar")):
        lines = (done.stdout + done.stderr).strip().splitlines()[-8:]
        raise ServerError("Maven could not fetch Apache Kafka's jars:\n" + "\n".join(f"  {line}" for line in lines))


def main() -> int:
    root = repository()
    try:
        if root is None:
            raise ServerError(f"no {POM} above {Path(__file__).parent}: fetching needs the repository")
        folder = fetch(root)
    except NewswireError as e:
        print(f"newswire: {e}", file=sys.stderr)
        return 3
    print(f"Apache Kafka's jars: {len(list(folder.glob('*.jar')))} in {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
