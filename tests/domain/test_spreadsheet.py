"""Which cells a spreadsheet would read as something else than is seen."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pizzagpt_desktop.domain.spreadsheet import is_misread


@pytest.mark.parametrize(
    "cell",
    [
        "=SUM(A1)", "=1+1", " =1+1", '=HYPERLINK("http://evil.example")', "=cmd|' /C calc'!A0", "+x", "-x", "@x",
        "-1+1", "+49 30 1234", "+491701234567", "＝1+1", "- item", "'x",
        "007", "00", "01,5", "123456789012345678", "1.2345678901234567",
        "1/2", "1-2", "1/5/2024", "3.12.2024", "1.2.3", "1990/2000", "50-60", "2024-1-5",
        "5 Jan", "MARCH1", "Dec-25", "sept2",
    ],
)  # fmt: skip
def test_what_would_run_or_change_is_misread(cell: str) -> None:
    assert is_misread(cell)


@pytest.mark.parametrize(
    "cell",
    [
        "", " ", "word", "two words", "0", "0.5", ".5", "-1", "+1", "-1.5e-7", "\N{MINUS SIGN}3", "10%", "$5", "-$5", "5 €",
        "1,5", "3,000", "1.000,5", "1 000", "1'000", "1234567890123450000", "12:30", "00:15", "2024-01-05", "TRUE", "May",
        "v1.2", "192.168.0.1", "Jan 2024", "5 apples", "a=b", "x+1", "naïve 漢字", "—",
    ],
)  # fmt: skip
def test_numbers_and_words_are_read_as_they_are(cell: str) -> None:
    assert not is_misread(cell)


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=3))
def test_every_number_of_few_digits_stays_a_number(number: Decimal) -> None:
    assert not is_misread(f"{number}")


@given(st.sampled_from("=@"), st.text(max_size=20))
def test_whatever_follows_the_sign_of_a_formula_is_text(sign: str, rest: str) -> None:
    assert is_misread(sign + rest)
