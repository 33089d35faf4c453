"""`st-oauth dev` in Chromium: the page of personas, walked as a person walks it."""

from __future__ import annotations

import base64
import hashlib
import http.server
import json
import secrets
import sys
import threading
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

sys.path.insert(0, str(Path(__file__).parent.parent))
from servers.dev import DevProvider


class Callback:
    """A tiny app: keeps the query it is called back with."""

    def __init__(self) -> None:
        queries: list[dict[str, str]] = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                url = urllib.parse.urlsplit(self.path)
                if url.path == "/callback":
                    queries.append(dict(urllib.parse.parse_qsl(url.query)))
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(b"<!doctype html><title>The app</title><h1>Back in the app</h1>")

            def log_message(self, *_: object) -> None:
                pass

        self.queries = queries
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://localhost:{self.server.server_address[1]}/callback"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


class SignIn:
    """One sign-in of that app at the provider."""

    def __init__(self, issuer: str, callback: Callback) -> None:
        self.issuer = issuer
        self.callback = callback
        self.state = secrets.token_urlsafe(16)
        self.nonce = secrets.token_urlsafe(16)
        self.verifier = secrets.token_urlsafe(48)
        digest = hashlib.sha256(self.verifier.encode()).digest()
        self.challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def url(self, **more: str) -> str:
        fields = {
            "response_type": "code",
            "client_id": "dev",
            "redirect_uri": self.callback.url,
            "scope": "openid profile email",
            "state": self.state,
            "nonce": self.nonce,
            "code_challenge": self.challenge,
            "code_challenge_method": "S256",
            **more,
        }
        return f"{self.issuer}/authorize?{urllib.parse.urlencode(fields)}"

    def claims(self) -> dict[str, Any]:
        """Exchange the code that came back, and read the ID token."""
        came = self.callback.queries[-1]
        assert came["state"] == self.state
        assert came["iss"] == self.issuer
        fields = {
            "grant_type": "authorization_code",
            "client_id": "dev",
            "client_secret": "dev-secret",
            "code": came["code"],
            "redirect_uri": self.callback.url,
            "code_verifier": self.verifier,
        }
        body = urllib.parse.urlencode(fields).encode()
        with urllib.request.urlopen(self.issuer + "/token", body) as answer:
            token = json.load(answer)["id_token"]
        part = token.split(".")[1]
        claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        assert claims["nonce"] == self.nonce
        return claims


@pytest.fixture(scope="module")
def provider() -> Iterator[DevProvider]:
    with DevProvider() as running:
        yield running


@pytest.fixture
def callback() -> Iterator[Callback]:
    running = Callback()
    yield running
    running.stop()


@pytest.fixture
def complaints() -> list[str]:
    return []


@pytest.fixture
def visitor(context: BrowserContext, complaints: list[str]) -> Page:
    """A tab whose console is listened to: a page that breaks its own policy says so there."""
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text))
    return page


@pytest.fixture
def sign_in(provider: DevProvider, callback: Callback) -> SignIn:
    return SignIn(provider.issuer, callback)


def test_a_click_on_a_persona_signs_in(
    visitor: Page, sign_in: SignIn, complaints: list[str]
) -> None:
    visitor.goto(sign_in.url())
    expect(visitor.get_by_role("heading", name="Who do you want to be?")).to_be_visible()
    expect(visitor.get_by_role("complementary")).to_contain_text("Development provider")
    visitor.get_by_role("button", name="Ada Lovelace").click()
    expect(visitor.get_by_role("heading", name="Back in the app")).to_be_visible()
    claims = sign_in.claims()
    assert claims["sub"] == "ada"
    assert claims["email"] == "ada@example.com"
    assert complaints == []


def test_cancel_goes_back_with_access_denied(visitor: Page, sign_in: SignIn) -> None:
    visitor.goto(sign_in.url())
    visitor.get_by_role("button", name="Cancel").click()
    expect(visitor.get_by_role("heading", name="Back in the app")).to_be_visible()
    came = sign_in.callback.queries[-1]
    assert came["error"] == "access_denied"
    assert came["state"] == sign_in.state
    assert "code" not in came


def test_someone_else_can_sign_in(visitor: Page, sign_in: SignIn) -> None:
    visitor.goto(sign_in.url())
    visitor.get_by_text("Someone else").click()
    visitor.get_by_label("Name").fill("Řehoř <script>")
    visitor.get_by_label("E-mail").fill("rehor@example.com")
    visitor.get_by_role("button", name="Sign in", exact=True).click()
    expect(visitor.get_by_role("heading", name="Back in the app")).to_be_visible()
    claims = sign_in.claims()
    assert claims["name"] == "Řehoř <script>"
    assert claims["sub"] == "typed|rehor@example.com"


