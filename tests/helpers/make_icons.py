"""Draws resources/app.svg into the icon files the platforms want; run by hand when the mark changes.

make_icons.py       writes resources/app.png, app.ico and app.icns; needs PySide6's QtSvg
"""

import os
import struct
import sys
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF, Qt
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

RESOURCES = Path(__file__).resolve().parents[2] / "resources"
ICO_SIZES = (16, 24, 32, 48, 64, 128, 256)
ICNS_TYPES = {b"icp4": 16, b"icp5": 32, b"icp6": 64, b"ic07": 128, b"ic08": 256, b"ic09": 512, b"ic10": 1024}


def png(renderer: QSvgRenderer, size: int) -> bytes:
    """The mark as a square PNG of `size` pixels on nothing."""
    image = QImage(size, size, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    renderer.render(painter, QRectF(0, 0, size, size))
    painter.end()
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return data.data()


def ico(pictures: dict[int, bytes]) -> bytes:
    """A Windows icon: ICONDIR, one ICONDIRENTRY a picture, then the PNGs."""
    head = struct.pack("<HHH", 0, 1, len(pictures))
    at = len(head) + 16 * len(pictures)
    entries = b""
    for size, data in pictures.items():
        entries += struct.pack("<BBBBHHII", size % 256, size % 256, 0, 0, 1, 32, len(data), at)
        at += len(data)
    return head + entries + b"".join(pictures.values())


def icns(pictures: dict[bytes, bytes]) -> bytes:
    """A macOS icon: a header, then blocks of type, length and PNG, lengths counting their own eight bytes."""
    blocks = b"".join(name + struct.pack(">I", len(data) + 8) + data for name, data in pictures.items())
    return b"icns" + struct.pack(">I", len(blocks) + 8) + blocks


def main() -> int:
    application = QGuiApplication(sys.argv)
    renderer = QSvgRenderer(str(RESOURCES / "app.svg"))
    (RESOURCES / "app.png").write_bytes(png(renderer, 256))
    (RESOURCES / "app.ico").write_bytes(ico({size: png(renderer, size) for size in ICO_SIZES}))
    (RESOURCES / "app.icns").write_bytes(
        icns({name: png(renderer, size) for name, size in ICNS_TYPES.items()})
    )
    del application
    return 0


if __name__ == "__main__":
    sys.exit(main())
