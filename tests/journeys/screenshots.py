"""Makes the README's pictures by using the real program on a virtual display: `make screenshots`.

python -m tests.journeys.screenshots [FOLDER]      light and dark at 1000 px, and one of 400 px, into resources/screenshots or FOLDER
"""

import sys
import tempfile
from pathlib import Path

from pizzagpt_desktop.domain.preferences import Appearance, Preferences, ServiceSettings, Theme
from pizzagpt_desktop.storage.paths import folders
from pizzagpt_desktop.storage.preferences import save
from tests.helpers.desktop import Desktop, display
from tests.helpers.scripted_service import Script, ScriptedService
from tests.journeys.hands import User

ROOT = Path(__file__).resolve().parents[2]
QUESTION = "How long should pizza dough rest in the fridge, and what changes?"
ANSWER = """**Between 24 and 72 hours.** A cold, slow rest lets flavour and structure develop without over-proofing.

| Rest | Flavour | Handling |
| --- | --- | --- |
| 24 h | mild, wheaty | springs back a little |
| 48 h | rounder, slightly tangy | easy to stretch |
| 72 h | pronounced, deep crust colour | very soft, be gentle |

The amount of yeast follows from the time:

```python
def fresh_yeast_grams(flour_g: float, hours: float) -> float:
    \"\"\"For dough at 4 °C.\"\"\"
    return flour_g * 0.24 / hours
```

1. Ball the dough *before* it goes into the fridge.
2. Let it come to room temperature for two hours.
3. Stretch from the centre; leave the rim alone."""
EARLIER = ("Plan a week of simple dinners", "Explain SOCKS5 and SOCKS5h", "Draft a letter to the landlord")
LATER = "And if I only have six hours?"
LATER_ANSWER = "Then leave it at room temperature and use **three times** the yeast. Six hours at 22 °C gives"


def use(
    screen: str, folder: Path, service: ScriptedService, theme: Theme, width: int, height: int
) -> Desktop:
    """A day's use, up to a reply that is still arriving; the picture can be taken then."""
    service.script("gpt-4o-mini", Script(words=pieces("Of course. Here is a first version.")))
    settings = ServiceSettings(provider="openai", base_url=service.base_url, model="gpt-4o-mini")
    chosen = Preferences(service="openai", services={"openai": settings}, appearance=Appearance(theme=theme))
    with folders(folder / "data") as places:
        save(places.preferences, chosen)
    desktop = Desktop(screen, folder)
    user = User(desktop, folder / "data")
    user.start()
    program = user.program
    window = program.xdotool("search", "--onlyvisible", "--name", "PizzaGPT").split()[-1]
    program.xdotool("windowsize", "--sync", window, width, height)
    for number, title in enumerate(EARLIER):
        if number:
            program.key("ctrl+n")
        user.send(title)
        user.wait_reply("complete", number)
    program.key("ctrl+n")
    service.script("gpt-4o-mini", Script(words=pieces(ANSWER)))
    user.send(QUESTION)
    user.wait_reply("complete", len(EARLIER))
    words = pieces(LATER_ANSWER)
    service.script("gpt-4o-mini", Script(words=[*words, "…"], paced=True))
    user.send(LATER)
    service.wait_requests(len(service.chats()))
    service.permit(len(words))
    user.wait_page("22 °C gives")
    program.xdotool("mousemove", width - 2, height - 2)
    return desktop


def pieces(text: str) -> list[str]:
    """`text` in pieces as a model sends them."""
    words = text.split(" ")
    return [word + " " for word in words[:-1]] + words[-1:]


def main(target: Path) -> int:
    for name, theme, width, height in (
        ("light", Theme.LIGHT, 1000, 720),
        ("dark", Theme.DARK, 1000, 720),
        ("narrow", Theme.LIGHT, 400, 720),
    ):
        with (
            tempfile.TemporaryDirectory() as folder,
            display(width, height) as screen,
            ScriptedService() as service,
        ):
            desktop = use(screen, Path(folder), service, theme, width, height)
            try:
                desktop.shoot(target / f"{name}.png")
                print(target / f"{name}.png")
            finally:
                desktop.end()
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "resources" / "screenshots"))
