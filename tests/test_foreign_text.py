"""Foreign text meets no widget that guesses a format, and no address leaves but by the gate: read off the syntax tree."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.helpers.names_used import names_used

PACKAGE = Path(__file__).parent.parent / "pizzagpt_desktop"
MODULES = sorted(PACKAGE.rglob("*.py"))

GATE = "ui/links.py"
OPENS = {
    "QDesktopServices",
    "openUrl",
    "setOpenExternalLinks",
    "setOpenLinks",
    "webbrowser",
    "xdg-open",
    "startfile",
}
GUESSES = {
    "setHtml", "insertHtml", "appendHtml", "fromHtml", "setMarkdown", "insertMarkdown", "fromMarkdown", "appendMarkdown",
    "AutoText", "RichText", "MarkdownText", "QTextBrowser", "QTextEdit", "QMessageBox", "QErrorMessage",
    "QWhatsThis", "QStaticText", "QGraphicsTextItem", "QProgressDialog", "QInputDialog", "QWizardPage", "QSplashScreen",
    "QSystemTrayIcon", "QWebEngineView", "setWhatsThis", "setInformativeText", "setDetailedText", "addResource",
    "setDefaultStyleSheet", "QSyntaxHighlighter",
}  # fmt: skip
LABELS = {"QLabel"}
"""Take any text for markup that looks like it, until they are told not to."""
SAFE_TEXTS = {"plain_tip"}


def name_of(module: Path) -> str:
    return module.relative_to(PACKAGE).as_posix()


def names(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Every name that is used, imported (under any other name too) or spelled as text for `getattr`."""
    yield from names_used(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value, node.lineno


def openers(tree: ast.AST) -> list[str]:
    return [f"{line}: {name}" for name, line in names(tree) if name in OPENS]


def guessing(tree: ast.AST) -> list[str]:
    """What in `tree` could make markup of foreign text."""
    found = [f"{line}: {name}" for name, line in names(tree) if name in GUESSES]
    found += [f"{node.lineno}: {ast.unparse(node)[:60]}" for node in _bare_labels(tree)]
    found += [f"{node.lineno}: {ast.unparse(node)[:60]}" for node in _unsafe_tips(tree)]
    return found


def _bare_labels(tree: ast.AST) -> Iterator[ast.AST]:
    """Labels that are given a text, now or later, without having been told that it is plain."""
    if not any(name in LABELS or name == "addRow" for name, _ in names(tree)):
        return
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.Module)):
        source = ast.unparse(function)
        for node in ast.walk(function):
            if isinstance(node, ast.ClassDef) and any(ast.unparse(base) in LABELS for base in node.bases):
                yield node
            if not isinstance(node, ast.Call) or ast.unparse(node.func).rpartition(".")[2] not in LABELS:
                continue
            holder = _holder(function, node)
            is_plain = holder and f"{holder}.setTextFormat(Qt.TextFormat.PlainText)" in source
            is_picture = holder and f"{holder}.setText(" not in ast.unparse(tree) and not _has_text(node)
            if not is_plain and not is_picture:
                yield node
    for node in ast.walk(tree):  # a form's row makes a label of its own out of a text
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".addRow") and _has_text(node):
            yield node


def _holder(function: ast.AST, call: ast.Call) -> str:
    for node in ast.walk(function):
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is call:
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            return ast.unparse(target)
    return ""


def _has_text(call: ast.Call) -> bool:
    return any(
        isinstance(arg, ast.Constant | ast.JoinedStr) or "text" in ast.unparse(arg).lower()
        for arg in call.args
    )


def _unsafe_tips(tree: ast.AST) -> Iterator[ast.AST]:
    """Tips whose text is not our own words and did not go through `plain_tip`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in (
            "setToolTip",
            "setStatusTip",
        ):
            if not all(isinstance(arg, ast.Constant) or _is_safe(arg) for arg in node.args[-1:]):
                yield node
        elif isinstance(node, ast.match_case) and "ToolTipRole" in ast.unparse(node.pattern):
            for answer in (
                one for part in node.body for one in ast.walk(part) if isinstance(one, ast.Return)
            ):
                if answer.value is None or "plain_tip(" not in ast.unparse(answer.value):
                    yield answer

    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        if not any(name == "showText" for name, _ in names(function)):
            continue
        source = ast.unparse(function)
        if "QToolTip.showText(" in source and "escape(" not in source and "plain_tip(" not in source:
            yield function


def _is_safe(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in SAFE_TEXTS


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_foreign_text_is_never_taken_for_markup(module: Path) -> None:
    assert guessing(ast.parse(module.read_text("utf-8"))) == []


def test_one_module_alone_opens_addresses() -> None:
    users = {name_of(module): openers(ast.parse(module.read_text("utf-8"))) for module in MODULES}
    assert {name for name, found in users.items() if found} == {GATE}
    assert len(users) > 200


@pytest.mark.parametrize(
    "planted",
    [
        "from PySide6.QtWidgets import QLabel\nlabel = QLabel(message.text)",
        "def show(self):\n    self.a = QLabel()\n    self.a.setText(words)",
        "def show(self):\n    self.a = QtWidgets.QLabel('x')",
        "class Note(QLabel):\n    pass",
        "form.addRow('Name', field)",
        "button.setToolTip(message.text)",
        "button.setToolTip(f'{name}')",
        "def tip(self):\n    QToolTip.showText(place, link.href)",
        "document.setHtml(text)",
        "getattr(document, 'setMarkdown')(text)",
        "from PySide6.QtWidgets import QMessageBox as Box",
        "def data(role):\n    match role:\n        case Qt.ItemDataRole.ToolTipRole:\n            return row.title",
        "label.setTextFormat(Qt.TextFormat.AutoText)",
    ],
)  # fmt: skip
def test_a_planted_guess_is_found(planted: str) -> None:
    assert guessing(ast.parse(planted))


@pytest.mark.parametrize(
    "planted",
    [
        "from PySide6.QtGui import QDesktopServices as Harmless",
        "import webbrowser as w",
        "getattr(services, 'openUrl')(url)",
        "label.setOpenExternalLinks(True)",
        "subprocess.run(['xdg-open', url])",
        "os.startfile(path)",
    ],
)
def test_a_planted_opener_is_found(planted: str) -> None:
    assert openers(ast.parse(planted))


def test_what_is_plain_is_let_through() -> None:
    plain = "def f(self):\n    a = QLabel(self)\n    a.setTextFormat(Qt.TextFormat.PlainText)\n    a.setText(words)\n    a.setToolTip(plain_tip(words))"
    assert guessing(ast.parse(plain)) == []
    assert guessing(ast.parse("def f(self):\n    self.icon = QLabel()\n    self.icon.setPixmap(p)")) == []
