"""Which of Pygments' lexers reads a block's language; knows no text and loads nothing by itself.

A list of our own: what a reply calls its code picks one of these, never a module or a plug-in of that name.
"""

from typing import NamedTuple


class Lexer(NamedTuple):
    """Where a lexer is, and with what options it is made."""

    module: str
    name: str
    options: tuple[tuple[str, bool], ...] = ()


_BY_MODULE = {
    "ada": {"AdaLexer": "ada"},
    "asm": {"NasmLexer": "nasm asm assembly", "GasLexer": "gas"},
    "automation": {"AutohotkeyLexer": "autohotkey ahk"},
    "basic": {"VBScriptLexer": "vbscript"},
    "c_cpp": {"CLexer": "c h", "CppLexer": "cpp c++ cc cxx hpp"},
    "c_like": {"CudaLexer": "cuda cu"},
    "configs": {
        "IniLexer": "ini cfg conf properties editorconfig", "TOMLLexer": "toml", "NginxConfLexer": "nginx",
        "DockerLexer": "dockerfile docker", "TerraformLexer": "terraform tf hcl", "ApacheConfLexer": "apache",
    },
    "css": {"CssLexer": "css", "ScssLexer": "scss", "LessCssLexer": "less", "SassLexer": "sass"},
    "d": {"DLexer": "d"},
    "data": {"JsonLexer": "json jsonc json5 jsonl ndjson geojson", "YamlLexer": "yaml yml"},
    "diff": {"DiffLexer": "diff patch udiff"},
    "dotnet": {"CSharpLexer": "csharp c# cs", "VbNetLexer": "vb vbnet vb.net", "FSharpLexer": "fsharp f# fs"},
    "archetype": {"AdlLexer": "adl"},
    "erlang": {"ErlangLexer": "erlang erl", "ElixirLexer": "elixir ex exs"},
    "fortran": {"FortranLexer": "fortran f90 f95"},
    "go": {"GoLexer": "go golang"},
    "graph": {"CypherLexer": "cypher"},
    "graphics": {"GLShaderLexer": "glsl", "HLSLShaderLexer": "hlsl"},
    "graphql": {"GraphQLLexer": "graphql gql"},
    "graphviz": {"GraphvizLexer": "dot graphviz"},
    "haskell": {"HaskellLexer": "haskell hs"},
    "html": {"HtmlLexer": "html htm xhtml svelte", "XmlLexer": "xml svg xsd xslt rss plist"},
    "javascript": {
        "JavascriptLexer": "js javascript jsx mjs cjs node", "TypeScriptLexer": "ts typescript tsx", "DartLexer": "dart",
    },
    "julia": {"JuliaLexer": "julia jl"},
    "jvm": {
        "JavaLexer": "java", "KotlinLexer": "kotlin kt kts", "ScalaLexer": "scala", "GroovyLexer": "groovy gradle",
        "ClojureLexer": "clojure clj cljs edn",
    },
    "lisp": {"CommonLispLexer": "lisp common-lisp elisp emacs-lisp", "SchemeLexer": "scheme scm", "RacketLexer": "racket rkt"},
    "make": {"MakefileLexer": "make makefile mk", "CMakeLexer": "cmake"},
    "markup": {"MarkdownLexer": "markdown md", "TexLexer": "latex tex", "RstLexer": "rst"},
    "matlab": {"MatlabLexer": "matlab", "OctaveLexer": "octave"},
    "ml": {"OcamlLexer": "ocaml ml", "SMLLexer": "sml"},
    "nimrod": {"NimrodLexer": "nim nimrod"},
    "nix": {"NixLexer": "nix"},
    "objective": {"ObjectiveCLexer": "objc objective-c objectivec", "SwiftLexer": "swift"},
    "pascal": {"DelphiLexer": "pascal delphi"},
    "perl": {"PerlLexer": "perl pl"},
    "php": {"PhpLexer": "php"},
    "prolog": {"PrologLexer": "prolog"},
    "dsls": {"ProtoBufLexer": "proto protobuf", "ThriftLexer": "thrift"},
    "python": {"PythonLexer": "python py python3 py3 pyi starlark", "PythonConsoleLexer": "pycon"},
    "r": {"SLexer": "r s splus"},
    "ruby": {"RubyLexer": "ruby rb"},
    "rust": {"RustLexer": "rust rs"},
    "scripting": {"LuaLexer": "lua", "AppleScriptLexer": "applescript"},
    "shell": {
        "BashLexer": "bash sh shell zsh ksh shellscript", "BashSessionLexer": "console shell-session shellsession",
        "PowerShellLexer": "powershell ps1 pwsh posh", "BatchLexer": "bat batch cmd dosbatch", "FishShellLexer": "fish",
    },
    "hdl": {"VerilogLexer": "verilog v", "SystemVerilogLexer": "systemverilog sv", "VhdlLexer": "vhdl"},
    "sql": {
        "SqlLexer": "sql sqlite tsql plsql", "MySqlLexer": "mysql", "PostgresLexer": "postgres postgresql",
    },
    "tcl": {"TclLexer": "tcl"},
    "textedit": {"VimLexer": "vim viml"},
    "textfmts": {"HttpLexer": "http"},
    "webassembly": {"WatLexer": "wasm wat"},
    "zig": {"ZigLexer": "zig"},
}  # fmt: skip
_OPTIONS = {
    "MarkdownLexer": (("handlecodeblocks", False),),
    "RstLexer": (("handlecodeblocks", False),),
    "PhpLexer": (("startinline", True),),
}
_LEXERS = {
    alias: Lexer(f"pygments.lexers.{module}", name, _OPTIONS.get(name, ()))
    for module, lexers in _BY_MODULE.items()
    for name, aliases in lexers.items()
    for alias in aliases.split()
}
LANGUAGES = tuple(_LEXERS)


def lexer_of(lang: str) -> Lexer | None:
    """The lexer for a language as a reply names it, None where there is none."""
    return _LEXERS.get(lang.lower())
