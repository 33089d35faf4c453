"""Chromium for the tests: one browser, and for each test a context and a page of its own.

When a test fails, a picture of each of its pages and the logs of its servers stay in tests/.work/.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect
from servers.canaries import register, register_url
from servers.chromium import chromium
from servers.streamlit_app import running_apps

expect.set_options(timeout=20_000)  # a busy machine; what is there is seen at once all the same


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    report = yield
    if report.when == "call" and report.failed:
        _keep_evidence(item)
    return report


def _keep_evidence(item: pytest.Item) -> None:
    folder = Path(__file__).resolve().parent.parent / ".work"
    folder.mkdir(exist_ok=True)
    name = re.sub(r"[^A-Za-z0-9_.-]+", "-", item.nodeid)[-120:]
    for number, app in enumerate(running_apps()):
        (folder / f"{name}-{number}.log").write_text(app.log, encoding="utf-8")
    context = getattr(item, "funcargs", {}).get("context")
    for number, page in enumerate(context.pages if context else []):
        try:
            page.screenshot(path=folder / f"{name}-{number}.png", timeout=5000)
            (folder / f"{name}-{number}.html").write_text(page.content(), encoding="utf-8")
        except Error as error:  # a page that is gone shows nothing; the failure itself matters more
            (folder / f"{name}-{number}.txt").write_text(str(error), encoding="utf-8")


def _watch_for_secrets(context: BrowserContext) -> None:
    """Remember what this browser gets to see of a login: no log may hold it (tools/canary.py)."""
    context.on("request", lambda request: register_url(request.url))
    close = context.close

    def closing(**how: Any) -> None:
        for cookie in context.cookies():
            if "st_oauth" in cookie.get("name", ""):
                for mark in cookie.get("value", "").split("."):
                    register(mark, "cookie")
        close(**how)

    context.close = closing  # type: ignore[method-assign]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    # A name that is this machine and does not look like it, for a visitor from elsewhere.
    with chromium("--host-resolver-rules=MAP app.lan 127.0.0.1") as started:
        new_context = started.new_context

        def watched(**how: Any) -> BrowserContext:
            context = new_context(**how)
            _watch_for_secrets(context)
            return context

        started.new_context = watched  # type: ignore[method-assign]
        yield started


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context()
    made.set_default_timeout(30_000)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()
