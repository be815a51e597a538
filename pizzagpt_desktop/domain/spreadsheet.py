"""What a spreadsheet makes of the characters of a cell that is pasted into it; knows no table and no clipboard.

Measured with LibreOffice Calc 7.4 and Gnumeric 1.12: a cell of a pasted page is read as if somebody had typed it. So
a formula runs, "007" is 7, a long number loses its last digits, and "1/2" and "MARCH1" become days of this year.
"""

import re

_NUMBER = re.compile(
    r"(?P<sign>[+\-\N{MINUS SIGN}]?)\s?[$€£¥]?\s?(?P<digits>\d+(?:[.,\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}'’]\d+)*"
    r"|[.,]\d+)(?:[eE][+\-]?\d{1,3})?\s?[%€£¥]?"
)
_DIGIT = re.compile(r"\d")
EXACT = 15
"""Digits that the numbers of a spreadsheet hold."""
LONGEST_SIGNED = 7
"""Digits after a plus sign that may still be a number; with more of them it is a telephone's, which needs its sign."""
_ENTERED = tuple("=+-@'\t\r＝＋－＠")
"""What tells a spreadsheet that something else than text or a number follows."""
_OF_A_DATE = re.compile(
    r"(?!\d{4}-\d\d-\d\d$)\d{1,4}([/\-])\d{1,4}(\1\d{1,4})?|\d{1,2}\.\d{1,2}\.(\d{1,2}|\d{4})?"
)
_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_DAY = re.compile(rf"\d{{1,2}}[ .\-]?(?:{_MONTHS})[a-z]*|(?:{_MONTHS})[a-z]*[ .\-]?\d{{1,2}}", re.IGNORECASE)


def is_misread(cell: str) -> bool:
    """Whether a spreadsheet would make something else of it than is seen, so that it has to be told that it is text.

    A plain number stays one, with a sign, a currency or a percent sign too; so does a date in the order of ISO 8601,
    which all read alike.
    """
    text = cell.strip()
    if _DIGIT.search(text) is None:
        return text.startswith(_ENTERED)
    if _OF_A_DATE.fullmatch(text) is not None:
        return True
    number = _NUMBER.fullmatch(text)
    if number is not None:
        digits = re.sub(r"\D", "", number["digits"])
        starts_with_zero = re.match(r"0\d", number["digits"]) is not None
        is_called = number["sign"] == "+" and digits == number["digits"] and len(digits) > LONGEST_SIGNED
        return starts_with_zero or is_called or len(digits.strip("0")) > EXACT
    return text.startswith(_ENTERED) or _DAY.fullmatch(text) is not None
