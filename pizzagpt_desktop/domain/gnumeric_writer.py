"""A table as Gnumeric's own clipboard takes it, in which text stays text; knows no other program and no clipboard.

Gnumeric 1.12 enters what is pasted as a page or as text as if it were typed, and no mark in those tells it otherwise:
"=1+1" is 2 there. The form was measured with that version.
"""

import re
from collections.abc import Iterator
from html import escape

from pizzagpt_desktop.domain.blocks import Table
from pizzagpt_desktop.domain.spreadsheet import is_misread
from pizzagpt_desktop.domain.table_writer import cells_of

_NUMBER = re.compile(r"\+?(-?\d+(?:\.\d+)?)")
_FLOAT, _TEXT = 40, 60
"""Gnumeric's kinds of values."""
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def gnumeric_of(table: Table) -> str | None:
    """XML; None where no cell would be misread: by itself Gnumeric knows the reader's numbers and dates better."""
    *_, last = gnumeric_steps(table)
    return last


def gnumeric_steps(table: Table) -> Iterator[str | None]:
    """The same with a None after each row; the last one is it."""
    lines = cells_of(table)
    cells: list[str] = []
    is_needed = False
    for row, line in enumerate(lines):
        for column, text in enumerate(line):
            is_text = is_misread(text)
            is_needed |= is_text
            if text:
                cells.append(_cell(row, column, text, None if is_text else _NUMBER.fullmatch(text.strip())))
        yield None
    size = f'Cols="{len(table.align)}" Rows="{len(lines)}" BaseCol="0" BaseRow="0"'
    yield (
        (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<gnm:ClipboardRange xmlns:gnm="http://www.gnumeric.org/v10.dtd" {size}>\n'
            f"<gnm:Cells>\n{''.join(cells)}</gnm:Cells>\n</gnm:ClipboardRange>\n"
        )
        if is_needed
        else None
    )


def _cell(row: int, column: int, text: str, number: re.Match[str] | None) -> str:
    kind, value = (_TEXT, text) if number is None else (_FLOAT, number[1])
    shown = escape(_NO_XML.sub("\N{REPLACEMENT CHARACTER}", value), quote=False)
    return f'<gnm:Cell Row="{row}" Col="{column}" ValueType="{kind}">{shown}</gnm:Cell>\n'
