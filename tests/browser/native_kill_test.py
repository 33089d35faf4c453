"""kill -9 of the server between any two steps of a login: it completes, or says why it did not."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Error, Page, expect
from servers.dev import DevProvider
from servers.native import ADA, be, native_app, one, restart, who
from servers.process import free_port
from servers.proxy import Forwarder
from servers.site import wait_for
from servers.streamlit_app import StreamlitApp

SCRIPT = Path(__file__).resolve().parent.parent.parent / "examples" / "native_one_file" / "app.py"
WELCOME = f"Welcome, {ADA}!"
HERE = "/?a=1#top"


class Gate(Forwarder):
    """The way to the provider's token endpoint, which can be shut."""

    def __init__(self, port: int, target: int) -> None:
        super().__init__(port, target)
        self.open = threading.Event()
        self.open.set()
        self.reached = threading.Event()

    async def _head(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bytes | None:
        self.reached.set()
        while not self.open.is_set():
            await asyncio.sleep(0.02)
        return b""


@dataclass(frozen=True)
class Kill:
    app: StreamlitApp
    gate: Gate
    provider: DevProvider


@pytest.fixture(scope="module")
def kill() -> Iterator[Kill]:
    with DevProvider() as provider:
        target = int(provider.issuer.rpartition(":")[2])
        with Gate(free_port(), target) as gate:
            more = f'token_endpoint = "http://localhost:{gate.port}/token"'
            with native_app(SCRIPT, lambda port: one(provider, port, more=more)) as app:
                yield Kill(app, gate, provider)


def to_provider(page: Page, kill: Kill) -> None:
    page.goto(kill.app.url + HERE)
    page.get_by_role("button", name="Login").click()
    expect(page.get_by_role("heading", name="Who do you want to be?")).to_be_visible()


def is_in(page: Page, kill: Kill) -> None:
    expect(page.get_by_text(WELCOME)).to_be_visible()
    assert page.url == kill.app.url + HERE
    assert who(page, kill.app)["logged_in"] is True


def callback_of(page: Page) -> str:
    """Choose somebody; gives the address that the provider sends the browser to."""
    with page.expect_request(lambda request: "/auth/callback?" in request.url) as sent:
        be(page)
    return sent.value.url


def leave(page: Page) -> None:
    """The browser's own page that nobody is there comes when it likes, and tries again by itself."""
    for _ in range(5):
        with suppress(Error):
            page.goto("about:blank")
            return


def test_while_the_visitor_is_at_the_provider(page: Page, kill: Kill) -> None:
    to_provider(page, kill)
    restart(kill.app)
    be(page)
    is_in(page, kill)


def test_between_the_provider_and_the_callback(page: Page, kill: Kill) -> None:
    to_provider(page, kill)
    kill.app.kill()
    callback = callback_of(page)
    leave(page)
    kill.app.start()
    page.goto(callback)
    is_in(page, kill)


def test_while_the_code_is_on_its_way(page: Page, kill: Kill) -> None:
    """Nobody can know whether the code was spent: the visitor reads that it was used, and starts again."""
    to_provider(page, kill)
    restart(kill.app)  # the next one has no connection to the endpoint yet
    kill.gate.reached.clear()
    kill.gate.open.clear()
    try:
        callback = callback_of(page)
        wait_for(kill.gate.reached.is_set)
        kill.app.kill()
        leave(page)
    finally:
        kill.gate.open.set()
    kill.app.start()
    page.goto(callback)
    expect(page.get_by_role("alert")).to_contain_text("This sign-in link was already used.")
    assert who(page, kill.app) == {"logged_in": False}
    page.get_by_role("link", name="Sign in again").click()
    be(page)
    is_in(page, kill)


def test_after_the_callback_and_before_the_page(page: Page, kill: Kill) -> None:
    to_provider(page, kill)
    kill.app.kill()
    callback = callback_of(page)
    leave(page)
    kill.app.start()
    answer = page.context.request.get(callback, max_redirects=0)
    assert answer.status in (302, 303)
    restart(kill.app)
    page.goto(kill.app.url + answer.headers["location"])
    is_in(page, kill)
