"""How a page is looked at: as wide as a desk's or a phone's screen, by day and by night; and what is kept of it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Page

SCREENSHOTS = Path(__file__).parent / "screenshots"


@dataclass(frozen=True)
class Look:
    width: int
    height: int
    scheme: Literal["light", "dark"]

    def at(self, page: Page) -> None:
        """Shows the page so; scripts and style follow by themselves."""
        page.set_viewport_size({"width": self.width, "height": self.height})
        page.emulate_media(color_scheme=self.scheme, reduced_motion="reduce")


DESK, DESK_AT_NIGHT = Look(1440, 900, "light"), Look(1440, 900, "dark")
PHONE, PHONE_AT_NIGHT = Look(390, 844, "light"), Look(390, 844, "dark")


def keep(page: Page, name: str, *looks: Look) -> None:
    """A screenshot of the whole page for each look, in a folder that git ignores; the page stays in the last look."""
    SCREENSHOTS.mkdir(exist_ok=True)
    for look in looks:
        look.at(page)
        page.screenshot(path=SCREENSHOTS / f"{name}-{look.width}-{look.scheme}.png", full_page=True)
