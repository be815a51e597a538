"""The window comes back where it was; a place that cannot be read changes nothing."""

import pytest

from pizzagpt_desktop.ui.place import place_of, put_back
from tests.helpers.ui_parts import Rig


async def test_size_and_sidebar_come_back(rig: Rig) -> None:
    window = rig.window
    window.resize(760, 604)
    window.shell.set_sidebar_width(333)
    window.shell.set_sidebar(False)
    place = place_of(window)
    window.resize(700, 500)
    window.shell.set_sidebar_width(200)
    window.shell.set_sidebar(True)

    put_back(window, place)

    assert (window.width(), window.height()) == (760, 604)
    assert window.shell.sidebar_width == 333
    assert not window.shell.sidebar_visible


async def test_the_sidebar_stays_within_its_bounds(rig: Rig) -> None:
    for asked, given in ((-5, 200), (10_000, 400)):
        rig.window.shell.set_sidebar_width(asked)
        assert rig.window.shell.sidebar_width == given


@pytest.mark.parametrize(
    "place",
    [b"", b"\xff", b"[]", b"{}", b"7", b"[" * 100_000, b'{"geometry": 1, "sidebar": 1, "sidebar_width": "x"}',
     b'{"geometry": "%%%", "sidebar": true, "sidebar_width": 260}'],
)  # fmt: skip
async def test_what_cannot_be_read_changes_nothing(rig: Rig, place: bytes) -> None:
    before = rig.window.geometry()
    put_back(rig.window, place)
    assert rig.window.geometry() == before
    assert rig.window.shell.sidebar_visible
