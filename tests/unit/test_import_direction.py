"""Imports go one way: nouns <- steps <- shell, and each client library is imported where the design says.

A module that is not named below counts as a pure step: it may import only nouns and steps, no client, no clock and no
random number. Whoever adds a module that does more has to say here where in the shell it stands.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "workers"

NOUNS = {"article", "outcome", "errors"}
SHELL = [  # from the inside out; each imports what stands before it, or beside it
    {"access"},
    {"settings"},
    {"wires", "refusals"},
    {
        "topics",
        "rules",
        "group_errors",
        "settings_page",
        "formats",
        "log",
        "metrics",
        "metrics_page",
        "counters",
        "timed",
        "buffer",
        "blame",
        "terminal",
        "page_process",
    },
    {"upkeep", "offsets", "page_pool", "redis_io", "replicated", "record_batches"},
    {"preparer", "cleaned"},
    {"struck_out"},
    {"claims", "lines", "kafka_io"},
    {"unchecked"},
    {"outage", "bad_share"},
    {"delivery"},
    {"watchdog", "health"},
    {"observe"},
    {"pipeline"},
    {"pages", "assignor", "credentials"},
    {"agents", "web"},
    {"local"},
    {"wire", "why", "curve", "demo", "replay", "doctor", "status", "commands"},
    {"asking", "mending", "operating"},
    {"cli"},
]
OWNERS = {
    "redis": {"claims", "lines", "redis_io", "replicated"},
    "aiokafka": {
        "delivery",
        "pipeline",  # the name of a partition
        "health",
        "group_errors",
        "offsets",
        "outage",
        "record_batches",
        "agents",
    },  # in agents, the consumer that Faust builds on it
    "faust": {"agents", "assignor", "credentials", "pages"},
    "mode": {"agents", "buffer"},  # the queue that Faust's services wait on
    "kafka": {"kafka_io"},
}
IMPURE = {
    "random",
    "secrets",
    "uuid",
    "time",
    "socket",
    "asyncio",
    "threading",
    "subprocess",
    "logging",
    "structlog",
    "os",
}
CLOCKS = {"now", "utcnow", "today"}


def name_of(file: Path) -> str:
    """The module's first name below the package: `cleaning/mend.py` is `cleaning`."""
    first = file.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


FILES = sorted(file for file in PACKAGE.rglob("*.py") if file.parent != PACKAGE or file.name != "__init__.py")
SHELL_NAMES = set().union(*SHELL)
STEPS = [file for file in FILES if name_of(file) not in SHELL_NAMES]


def imports(file: Path) -> Iterator[str]:
    """Dotted names of all that a file imports, also inside functions; `from workers import x` is `workers.x`."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{file}: imports are absolute here"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def own_imports(file: Path) -> set[str]:
    """First names of the modules of this package that a file imports."""
    known = {name_of(f) for f in FILES}
    return {name.split(".")[1] for name in imports(file) if name.startswith("workers.")} & known


def label(file: Path) -> str:
    return str(file.relative_to(PACKAGE))


def test_the_package_is_found() -> None:
    """Else all of the following would hold for nothing."""
    assert len(STEPS) >= 10
    assert {"decode", "encode", "signature", "cleaning"} <= {name_of(file) for file in STEPS}


@pytest.mark.parametrize("file", FILES, ids=label)
def test_a_client_library_is_imported_by_its_owner_alone(file: Path) -> None:
    libraries = {name.split(".")[0] for name in imports(file)} & set(OWNERS)
    assert not {library for library in libraries if name_of(file) not in OWNERS[library]}


@pytest.mark.parametrize("file", STEPS, ids=label)
def test_a_step_is_pure(file: Path) -> None:
    """No client, no clock, no random number, no log: same input, same output."""
    assert not {name.split(".")[0] for name in imports(file)} & (IMPURE | set(OWNERS))
    tree = ast.walk(ast.parse(file.read_text()))
    assert not [node.attr for node in tree if isinstance(node, ast.Attribute) and node.attr in CLOCKS]


@pytest.mark.parametrize("file", STEPS, ids=label)
def test_a_step_imports_only_nouns_and_steps(file: Path) -> None:
    assert not own_imports(file) & SHELL_NAMES


@pytest.mark.parametrize("file", [f for f in FILES if name_of(f) in NOUNS], ids=label)
def test_a_noun_imports_only_nouns(file: Path) -> None:
    assert own_imports(file) <= NOUNS


@pytest.mark.parametrize("file", [f for f in FILES if name_of(f) in SHELL_NAMES], ids=label)
def test_the_shell_imports_inwards(file: Path) -> None:
    place = next(i for i, names in enumerate(SHELL) if name_of(file) in names)
    outer = set().union(*SHELL[place + 1 :])
    assert not own_imports(file) & outer
