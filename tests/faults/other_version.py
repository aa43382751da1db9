"""A worker of another version, as a process of its own: what a release may change is changed here before the worker starts.

Arguments: JSON with any of format, oldest, signature, schema. It always adds a field to decisions, as a later version may.
Started by versions.py; the product has no switch for this.
"""

import json
import sys
from typing import Any

from workers import claims, cli, formats, headers, prepare, scripts, signature

wanted: dict[str, Any] = json.loads(sys.argv.pop())
given = scripts.joined


def joined(*names: str) -> str:
    """The scripts, which tell more of a decision than this version knows."""
    return given(*names).replace("decision.seq = a.seq", "decision.seq = a.seq; decision.told_by_another = {1, 2}")


def change(module: Any, name: str, key: str) -> None:
    setattr(module, name, wanted.get(key, getattr(module, name)))


change(formats, "INDEX_FORMAT", "format")
change(formats, "OLDEST_FORMAT", "oldest")
for module in (claims, formats, prepare, signature):
    change(module, "SIGNATURE_VERSION", "signature")
headers.SCHEMA_VERSION = wanted.get("schema", "1.9.0").encode()
setattr(formats, "__version__", "9.9.9")  # noqa: B010 - it is not exported, and that is right
scripts.joined = joined
sys.exit(cli.run(["worker"]))
