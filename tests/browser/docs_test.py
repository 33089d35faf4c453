"""The site of the documents in Chromium: on a phone, in the dark, by keyboard, with nothing from elsewhere."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
import site_pages
from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parent.parent.parent
AXE = ROOT / "tests" / "servers" / "node_modules" / "axe-core" / "axe.min.js"
PAGES = [site_pages.page_of(document) for document in site_pages.documents(ROOT)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("site")
    site_pages.Site(ROOT, "0").write(made)
    return made


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 360, "height": 740}, is_mobile=True)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("name", PAGES)
def test_no_page_is_wider_than_a_phone(phone: Page, folder: Path, name: str) -> None:
    asked: list[str] = []
    phone.on("request", lambda request: asked.append(request.url))
    phone.goto(f"file://{folder / name}")
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
    assert all(re.match(r"file:|data:", url) for url in asked)
    assert phone.locator("script").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(page: Page, folder: Path, scheme: Literal["light", "dark"]) -> None:
    page.emulate_media(color_scheme=scheme)
    for name in ("index.html", "reasons.html", "testing.html", "examples/nginx.html"):
        page.goto(f"file://{folder / name}")
        page.evaluate(AXE.read_text(encoding="utf-8") + "\n;true")
        found = page.evaluate(
            "async () => (await axe.run()).violations.map(v => [v.id, v.nodes[0].html.slice(0, 200)])"
        )
        assert found == [], name


def test_the_menu_is_reached_by_keyboard_on_a_phone(phone: Page, folder: Path) -> None:
    phone.goto(f"file://{folder / 'errors.html'}")
    phone.keyboard.press("Tab")
    phone.keyboard.press("Tab")
    phone.keyboard.press("Enter")
    assert phone.url.endswith("errors.html#pages")
    phone.get_by_role("link", name="Providers", exact=True).click()
    phone.wait_for_url("**/providers.html")
    assert phone.locator("nav [aria-current=page]").inner_text() == "Providers"
