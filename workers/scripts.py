"""The Lua scripts that run in Redis, put together from the files of workers/lua."""

from importlib import resources

CLAIM = (
    "call",
    "tables",
    "postings",
    "documents",
    "sketches",
    "states",
    "search",
    "facts",
    "verdicts",
    "articles",
    "claims",
)
"""Files that make up the claim script, in this order."""

LOOK = (CLAIM[0], "nothing_written", *CLAIM[1:-1], "look")
"""The same for looking: the same code decides, and nothing is written."""


def joined(*names: str) -> str:
    """One script of several files."""
    folder = resources.files("workers").joinpath("lua")
    return "\n".join(folder.joinpath(f"{name}.lua").read_text("utf-8") for name in names)
