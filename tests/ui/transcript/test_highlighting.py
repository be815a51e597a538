"""Colours of code: they come by themselves, in time and budget, cost no line its height and can be read in every theme."""

import gc
import signal
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from time import perf_counter, thread_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from pizzagpt_desktop.domain.conversation import Message, Role, Siblings
from pizzagpt_desktop.ui import theme
from pizzagpt_desktop.ui.transcript import highlighter, lexing
from pizzagpt_desktop.ui.transcript.inks import LEAST_CONTRAST, colours
from pizzagpt_desktop.ui.transcript.languages import LANGUAGES, lexer_of
from pizzagpt_desktop.ui.transcript.leaf_view import LeafView
from pizzagpt_desktop.ui.transcript.lexing import BUDGET_S, LARGEST, Ink, Job, units
from pizzagpt_desktop.ui.transcript.view import TranscriptView
from tests.ui.transcript.conftest import message
from tests.ui.transcript.sampler import PYTHON

CORPUS = Path(__file__).parents[2] / "corpus" / "markdown"
One = Callable[[str], Siblings]
TRIVIAL = {
    "java": '"\\' * 5_000, "js": '"' + '\\"' * 5_000, "adl": " " * 10_000 + "x", "bash": "<<a\n" * 2_500,
    "terraform": "<<a\n" * 2_500, "ada": "\n " * 5_000, "scala": 'f"{' * 3_000, "html": "<!--" * 2_500,
}  # fmt: skip


def read(job: Job) -> float:
    """Read it all; the longest step in seconds of this thread."""
    longest, more = 0.0, True
    while more:
        began = thread_time()
        more = job.step(0.004)
        longest = max(longest, thread_time() - began)
    return longest


def stretches(job: Job, code: str) -> list[tuple[str, Ink]]:
    """What is coloured, in order of the text."""
    found = []
    lines = code.split("\n")
    for line in sorted(job.spans):
        data = lines[line].encode("utf-16-le")
        spans = job.spans[line]
        for at in range(0, len(spans), 3):
            start, length = spans[at], spans[at + 1]
            found.append((data[2 * start : 2 * (start + length)].decode("utf-16-le"), Ink(spans[at + 2])))
    return found


def coloured(leaf: LeafView) -> dict[str, str]:
    """Colour by the words that have it."""
    assert leaf.document is not None
    found = {}
    block = leaf.document.begin()
    while block.isValid():
        for form in block.layout().formats():
            words = block.text()[form.start : form.start + form.length]
            found[words] = form.format.foreground().color().name().upper()
        block = block.next()
    return found


def test_code_is_read_in_roles_whatever_letters_are_in_it() -> None:
    code = 'def 𝒻(): # 😀 x\n    return "é😀" + 12\n'
    job = Job("python", code)
    read(job)
    found = stretches(job, code)
    assert ("def", Ink.KEYWORD) in found
    assert ("# 😀 x", Ink.COMMENT) in found
    assert ("é😀", Ink.STRING) in found or ('"é😀"', Ink.STRING) in found
    assert ("12", Ink.NUMBER) in found


def test_a_token_over_many_lines_is_coloured_on_each() -> None:
    code = "/* one\n\n   two */ let x"
    job = Job("js", code)
    read(job)
    assert [words for words, ink in stretches(job, code) if ink is Ink.COMMENT] == ["/* one", "   two */"]


def test_every_language_of_the_list_has_its_lexer() -> None:
    lexers = {lexer_of(lang.upper()): lang for lang in LANGUAGES}
    assert None not in lexers
    for lang in lexers.values():
        read(Job(lang, 'x = "a" # 1\n-- c\n'))
    assert len(lexers) > 80


@pytest.mark.parametrize("lang", ["", "mermaid", "no-such", "../os", "python3.12; import os"])
def test_an_unknown_language_is_plain(lang: str) -> None:
    job = Job(lang, "x = 1")
    read(job)
    assert job.spans == {}


@pytest.mark.parametrize("lang", TRIVIAL)
def test_a_text_that_makes_an_expression_slow_is_given_up(lang: str) -> None:
    read(Job(lang, "x"))  # its expressions are made
    jobs = [Job(lang, TRIVIAL[lang]) for _ in range(3)]
    longest = min(read(job) for job in jobs)
    assert longest < BUDGET_S, "in processor time of this thread, whatever else the machine does"
    assert min(job.cost_s for job in jobs) < 2 * BUDGET_S


