"""Nothing in the package runs text: no pickle, no eval, no shell. Scripts of ops/ are shell, and get nothing from outside."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "workers"
FILES = sorted(PACKAGE.rglob("*.py"))
MODULES = {"pickle", "cPickle", "_pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib", "code", "codeop", "pty", "runpy",
           "commands", "yaml", "jsonpickle", "xmlrpc", "telnetlib"}  # fmt: skip
BUILTINS = {"eval", "exec", "compile", "__import__", "breakpoint", "input"}
OF_OS = {"system", "popen", "startfile", "spawnl", "spawnle", "spawnlp", "spawnv", "spawnve", "spawnvp", "execl", "execle", "execlp",
         "execv", "execve", "execvp", "execvpe", "posix_spawn"}  # fmt: skip
OF_SUBPROCESS = {"getoutput", "getstatusoutput"}
LOADS = {("numpy", "load"), ("np", "load"), ("importlib", "import_module")}


def offences(tree: ast.AST) -> Iterator[str]:
    """What runs text, or could."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            yield from (f"{node.lineno}: imports {n}" for n in names if n.split(".")[0] in MODULES)
        elif isinstance(node, ast.Call):
            yield from _of_call(node)


def _of_call(node: ast.Call) -> Iterator[str]:
    called = node.func
    if isinstance(called, ast.Name) and called.id in BUILTINS:
        yield f"{node.lineno}: calls {called.id}"
    if isinstance(called, ast.Attribute):
        of = called.value.id if isinstance(called.value, ast.Name) else ""
        if (of == "os" and called.attr in OF_OS) or (of, called.attr) in LOADS or called.attr in OF_SUBPROCESS:
            yield f"{node.lineno}: calls {of}.{called.attr}"
        if called.attr == "create_subprocess_shell":
            yield f"{node.lineno}: starts a shell"
    for keyword in node.keywords:
        is_off = isinstance(keyword.value, ast.Constant) and keyword.value.value is False
        if keyword.arg in ("shell", "allow_pickle") and not is_off:
            yield f"{node.lineno}: {keyword.arg}="


@pytest.mark.parametrize("file", FILES, ids=[str(f.relative_to(PACKAGE)) for f in FILES])
def test_nothing_runs_text(file: Path) -> None:
    assert not list(offences(ast.parse(file.read_text())))


@pytest.mark.parametrize(
    "text",
    [
        "import pickle", "from pickle import loads", "import xmlrpc.client", "eval('1')", "exec(x)", "__import__(x)", "os.system(x)",
        "subprocess.run(x, shell=True)", "subprocess.run(x, shell=flag)", "subprocess.getoutput(x)", "np.load(f, allow_pickle=True)",
        "importlib.import_module(x)", "asyncio.create_subprocess_shell(x)", "os.execvp(a, b)",
    ],
)  # fmt: skip
def test_the_look_sees(text: str) -> None:
    """Each of them would be found."""
    assert list(offences(ast.parse(text)))


@pytest.mark.parametrize("text", ["re.compile(x)", "redis.eval", "subprocess.run([a], shell=False)", "console.input"])
def test_the_look_does_not_see_ghosts(text: str) -> None:
    assert not list(offences(ast.parse(text)))
