"""Going through the preferences by keyboard: from field to field, to what is wrong, and where there is little room."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QScrollArea, QStyleOptionViewItem, QWidget

from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.domain.preferences import Appearance
from pizzagpt_desktop.domain.proxy import ProxyMode, ProxySettings
from pizzagpt_desktop.ui.preferences.dialog import PreferencesDialog
from tests.helpers.ui_parts import READY, Rig
from tests.ui.test_preferences import choose, click, opened, text_of

pytestmark = pytest.mark.qt_log_ignore("^This plugin does not support")


async def test_the_cursor_goes_to_what_cannot_be_used_and_it_is_seen(rig: Rig) -> None:
    dialog = opened(rig)
    form = dialog.service.form
    form.extras.headers.setPlainText("no JSON")
    click(dialog, "ok")
    await rig.until(lambda: form.extras.headers.hasFocus())
    area = dialog.findChild(QScrollArea, "service_page")
    assert area is not None
    words = next(label for label in form.findChildren(QLabel, "extra_headers_error") if label.isVisible())
    seen = words.mapTo(area.viewport(), words.rect().bottomLeft()).y()
    assert 0 < seen < area.viewport().height()


@pytest.mark.parametrize("page", ["models", "service"])
async def test_tab_goes_down_the_page_though_parts_were_made_later(rig: Rig, page: str) -> None:
    dialog = opened(rig, page)
    dialog.resize(760, 2400)
    if page == "service":
        choose(dialog, "lost")
        choose(dialog, "openai")
    dialog.list.setFocus()
    QApplication.processEvents()
    stops: list[QWidget] = []
    while (here := QApplication.focusWidget()) not in stops and here is not None:
        stops.append(here)
        QTest.keyClick(here, Qt.Key.Key_Tab)
    assert len(stops) > 8
    assert [stop.objectName() for stop in stops[-3:]] == ["ok", "apply", "cancel"]
    places = [stop.mapTo(dialog, QPoint(0, 0)).y() for stop in stops[1:-3]]
    assert all(after > before - 20 for before, after in pairwise(places)), [s.objectName() for s in stops]
    assert QApplication.focusWidget() is dialog.list, "and round again"


async def test_where_the_pages_are_only_pictures_their_name_stands_above(rig: Rig) -> None:
    dialog = opened(rig, "proxy")
    heading = dialog.findChild(QLabel, "page_heading")
    assert heading is not None
    assert not heading.isVisible()
    dialog.resize(400, 600)
    assert heading.isVisible()
    assert heading.text() == "Network"
    dialog.show_page("costs")
    assert heading.text() == "Costs"


MANUAL = ProxySettings(mode=ProxyMode.MANUAL, host="proxy.example", port=8080)


@pytest.mark.parametrize("own", [False, True], ids=["the program's", "the service's own"])
async def test_a_proxy_that_failed_leads_to_its_own_fields(make_rig: Callable[..., Rig], own: bool) -> None:
    service = replace(READY.services["openai"], proxy=MANUAL if own else None)
    rig = make_rig(replace(READY, services={"openai": service}, proxy=ProxySettings() if own else MANUAL))
    rig.show()
    rig.window.desk.send("Hello")
    rig.prompter.say(Fault(FaultKind.PROXY, "Nothing answers at the proxy."))
    await rig.until(lambda: not rig.service.answering)
    rig.window.page.transcript.preferences_requested.emit()
    dialog = rig.find(PreferencesDialog, "preferences")
    form = dialog.service.form.proxy if own else dialog.proxy
    assert dialog.focusWidget() is form.host
    area = dialog.findChild(QScrollArea, "service_page" if own else "proxy_page")
    assert area is not None

    def is_seen() -> bool:
        return 0 <= form.host.mapTo(area.viewport(), QPoint(0, 0)).y() < area.viewport().height()

    await rig.until(is_seen)


async def test_looking_for_servers_and_undoing_leave_the_keyboard_where_one_goes_on(rig: Rig) -> None:
    dialog = opened(rig)
    page = dialog.service
    click(dialog, "services_remove")
    if page.adding.isHidden():
        click(dialog, "services_undo")
    else:
        dialog.service.entries.undo_asked.emit()
    assert dialog.focusWidget() is page.entries.list
    click(dialog, "services_add")
    page.adding.look.setFocus()
    QTest.keyClick(page.adding.look, Qt.Key.Key_Space)
    await rig.until(lambda: page.adding.outcome.text().startswith("No server answers"))
    assert dialog.focusWidget() is page.adding.look, "and not the button that closes the dialog"
    rig.runner.found = Fault(FaultKind.NETWORK, "Nothing answers at box:9.")
    page.adding.address.setText("http://box:9/v1")
    click(dialog, "add_find")
    await rig.until(lambda: bool(text_of(dialog, "add_address_error")))
    assert dialog.focusWidget() is page.adding.address


async def test_what_can_be_chosen_stands_in_rows_that_can_be_hit(rig: Rig) -> None:
    box = opened(rig).service.adding.known
    view, model = box.view(), box.model()
    option = QStyleOptionViewItem()
    option.initFrom(view)
    heights = {}
    for row in range(box.count()):
        index = model.index(row, 0)
        heights[box.itemText(row)] = view.itemDelegate().sizeHint(option, index).height()
    assert heights.pop("") < 12, "a separator is a line"
    assert min(heights.values()) >= 28


async def test_an_empty_address_is_said_to_be_the_one_that_it_is(rig: Rig) -> None:
    dialog = opened(rig)
    choose(dialog, "pizzagpt")
    assert "https://www.pizzagpt.it" in text_of(dialog, "base_url_help")
    dialog.service.form.address.setText("https://www.pizzagpt.it")
    assert text_of(dialog, "base_url_help") == ""


async def test_the_names_of_the_pages_are_whole_in_larger_letters(make_rig: Callable[..., Rig]) -> None:
    rig = make_rig(replace(READY, appearance=Appearance(zoom=150)))
    rig.show()
    listed = opened(rig).list
    room = listed.viewport().width() - listed.iconSize().width()
    dialog = rig.find(PreferencesDialog, "preferences")
    dialog.resize(360, 480)
    QApplication.processEvents()
    assert dialog.width() == 360, "and it becomes as narrow as the window may"
    assert listed.width() < 100
    dialog.resize(760, 620)
    QApplication.processEvents()
    for row in range(listed.count()):
        assert listed.fontMetrics().horizontalAdvance(listed.item(row).text()) < room, row