def test_without_the_timer_such_texts_are_not_read_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(signal, "setitimer")
    monkeypatch.setattr(lexing, "_guard", lexing._Guard())
    for lang, text in TRIVIAL.items():
        job = Job(lang, text)
        assert read(job) < BUDGET_S
        assert job.spans == {}
    job = Job("python", PYTHON)
    read(job)
    assert job.spans


def test_an_alarm_of_others_goes_off_when_it_should() -> None:
    rung: list[float] = []
    handler = signal.signal(signal.SIGALRM, lambda *_: rung.append(perf_counter()))
    before = signal.setitimer(signal.ITIMER_REAL, 0.03)
    set_at = perf_counter()
    try:
        while not rung and perf_counter() < set_at + 10:
            read(Job("python", PYTHON))
        assert rung[0] - set_at >= 0.03
        assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    finally:
        signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, *before)


def test_an_alarm_that_comes_late_does_no_harm() -> None:
    """It may have been under way in another thread when its timer was stopped."""
    read(Job("python", PYTHON))
    assert signal.getsignal(signal.SIGVTALRM) not in (signal.SIG_DFL, signal.SIG_IGN)
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0.0, 0.0)
    signal.raise_signal(signal.SIGVTALRM)
    job = Job("python", PYTHON)
    while job.step(0.0005):
        signal.raise_signal(signal.SIGVTALRM)
    assert job.spans


def test_only_the_first_part_of_a_large_block_is_coloured() -> None:
    code = "x = 1\n" * (LARGEST // 3)
    job = Job("python", code)
    read(job)
    assert max(job.spans) * 6 <= LARGEST


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["python", "js", "html", "yaml", "bash"]),
    st.text(alphabet="ab\"'#/*{}<>=\n 😀é\\", max_size=120),
)
def test_what_is_coloured_lies_in_its_line(lang: str, code: str) -> None:
    job = Job(lang, code)
    read(job)
    lines = code.split("\n")
    for line, spans in job.spans.items():
        assert all(
            spans[i] >= 0 and spans[i] + spans[i + 1] <= units(lines[line]) for i in range(0, len(spans), 3)
        )


@pytest.mark.parametrize(
    "palette",
    [theme.LIGHT, theme.DARK, theme.CONTRAST_LIGHT, theme.CONTRAST_DARK],
    ids=["light", "dark", "hc light", "hc dark"],
)
def test_every_colour_can_be_read_on_the_ground_of_code(palette: theme.Palette) -> None:
    high = palette in (theme.CONTRAST_LIGHT, theme.CONTRAST_DARK)
    inks = colours(palette)
    assert set(inks) == set(Ink)
    for ink, colour in inks.items():
        least = theme.HIGH_CONTRAST if high else LEAST_CONTRAST
        assert theme.contrast(colour, palette.code) >= least, ink
        assert theme.contrast(palette.text, palette.selection) >= LEAST_CONTRAST


def test_on_a_ground_of_the_systems_what_cannot_be_read_is_plain() -> None:
    odd = theme.CONTRAST_DARK._replace(code="#3B5998", text="#FFFFFF")
    assert all(
        theme.contrast(colour, odd.code) >= theme.HIGH_CONTRAST or colour == odd.text
        for colour in colours(odd).values()
    )


def test_colours_come_by_themselves_and_change_no_height(
    view: TranscriptView, one_of: One, qtbot: QtBot
) -> None:
    view.show_path("c", [message(0, Role.ASSISTANT, f"```python\n{PYTHON}```\n\nafter")], one_of)
    code, after = view.rows.row(0).views
    before = code.height, after.top, view.rows.heights.total
    assert coloured(code) == {}
    qtbot.waitUntil(lambda: bool(coloured(code)))
    assert coloured(code)["class"] == colours(theme.LIGHT)[Ink.KEYWORD]
    assert (code.height, after.top, view.rows.heights.total) == before
    view.set_palette(theme.DARK)
    again = view.rows.row(0).views[0]
    assert coloured(again)["class"] == colours(theme.DARK)[Ink.KEYWORD], "at once: the text is known"


