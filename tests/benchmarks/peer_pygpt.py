"""The chat view of PyGPT (package pygpt_net), driven as its window drives it; all that draws and streams is its own.

Its web renderer, its page with its scripts and styles, the tab it stands in and its shipped settings are its own. Stand-ins are
what they ask of the rest of its window: where the current conversation is, which tab is active, and a door for its events, which
leads to the renderer. A conversation is opened as there: with a fresh page (`fresh`, `on_load`, `append_context`), from messages
that are in memory already; chunks come to `append_chunk`, as its stream's signal brings them.
"""

import importlib.util
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pygpt_net
import pygpt_net.icons_rc
from pygpt_net.config import Config
from pygpt_net.core.ctx.container import Container
from pygpt_net.core.ctx.output import Output
from pygpt_net.core.events import RenderEvent
from pygpt_net.core.filesystem import Filesystem
from pygpt_net.core.render.web.renderer import Renderer
from pygpt_net.core.tabs.tab import Tab
from pygpt_net.item.ctx import CtxItem, CtxMeta
from pygpt_net.ui.widget.tabs.body import TabBody
from pygpt_net.utils import set_env
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QMainWindow
from qt_material import QtStyleTools

from tests.benchmarks.chat_view import SIZE, ChatView, Feed, Then

VERSION = str(pygpt_net.__version__)
PID = 1
LOOK_MS = 10

# As its app.py sets them before there is an application.
set_env("PYGPT_APP_ENV", "prod", allow_overwrite=True)
set_env("QTWEBENGINE_CHROMIUM_FLAGS", "--enable-low-end-device-mode", True)
set_env("QTWEBENGINE_CHROMIUM_FLAGS", "--enable-gpu-rasterization", True)


