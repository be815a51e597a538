"""A table as spreadsheets take it: cells between tabs, or CSV; knows no screen and no clipboard."""

import csv
import io

from pizzagpt_desktop.domain.blocks import Table, plain


def cells_of(table: Table) -> list[list[str]]:
    """The shown characters of every cell, the header's first."""
    lines = ((table.header,) if table.header else ()) + table.rows
    return [[plain(cell) for cell in line] for line in lines]


def tsv_of(table: Table) -> str:
    """Rows with line ends, cells with tabs between them.

    A cell is quoted where Excel and LibreOffice would else take it apart: with a tab or line end in it, or a quote at
    its beginning; its quotes are then doubled. A quote elsewhere is a character like any other.
    """
    return "\n".join("\t".join(map(_field, line)) for line in cells_of(table))


def csv_of(table: Table) -> str:
    """The same by RFC 4180, lines ending in CR LF."""
    text = io.StringIO()
    csv.writer(text).writerows(cells_of(table))
    return text.getvalue()


def _field(text: str) -> str:
    if text.startswith('"') or any(char in text for char in "\t\n\r"):
        return '"' + text.replace('"', '""') + '"'
    return text