def test_the_last_lines_of_a_long_block_have_their_own_colours(
    view: TranscriptView, one_of: One, qtbot: QtBot
) -> None:
    code = "".join(f"x{i} = {i}\n" for i in range(300)) + "class Last: pass\n"
    view.show_path("c", [message(0, Role.ASSISTANT, f"```py\n{code}```")], one_of)
    card = view.rows.row(0).views[0].card
    view.change_row(0, lambda row: row.open(card, True))
    view.jump_to_end()
    last = view.rows.row(0).views[-1]
    qtbot.waitUntil(lambda: bool(coloured(last)))
    assert coloured(last)["class"] == colours(theme.LIGHT)[Ink.KEYWORD]
    assert coloured(last)["Last"] == colours(theme.LIGHT)[Ink.NAME]


def test_signs_for_what_does_not_show_keep_their_colours(
    view: TranscriptView, one_of: One, qtbot: QtBot
) -> None:
    view.show_path("c", [message(0, Role.ASSISTANT, "```py\n# a\u202eb\u200bc 😀 \u202e d\n```")], one_of)
    code = view.rows.row(0).views[0]
    qtbot.waitUntil(lambda: bool(coloured(code)))
    assert code.document is not None
    block = code.document.begin()
    text = block.text().encode("utf-16-le")
    for form in block.layout().formats():
        words = text[2 * form.start : 2 * (form.start + form.length)].decode("utf-16-le")
        assert not set(words) & {"\u21c4", "\u25af"}
    assert sum(form.length for form in block.layout().formats()) == len(text) // 2 - 3


def test_growing_code_is_coloured_at_a_calm_rate_and_in_the_end(
    view: TranscriptView, one_of: One, streaming: Message, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = []
    step = Job.step

    def counted(job: Job, seconds: float) -> bool:
        if job not in jobs:
            jobs.append(job)
        return step(job, seconds)

    monkeypatch.setattr(Job, "step", counted)
    view.show_path("c", [streaming], one_of)
    view.grow("reply", "```python\n")
    began = perf_counter()
    for i in range(60):
        view.grow("reply", f"class A{i}: pass\n")
        qtbot.waitUntil(lambda: not view._frame.isActive())
    took = perf_counter() - began
    assert len(jobs) <= 2 + took, "not with every piece that comes"
    view.end(message("reply", Role.ASSISTANT, view.rows.messages[0].text + "class Z: pass\n```"))
    qtbot.waitUntil(lambda: coloured(view.rows.row(0).views[0]).get("Z") == colours(theme.LIGHT)[Ink.NAME])


def test_code_that_grows_beyond_what_is_coloured_is_not_coloured_again(
    view: TranscriptView, one_of: One, streaming: Message, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(highlighter, "CALM_S", 0.0)
    monkeypatch.setattr(highlighter, "REST", 0)
    view.show_path("c", [streaming], one_of)
    view.grow("reply", "```python\n" + "x = 1  # one\n" * (LARGEST // 10))
    row = view.rows.row(0)

    def settled() -> bool:
        return not (view._frame.isActive() or view._highlighter.busy or row.busy)

    qtbot.waitUntil(settled)
    card = row.views[0].card
    assert len(row.code_text(0, False)) > LARGEST
    assert card.tint > 0
    before = card.tint
    for _ in range(5):
        view.grow("reply", "y = 2\n")
        qtbot.waitUntil(settled)
    assert card.tint == before


@pytest.mark.parametrize("name", ["b27-code-hl-java", "b28-code-hl-js", "b29-code-hl-adl"])
def test_a_block_that_lexers_choke_on_does_not_hold_up_the_loop(
    name: str, view: TranscriptView, one_of: One, qtbot: QtBot
) -> None:
    text = (CORPUS / f"{name}.md").read_text("utf-8")
    turns: list[float] = []
    gc.collect()
    beat = QTimer(view, interval=1)
    beat.timeout.connect(lambda: turns.append(thread_time()))
    beat.start()
    view.show_path("c", [message(0, Role.ASSISTANT, text)], one_of)
    highlighter = view._highlighter
    assert highlighter.busy
    qtbot.waitUntil(lambda: not highlighter.busy)
    beat.stop()
    gaps = [later - earlier for earlier, later in pairwise(turns)]
    assert max(gaps) < BUDGET_S, "processor time between two turns of the loop"
    assert view.rows.row(0).code_text(0) == text.split("\n", 1)[1].removesuffix("```\n")
