"""The Chromium of this machine, driven by Playwright; it talks to nobody but the page."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def chromium(*args: str) -> Iterator[Browser]:
    """A headless Chromium that is closed at the end; `args` are more of its own."""
    path = shutil.which("chromium")
    if path is None:
        raise RuntimeError("no chromium on this machine; `tools/setup browser` installs it")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*ARGS, *args])
        try:
            yield browser
        finally:
            browser.close()
