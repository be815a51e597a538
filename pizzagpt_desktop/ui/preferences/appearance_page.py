"""The page of how the window looks: theme, font, sizes, room, motion; knows no palette."""

from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QVBoxLayout, QWidget

from pizzagpt_desktop.domain.preferences import ZOOMS, Appearance, Density, LineWidth, Theme
from pizzagpt_desktop.ui.preferences.fields import PAGE_MARGINS, Field, choice, line, number, tick

THEMES = (
    (Theme.SYSTEM, "As the system"),
    (Theme.LIGHT, "Light"),
    (Theme.DARK, "Dark"),
    (Theme.CONTRAST_LIGHT, "High contrast, light"),
    (Theme.CONTRAST_DARK, "High contrast, dark"),
)
LINE_WIDTHS = (
    (LineWidth.NARROW, "Narrow"),
    (LineWidth.NORMAL, "Normal"),
    (LineWidth.WIDE, "Wide"),
    (LineWidth.FULL, "As wide as the window"),
)
DENSITIES = ((Density.COMFORTABLE, "Comfortable"), (Density.COMPACT, "Compact"))
SIZE_WORDS = "The size is a number from 6 to 48, in points."


class AppearancePage(QWidget):
    """Edits one `Appearance`."""

    def __init__(self) -> None:
        super().__init__()
        self.theme = choice("theme", "Theme")
        self.line_width = choice("line_width", "Line width")
        self.density = choice("density", "Density")
        for box, offers in ((self.theme, THEMES), (self.line_width, LINE_WIDTHS), (self.density, DENSITIES)):
            for value, words in offers:
                box.addItem(words, value)
        self.zoom = choice("zoom", "Zoom")
        for zoom in ZOOMS:
            self.zoom.addItem(f"{zoom} %", zoom)
        self.family = choice("font_family", "Font")
        self.family.addItem("The system's font", "")
        for family in QFontDatabase.families():
            if not QFontDatabase.isPrivateFamily(family):
                self.family.addItem(family, family)
        self.size_edit = line("font_size", "Size", placeholder="the system's")
        self.size_field = Field(
            self.size_edit, "font_size", "Size", "In points. Leave it empty for the system's."
        )
        self.reduced_motion = tick(
            "reduced_motion", "Reduced motion", "Show changes at once, without movement"
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(*PAGE_MARGINS)
        column.setSpacing(16)
        column.addWidget(Field(self.theme, "theme", "Theme"))
        column.addWidget(Field(self.family, "font_family", "Font"))
        column.addWidget(self.size_field)
        column.addWidget(
            Field(self.zoom, "zoom", "Zoom", "Of all text. Ctrl with +, − and 0 changes it too.")
        )
        column.addWidget(Field(self.line_width, "line_width", "Line width"))
        column.addWidget(Field(self.density, "density", "Density"))
        column.addWidget(self.reduced_motion)
        column.addStretch(1)

    def load(self, appearance: Appearance) -> None:
        """Show these settings."""
        self.theme.setCurrentIndex(self.theme.findData(appearance.theme))
        if appearance.font_family and self.family.findData(appearance.font_family) < 0:
            self.family.addItem(f"{appearance.font_family} (not installed)", appearance.font_family)
        self.family.setCurrentIndex(self.family.findData(appearance.font_family))
        self.size_edit.setText(f"{appearance.font_size:g}" if appearance.font_size else "")
        if self.zoom.findData(appearance.zoom) < 0:
            self.zoom.addItem(f"{appearance.zoom} %", appearance.zoom)
        for box, value in (
            (self.zoom, appearance.zoom),
            (self.line_width, appearance.line_width),
            (self.density, appearance.density),
        ):
            box.setCurrentIndex(box.findData(value))
        self.reduced_motion.setChecked(appearance.reduced_motion)

    def is_right(self) -> bool:
        """Whether it can be used; if not, the field says why."""
        return self.size_field.check(self._size)

    def settings(self) -> Appearance:
        """What was entered. Raises ValueError with words."""
        return Appearance(
            theme=Theme(self.theme.currentData()),
            font_family=str(self.family.currentData()),
            font_size=self._size() or 0.0,
            reduced_motion=self.reduced_motion.isChecked(),
            zoom=int(self.zoom.currentData()),
            line_width=LineWidth(self.line_width.currentData()),
            density=Density(self.density.currentData()),
        )

    def _size(self) -> float | None:
        return number(self.size_edit.text(), 6, 48, SIZE_WORDS)