def _alone(name: str, file: str) -> ModuleType:
    """One module of its controllers without the rest of them, which asks for all that the program can do."""
    spec = importlib.util.spec_from_file_location(name, Path(pygpt_net.__file__).parent / file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Window(QMainWindow, QtStyleTools):  # type: ignore[misc]  # where it is not installed, nothing is known of the class
    """Stands in for its main window."""

    def __init__(self) -> None:
        super().__init__()
        self.items: list[CtxItem] = []
        self.meta = CtxMeta()
        self.ui = SimpleNamespace(nodes={"output": {}, "output_plain": {}})
        nothing = lambda *_arguments, **_named: None  # noqa: E731  (what nobody here waits for)
        Config.prepare_workdir()
        config = Config(self)
        self.core = SimpleNamespace(
            config=config,
            platforms=SimpleNamespace(is_windows=lambda: False),
            presets=SimpleNamespace(get=nothing),
            debug=SimpleNamespace(log=print, info=nothing),
            tabs=SimpleNamespace(
                NUM_COLS=2, get_active_pid=lambda: PID, get_tab_by_pid=lambda _pid: self.tab,
                from_layout=self._body,
            ),
            ctx=SimpleNamespace(
                output=Output(self), get_items=lambda: self.items, get_current_meta=lambda: self.meta,
                get_current=lambda: self.meta.id, get_meta_by_id=lambda _id: self.meta,
            ),
        )  # fmt: skip
        self.core.filesystem = Filesystem(self)
        config.provider.install()
        config.load_config()
        theme = Path(config.get_app_path()) / "data" / "themes" / f"{config.get('theme')}.xml"
        more = {"density_scale": config.get("layout.density"), "pyside6": True}
        self.apply_stylesheet(self, str(theme), invert_secondary=theme.name.startswith("light"), extra=more)
        markdown = _alone("pygpt_markdown_styles", "controller/theme/markdown.py").Markdown(self)
        self.controller = SimpleNamespace(
            agent=SimpleNamespace(legacy=SimpleNamespace(enabled=lambda: False)),
            chat=SimpleNamespace(
                input=SimpleNamespace(generating=False),
                render=SimpleNamespace(
                    handle_save_as=nothing,
                    handle_audio_read=nothing,
                    scroll=0,
                    on_js_ready=lambda pid: self.renderer.on_js_ready(pid),
                ),
            ),
            ctx=SimpleNamespace(refresh_output=self.refresh_output),
            finder=SimpleNamespace(focus_in=nothing, update_counter=nothing),
            theme=SimpleNamespace(markdown=markdown, style=lambda _name: ""),
            ui=SimpleNamespace(tabs=SimpleNamespace(on_column_focus=nothing)),
        )
        self.renderer = Renderer(self)
        self.tab = Tab(pid=PID, type=Tab.TAB_CHAT)
        self.tab.child = Container(self).get(self.tab)
        self.setCentralWidget(self.tab.child)

    def _body(self, layout: Any) -> TabBody:
        body = TabBody(self)
        body.setLayout(layout)
        return body

    def refresh_output(self) -> None:
        self.renderer.append_context(self.meta, self.items, True)

    def dispatch(self, event: Any, *_arguments: object, **_named: object) -> None:
        if event.name == RenderEvent.ON_PAGE_LOAD:
            self.renderer.on_page_loaded(event.data["meta"], event.data["tab"])


class View(ChatView):
    """Its page in a window."""

    def __init__(self) -> None:
        self._kept: dict[str, list[CtxItem]] = {}
        self._count = 0
        self._window = Window()
        self._window.resize(*SIZE)
        self._window.show()
        self._renderer = self._window.renderer
        self._start([])

    @property
    def is_ready(self) -> bool:
        return bool(self._renderer._bridge_ready.get(PID)) and self._renderer.pids[PID].loaded

    def keep(self, name: str, texts: Sequence[str]) -> None:
        self._kept[name] = [
            self._item(texts[at], texts[at + 1] if at + 1 < len(texts) else "")
            for at in range(0, len(texts), 2)
        ]

    def open(self, name: str) -> None:
        self._start(self._kept[name])

    def _start(self, items: list[CtxItem]) -> None:
        """What its `Ctx.load` has the renderer do."""
        window = self._window
        window.meta = CtxMeta(len(self._kept) + self._count)
        for item in items:
            item.meta = window.meta
        window.items = items
        self._renderer.fresh(window.meta)
        self._renderer.on_load(window.meta)
        window.refresh_output()

    def stream(self, question: str, tokens: Iterable[str], rate: float, then: Then) -> None:
        window, renderer = self._window, self._renderer
        meta, item = window.meta, self._item(question, "")
        item.meta = meta
        window.items = [item]
        renderer.begin(meta, item, stream=True)
        renderer.append_input(meta, item)
        renderer.stream_begin(meta, item)
        parts: list[str] = []

        def take(token: str) -> None:
            parts.append(token)
            renderer.append_chunk(meta, item, token, len(parts) == 1)

        def end() -> None:
            item.output = "".join(parts)
            renderer.stream_end(meta, item)
            renderer.end(meta, item, stream=True)
            then()

        Feed(tokens, rate, take, end, window)

    def when_shown(self, word: str, then: Then) -> None:
        if not self.is_ready:
            QTimer.singleShot(LOOK_MS, lambda: self.when_shown(word, then))
            return
        page = self._window.ui.nodes["output"][PID].page()
        title = f"shown {word}"

        def on_title(text: str) -> None:
            if text == title:
                page.titleChanged.disconnect(on_title)
                then()

        page.titleChanged.connect(on_title)
        page.runJavaScript(
            f"""(function look() {{
                if (!document.body || !document.body.textContent.includes({json.dumps(word)})) setTimeout(look, {LOOK_MS});
                else requestAnimationFrame(() => requestAnimationFrame(() => {{ document.title = {json.dumps(title)}; }}));
            }})();"""
        )

    def _item(self, question: str, reply: str) -> CtxItem:
        self._count += 1
        item = CtxItem()
        item.id, item.input, item.output = self._count, question, reply
        return item
