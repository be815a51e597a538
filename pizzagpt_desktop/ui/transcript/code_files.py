"""Code saved as a file: a name to suggest, the dialog, the exact bytes; knows no transcript."""

from collections.abc import Callable

from PySide6.QtCore import QIODevice, QSaveFile
from PySide6.QtWidgets import QFileDialog, QWidget

_NAMES = {"dockerfile": "Dockerfile", "docker": "Dockerfile", "makefile": "Makefile", "make": "Makefile",
          "cmake": "CMakeLists.txt", "gitignore": ".gitignore"}  # fmt: skip
_ENDINGS = {
    "ada": "adb", "asm": "asm", "assembly": "asm", "awk": "awk", "bash": "sh", "bat": "bat", "batch": "bat", "c": "c",
    "c#": "cs", "c++": "cpp", "cc": "cpp", "clj": "clj", "clojure": "clj", "cmd": "bat", "cpp": "cpp", "cs": "cs",
    "csharp": "cs", "css": "css", "csv": "csv", "cu": "cu", "cuda": "cu", "d": "d", "dart": "dart", "diff": "diff",
    "dot": "dot", "elixir": "ex", "elm": "elm", "erlang": "erl", "ex": "ex", "f#": "fs", "fortran": "f90", "fs": "fs",
    "fsharp": "fs", "glsl": "glsl", "go": "go", "golang": "go", "graphql": "graphql", "graphviz": "dot",
    "groovy": "groovy", "haskell": "hs", "hcl": "tf", "hs": "hs", "htm": "html", "html": "html", "ini": "ini",
    "java": "java", "javascript": "js", "jinja": "j2", "jl": "jl", "js": "js", "json": "json", "json5": "json5",
    "jsonc": "jsonc", "jsonl": "jsonl", "jsx": "jsx", "julia": "jl", "kotlin": "kt", "kt": "kt", "latex": "tex",
    "less": "less", "lisp": "lisp", "lua": "lua", "markdown": "md", "matlab": "m", "md": "md", "mermaid": "mmd",
    "mjs": "mjs", "nim": "nim", "nix": "nix", "objc": "m", "objective-c": "m", "ocaml": "ml", "pascal": "pas",
    "patch": "patch", "perl": "pl", "php": "php", "pl": "pl", "plantuml": "puml", "powershell": "ps1", "prolog": "pl",
    "proto": "proto", "protobuf": "proto", "ps1": "ps1", "puml": "puml", "py": "py", "python": "py", "python3": "py",
    "r": "r", "racket": "rkt", "rb": "rb", "rs": "rs", "rst": "rst", "ruby": "rb", "rust": "rs", "sass": "sass",
    "scala": "scala", "scheme": "scm", "scss": "scss", "sh": "sh", "shell": "sh", "sol": "sol", "solidity": "sol",
    "sql": "sql", "svelte": "svelte", "svg": "svg", "swift": "swift", "terraform": "tf", "tex": "tex", "tf": "tf",
    "toml": "toml", "ts": "ts", "tsv": "tsv", "tsx": "tsx", "typescript": "ts", "vb": "vb", "vba": "bas",
    "verilog": "v", "vhdl": "vhd", "vue": "vue", "wasm": "wat", "xml": "xml", "yaml": "yaml", "yml": "yaml",
    "zig": "zig", "zsh": "zsh",
}  # fmt: skip


def suggested_name(lang: str) -> str:
    """What a file with code in `lang` could be called; nothing of `lang` itself gets into the name."""
    lang = lang.lower()
    return _NAMES.get(lang) or f"code.{_ENDINGS.get(lang, 'txt')}"


def ask_where(parent: QWidget, lang: str, code: str, say: Callable[[str], None]) -> None:
    """Ask for a file and write `code` there. say: tells the reader what became of it."""
    dialog = QFileDialog(parent, "Save code")
    dialog.setObjectName("save_code_dialog")
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setNameFilter("All files (*)")
    dialog.selectFile(suggested_name(lang))
    dialog.fileSelected.connect(lambda path: say(_write(path, code)))
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()


def _write(path: str, code: str) -> str:
    """Write the exact bytes; in words what became of it."""
    file = QSaveFile(path)
    if file.open(QIODevice.OpenModeFlag.WriteOnly):
        file.write(code.encode("utf-8", "surrogatepass"))
        if file.commit():
            return "The code is saved."
    return f"The file could not be written: {file.errorString()}. Choose another place."
