"""Signs in once to the example in Chromium, as a visitor would: tools/run_check.py URL."""

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


def sign_in(page: Page, url: str) -> None:
    """From the app to the provider, through a persona, and back."""
    page.goto(url)
    expect(page.get_by_text(BEFORE)).to_be_visible(timeout=WAIT_MS)
    link = page.get_by_text(LINK)
    expect(link).to_be_visible(timeout=WAIT_MS)
    expect(page.get_by_text(AFTER)).to_have_count(0)
    link.click()
    expect(page).not_to_have_url(re.compile("^" + re.escape(url)), timeout=WAIT_MS)
    persona = page.locator(
        "form button[type=submit], form button:not([type]), form input[type=submit]"
    ).first
    expect(persona).to_be_visible(timeout=WAIT_MS)
    persona.click()
    expect(page.get_by_text(AFTER)).to_be_visible(timeout=WAIT_MS)
    expect(page.get_by_text(LINK)).to_have_count(0)
    expect(page).not_to_have_url(re.compile("[?&](code|state)="), timeout=WAIT_MS)


def main() -> int:
    with chromium() as browser:
        page = browser.new_page()
        try:
            sign_in(page, sys.argv[1])
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
