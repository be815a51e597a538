"""Names of files made of titles are good on every system, whatever the titles are."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pizzagpt_desktop.domain.file_names import NAMELESS, file_stem, file_stems

HOSTILE = st.text(
    alphabet=st.sampled_from('aB. ~-/\\:*?"<>|%$\0\n\u202e\u200bäé😀ﬀCONcon1²'), max_size=200
) | st.text(max_size=300)


@pytest.mark.parametrize(
    ("title", "stem"),
    [
        ("A talk", "A talk"),
        ("../../../etc/cron.d/x", "etc cron.d x"),
        ("CON", "CON -"),
        ("nul.txt", "nul.txt -"),
        ("COM¹", "COM¹ -"),
        ("C:\\Windows", "C Windows"),
        (".hidden", "hidden"),
        ("-rf", "rf"),
        ("a\u202egnp.exe", "a gnp.exe"),
        ("%s%n{0}${HOME}", "s n{0} {HOME}"),
        ("dots...", "dots"),
        ("", NAMELESS),
        ("\0/\\", NAMELESS),
        ("grüße", "grüße"),
    ],
)
def test_some_titles(title: str, stem: str) -> None:
    assert file_stem(title) == stem


@given(HOSTILE)
def test_every_title_makes_a_good_name(title: str) -> None:
    stem = file_stem(title)
    assert stem
    assert not set(stem) & set('<>:"/\\|?*%$`')
    assert stem.isprintable()
    assert stem == stem.strip(" .")
    assert stem[0] not in ".-~"
    assert len(f"{stem} (1000).json".encode()) < 255
    assert stem.split(".")[0].casefold() not in {"con", "prn", "aux", "nul", "com1", "lpt9"}


@given(st.lists(HOSTILE | st.sampled_from(["Same", "same", "SAME", "same (2)", "é", "e\u0301"]), max_size=12))
def test_no_two_in_a_folder_are_alike_on_any_system(titles: list[str]) -> None:
    stems = list(file_stems(titles))
    assert len(stems) == len(titles)
    assert len({unicodedata.normalize("NFD", stem).casefold() for stem in stems}) == len(stems)
