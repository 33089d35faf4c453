"""Signs in once to an example in Chromium, as a visitor would: tools/run_check.py URL APP.py."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from playwright.sync_api import Error, Page, expect
from servers.chromium import chromium

LINK = "Click to login via OAuth"
BEFORE = "This (and above) is always seen"
AFTER = "This (and below) is only seen after authentication"
WAIT_MS = 45_000


def choose_persona(page: Page, app: str, name: str) -> None:
    """A click at the provider, and back at the app."""
    expect(page).not_to_have_url(re.compile("^" + re.escape(app)), timeout=WAIT_MS)
    persona = page.get_by_role("button", name=name).first
    expect(persona).to_be_visible(timeout=WAIT_MS)
    persona.click()
    expect(page).to_have_url(re.compile("^" + re.escape(app)), timeout=WAIT_MS)


def sign_in_to_gate(page: Page, url: str) -> None:
    """From the app to the provider, through a persona, and back."""
    page.goto(url)
    expect(page.get_by_text(BEFORE)).to_be_visible(timeout=WAIT_MS)
    link = page.get_by_text(LINK)
    expect(link).to_be_visible(timeout=WAIT_MS)
    expect(page.get_by_text(AFTER)).to_have_count(0)
    link.click()
    choose_persona(page, url, "Ada Lovelace")
    expect(page.get_by_text(AFTER)).to_be_visible(timeout=WAIT_MS)
    expect(page.get_by_text(LINK)).to_have_count(0)
    expect(page).not_to_have_url(re.compile("[?&](code|state)="), timeout=WAIT_MS)


def sign_in_to_app(page: Page, url: str) -> None:
    """Login, one of two providers, a persona; a reload keeps who it is; and out again."""
    welcome = page.get_by_text("Welcome, Katherine Johnson!")
    page.goto(url)
    login = page.get_by_role("button", name="Login", exact=True)
    expect(login).to_be_visible(timeout=WAIT_MS)
    expect(welcome).to_have_count(0)
    login.click()
    provider = page.get_by_role("link", name="Dev (team)")
    expect(provider).to_be_visible(timeout=WAIT_MS)
    provider.click()
    choose_persona(page, url, "Katherine Johnson")
    expect(welcome).to_be_visible(timeout=WAIT_MS)
    expect(page).not_to_have_url(re.compile("[?&](code|state)="), timeout=WAIT_MS)
    page.reload()
    expect(welcome).to_be_visible(timeout=WAIT_MS)
    page.get_by_role("button", name="Logout", exact=True).click()
    expect(welcome).to_have_count(0, timeout=WAIT_MS)


def main() -> int:
    url, app = sys.argv[1], Path(sys.argv[2])
    sign_in = sign_in_to_app if app.parent.name == "native" else sign_in_to_gate
    with chromium() as browser:
        page = browser.new_page()
        try:
            sign_in(page, url)
        except (AssertionError, Error) as error:
            work = ROOT / "tests" / ".work"
            work.mkdir(exist_ok=True)
            page.screenshot(path=work / "run-check.png")
            print(
                f"run check: failed at {page.url.split('?')[0]}; see tests/.work/run-check.png\n{error}",
                file=sys.stderr,
            )
            return 1
    print("run check: signed in", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
