"""The rules of the house that the import contracts cannot say: checked on the syntax tree and in fresh interpreters."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.names_used import names_used

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "pizzagpt_desktop"
MODULES = sorted(PACKAGE.rglob("*.py"))
LONGEST_FILE = 400

CATCHES_EVERYTHING = {
    "diagnostics.py": "the crash hook",
    "chat/tasks.py": "the task scope",
    "providers/boundary.py": "the provider boundary",
    "providers/sources.py": "the provider boundary",
    "providers/registry.py": "the provider boundary: a plug-in that cannot be imported",
}


def name_of(module: Path) -> str:
    return module.relative_to(PACKAGE).as_posix()


def tree_of(module: Path) -> ast.Module:
    return ast.parse(module.read_text("utf-8"), str(module))


def calls(tree: ast.AST) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node.lineno


def dotted(module: Path) -> str:
    return ".".join(module.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_every_module_is_short_and_says_what_it_is(module):
    text = module.read_text("utf-8")
    assert len(text.splitlines()) <= LONGEST_FILE
    docstring = ast.get_docstring(ast.parse(text))
    assert docstring, f"{module} has no docstring"


def test_no_test_file_is_too_long_either():
    for path in (ROOT / "tests").rglob("*.py"):
        if "corpus" not in path.parts:
            assert len(path.read_text("utf-8").splitlines()) <= LONGEST_FILE, path


@pytest.mark.parametrize(
    ("names", "homes", "why"),
    [
        ({"create_task", "ensure_future", "TaskGroup"}, {"chat/tasks.py"}, "tasks have one owner: TaskScope"),
        (
            {"processEvents", "asyncSlot", "asyncClose"},
            set(),
            "they run the loop inside itself or lose tasks",
        ),
        ({"exec", "exec_"}, set(), "a dialog's own loop breaks asyncio's: use open()"),
        ({"ClientSession"}, {"network/http.py"}, "sessions are made in one place"),
    ],
)
def test_some_names_have_one_home(names, homes, why):
    for module in MODULES:
        if name_of(module) in homes:
            continue
        found = [
            f"{name_of(module)}:{line} {name}" for name, line in names_used(tree_of(module)) if name in names
        ]
        assert not found, f"{why}: {found}"


def test_the_database_is_opened_only_in_storage():
    for module in MODULES:
        found = [line for name, line in calls(tree_of(module)) if name in ("sqlite3.connect", "connect")]
        if not name_of(module).startswith("storage/"):
            assert not found, f"{name_of(module)}:{found}"


def test_only_three_places_catch_everything():
    for module in MODULES:
        for node in ast.walk(tree_of(module)):
            if not isinstance(node, ast.ExceptHandler):
                continue
            kinds = (
                {ast.unparse(kind) for kind in ast.walk(node.type) if isinstance(kind, ast.Name)}
                if node.type
                else {""}
            )
            if "BaseException" in kinds and any(
                isinstance(n, ast.Raise) and n.exc is None for n in node.body
            ):
                continue  # cleans up and raises on
            if kinds & {"", "Exception", "BaseException"}:
                assert name_of(module) in CATCHES_EVERYTHING, f"{name_of(module)}:{node.lineno}"


def test_workarounds_are_written_so_that_one_search_finds_them():
    for module in MODULES:
        for number, line in enumerate(module.read_text("utf-8").splitlines(), 1):
            if "workaround" in line.lower():
                assert "# WORKAROUND(" in line, f"{name_of(module)}:{number}"


IMPORT_ALL = """
import importlib, os, sys
sys.dont_write_bytecode = True
touched = []
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
def watch(event, args):
    if event == "open":
        path, mode, flags = args
        if isinstance(path, (str, bytes)) and (flags & WRITING or (mode and set(mode) & set("wax+"))):
            if os.fsdecode(path) != os.devnull:
                touched.append((event, path))
    elif event in ("os.mkdir", "os.rename", "os.remove", "sqlite3.connect", "socket.connect", "subprocess.Popen"):
        touched.append((event, args))
sys.addaudithook(watch)
for name in sys.argv[1:]:
    importlib.import_module(name)
    if touched:
        sys.exit(f"importing {name} touched {touched}")
"""


def assert_runs(code, names):
    """A fresh interpreter runs `code` with `names` as its arguments, and ends well."""
    command = [sys.executable, "-c", code, *names]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


def test_importing_any_module_touches_no_disk():
    names = [dotted(module) for module in MODULES if module.name != "__main__.py"]
    assert_runs(IMPORT_ALL, names)


def test_the_headless_half_imports_no_qt():
    names = [
        dotted(m)
        for m in MODULES
        if not name_of(m).startswith(("ui/", "app", "keeping", "opening", "self_test", "__main__"))
    ]
    code = (
        "import importlib, sys\n"
        "for name in sys.argv[1:]: importlib.import_module(name)\n"
        "sys.exit(sorted(n for n in sys.modules if n.split('.')[0] in ('PySide6', 'qasync', 'shiboken6')) or 0)"
    )
    assert_runs(code, names)


def test_the_rules_find_what_they_forbid():
    """The checks above look at real code that happens to be clean; here they meet code that is not."""
    tree = ast.parse(
        "import asyncio\nasyncio.create_task(x())\ndialog.exec()\nfrom qasync import asyncSlot\n"
    )
    assert {"create_task", "exec", "asyncSlot"} <= {name for name, _ in names_used(tree)}
    assert ("sqlite3.connect", 1) in calls(ast.parse("sqlite3.connect('x')"))