def test_the_keyboard_alone_is_enough(visitor: Page, sign_in: SignIn) -> None:
    visitor.goto(sign_in.url())
    focused = "document.activeElement.textContent"
    for name in ("Ada Lovelace", "Grace Hopper", "Zoë Ångström"):
        visitor.keyboard.press("Tab")
        assert name in visitor.evaluate(focused)
    visitor.keyboard.press("Shift+Tab")
    outline = visitor.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    visitor.keyboard.press("Enter")
    expect(visitor.get_by_role("heading", name="Back in the app")).to_be_visible()
    assert sign_in.claims()["sub"] == "grace"


def test_someone_else_by_keyboard(visitor: Page, sign_in: SignIn) -> None:
    visitor.goto(sign_in.url())
    for _ in range(6):
        visitor.keyboard.press("Tab")
    visitor.keyboard.press("Enter")
    visitor.keyboard.press("Tab")
    visitor.keyboard.type("Kim")
    visitor.keyboard.press("Enter")
    expect(visitor.get_by_role("heading", name="Back in the app")).to_be_visible()
    assert sign_in.claims()["sub"] == "typed|Kim"


def test_the_back_button_leads_to_a_page_that_says_what_to_do(
    visitor: Page, sign_in: SignIn
) -> None:
    visitor.goto(sign_in.url())
    form = visitor.content()
    visitor.get_by_role("button", name="Ada Lovelace").click()
    expect(visitor.get_by_role("heading", name="Back in the app")).to_be_visible()
    visitor.go_back()
    # no-store: the page is fetched anew, so the second click is a sign-in of its own.
    assert visitor.content() != form
    visitor.get_by_role("button", name="Grace Hopper").click()
    expect(visitor.get_by_role("heading", name="Back in the app")).to_be_visible()
    assert sign_in.claims()["sub"] == "grace"


def test_two_tabs_do_not_disturb_each_other(
    context: BrowserContext, provider: DevProvider, callback: Callback
) -> None:
    first, second = (SignIn(provider.issuer, callback) for _ in range(2))
    tabs = [context.new_page(), context.new_page()]
    tabs[0].goto(first.url())
    tabs[1].goto(second.url())
    for tab, one, name in ((tabs[0], first, "Ada"), (tabs[1], second, "Grace")):
        tab.get_by_role("button", name=name).click()
        expect(tab.get_by_role("heading", name="Back in the app")).to_be_visible()
        assert one.claims()["given_name"] == name


def test_signing_out_asks_and_returns(
    visitor: Page, provider: DevProvider, callback: Callback, complaints: list[str]
) -> None:
    back = {"client_id": "dev", "post_logout_redirect_uri": callback.url, "state": "s"}
    visitor.goto(f"{provider.issuer}/logout?{urllib.parse.urlencode(back)}")
    visitor.get_by_role("button", name="Sign out").click()
    expect(visitor.get_by_role("heading", name="Back in the app")).to_be_visible()
    assert callback.queries[-1] == {"state": "s"}
    assert complaints == []


def luminance(colour: str) -> float:
    parts = [float(x) / 255 for x in colour.strip("rgba()").split(",")[:3]]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


COLOURS = """() => [...document.querySelectorAll('body *')]
  .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()))
  .filter(e => !e.closest('svg') && !e.closest('style') && e.getClientRects().length)
  .map(e => {
    let at = e
    while (getComputedStyle(at).backgroundColor === 'rgba(0, 0, 0, 0)') at = at.parentElement
    return [e.textContent, getComputedStyle(e).color, getComputedStyle(at).backgroundColor]
  })"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_the_contrast_of_wcag_aa(
    browser: Browser, sign_in: SignIn, scheme: str
) -> None:
    context = browser.new_context(color_scheme="dark" if scheme == "dark" else "light")
    page = context.new_page()
    page.goto(sign_in.url(login_hint="grace@example.com"))
    page.get_by_text("Someone else").click()
    found = page.evaluate(COLOURS)
    assert len(found) > 20
    for text, ink, ground in found:
        light, dark = sorted((luminance(ink), luminance(ground)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (text, ink, ground)
    context.close()


@pytest.mark.parametrize("width", [320, 390])
def test_a_phone_needs_no_sideways_scrolling(browser: Browser, sign_in: SignIn, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800})
    page = context.new_page()
    page.goto(sign_in.url(scope="openid " + "x" * 200))
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    heights = page.evaluate(
        "[...document.querySelectorAll('button, summary')].filter(e => e.offsetHeight)"
        ".map(e => e.offsetHeight)"
    )
    assert min(heights) >= 40
    context.close()


def test_the_page_can_be_read_by_a_screen_reader(visitor: Page, sign_in: SignIn) -> None:
    visitor.goto(sign_in.url())
    assert visitor.title() == "Sign in · st-oauth dev"
    assert visitor.locator("html").get_attribute("lang") == "en"
    expect(visitor.locator("h1")).to_have_count(1)
    expect(visitor.get_by_role("list")).to_have_count(1)
    expect(visitor.get_by_role("listitem")).to_have_count(5)
    visitor.get_by_text("Someone else").click()
    for name in ("Name", "E-mail (may be empty)"):
        expect(visitor.get_by_role("textbox", name=name)).to_be_visible()
