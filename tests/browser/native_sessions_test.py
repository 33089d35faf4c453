"""Sessions of native sign-in in Chromium: where they are kept, how they end, and what a changed configuration does to them."""

import re
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from servers.dev import DevProvider
from servers.native import (
    ADA,
    GRACE,
    TELLS,
    be,
    by_address,
    events,
    expect_signed_out_page,
    goto_when_up,
    native_app,
    one,
    reconfigure,
    two,
    who,
)
from servers.process import free_port
from servers.proxy import FrontProxy
from servers.redis import Redis
from servers.site import wait_for
from servers.streamlit_app import StreamlitApp

SECRET = 'secret = "bmF0aXZlIHNlc3Npb25zLCB0aGUgZmlyc3Qga2V5ISE="'
TWO_SECRETS = 'secret = ["bmF0aXZlIHNlc3Npb25zLCB0aGUgc2Vjb25kIGtleSE=", "bmF0aXZlIHNlc3Npb25zLCB0aGUgZmlyc3Qga2V5ISE="]'
NEW_SECRET = 'secret = "bmF0aXZlIHNlc3Npb25zLCB0aGUgc2Vjb25kIGtleSE="'

APP = f"""
import json
import streamlit as st
import st_oauth
from st_oauth import user

app = st.App(__file__, **st_oauth.app({TELLS}))

st.button("Again")
if user.logged_in():
    st.text(f"it is {{user.name}}")
    st.button("Logout", on_click=user.logout)
else:
    st.text("it is nobody")
    st.button("Login", on_click=user.login)
"""
IT_IS_ADA = f"it is {ADA}"


@pytest.fixture(scope="module")
def dev() -> Iterator[DevProvider]:
    with DevProvider() as provider:
        yield provider


@pytest.fixture(scope="module")
def redis() -> Iterator[Redis]:
    with Redis() as server:
        yield server


@pytest.fixture(scope="module")
def app(dev: DevProvider) -> Iterator[StreamlitApp]:
    with native_app(APP, lambda port: one(dev, port, more=SECRET)) as started:
        yield started


def settle(app: StreamlitApp, dev: DevProvider, *more: str) -> None:
    """One provider and these settings, in force."""
    lines = [line for line in more if line]
    if not any(line.startswith("secret") for line in lines):
        lines.append(SECRET)
    reconfigure(app, one(dev, app.port, more="\n".join(lines)))


def sign_in(page: Page, app: StreamlitApp) -> None:
    by_address(page, app)
    expect(page.get_by_text(IT_IS_ADA)).to_be_visible()


# Stores


@pytest.fixture(params=["lmdb", "memory", "cookie", "redis"])
def store(request: pytest.FixtureRequest, app: StreamlitApp, dev: DevProvider) -> str:
    kind: str = request.param
    value = request.getfixturevalue("redis").url if kind == "redis" else kind
    settle(app, dev, f'store = "{value}"')
    return kind


def test_every_store_keeps_a_session_and_ends_it_in_every_tab(
    page: Page, context: BrowserContext, app: StreamlitApp, store: str
) -> None:
    sign_in(page, app)
    page.reload()
    expect(page.get_by_text(IT_IS_ADA)).to_be_visible()
    tab = context.new_page()
    tab.goto(app.url)
    expect(tab.get_by_text(IT_IS_ADA)).to_be_visible()
    page.get_by_role("button", name="Logout").click()
    if store == "cookie":  # holds no ID token that would tell the provider whose sign-out it is
        page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("it is nobody")).to_be_visible()
    expect_signed_out_page(tab, "Signed out")
    assert who(page, app) == {"logged_in": False}


def test_no_store_keeps_a_session_cookie_of_more_than_it_needs(
    page: Page, app: StreamlitApp, store: str
) -> None:
    sign_in(page, app)
    sessions = [c for c in page.context.cookies() if re.match(r"[sc]1\.", c["value"])]
    assert len(sessions) == 1
    size = len(sessions[0]["name"]) + 1 + len(sessions[0]["value"])
    assert size <= (3900 if store == "cookie" else 120)
    assert sessions[0]["httpOnly"] is True


def test_a_session_may_go_with_the_browser(page: Page, app: StreamlitApp, dev: DevProvider) -> None:
    settle(app, dev, 'session = "browser"')
    sign_in(page, app)
    assert [c["expires"] for c in page.context.cookies() if c["value"].startswith("s1.")] == [-1]


# A store that is away


def test_while_redis_is_away_nobody_is_signed_in_or_out(
    page: Page, context: BrowserContext, app: StreamlitApp, dev: DevProvider, redis: Redis
) -> None:
    settle(app, dev, f'store = "{redis.url}"', "require_login = true")
    sign_in(page, app)
    redis.kill()
    try:
        page.get_by_role("button", name="Again").click()
        expect(page.get_by_text("Your sign-in cannot be checked at the moment")).to_be_visible()
        expect(page.get_by_text(IT_IS_ADA)).to_have_count(0)
        tab = context.new_page()
        answer = tab.goto(app.url)
        assert answer is not None
        assert answer.status == 503
        expect(tab.get_by_role("alert")).to_be_visible()
        expect(tab.get_by_text("it is")).to_have_count(0)
    finally:
        redis.start()
    tab.goto(app.url)
    expect(tab.get_by_text(IT_IS_ADA)).to_be_visible()
    page.get_by_role("button", name="Again").click()
    expect(page.get_by_text(IT_IS_ADA)).to_be_visible()


# The end of a session


def test_the_end_of_its_time_moves_the_tab_which_asks_again(
    page: Page, app: StreamlitApp, dev: DevProvider
) -> None:
    settle(app, dev, 'default_ttl = "10s"')
    sign_in(page, app)
    expect_signed_out_page(page, "Your session has ended")
    assert who(page, app) == {"logged_in": False}
    page.get_by_role("link", name="Sign in again").click()
    be(page, GRACE)
    expect(page.get_by_text(f"it is {GRACE}")).to_be_visible()


def test_a_tab_in_use_slides_the_idle_limit_and_one_left_alone_does_not(
    page: Page, app: StreamlitApp, dev: DevProvider
) -> None:
    settle(app, dev, 'idle_ttl = "10s"')
    sign_in(page, app)
    for _ in range(9):
        page.wait_for_timeout(2000)
        page.get_by_role("button", name="Again").click()
        expect(page.get_by_text(IT_IS_ADA)).to_be_visible()
    expect_signed_out_page(page, "Your session has ended")


class Process:
    """Another process of the same app: another port, the same address and state."""

    def __init__(self, app: StreamlitApp, dev: DevProvider) -> None:
        self._host = f"localhost:{app.port}"
        self.app = StreamlitApp(APP, secrets=one(dev, app.port, more=SECRET), home=app.home)

    def ask(self, context: BrowserContext, method: str, path: str, body: str = "") -> str:
        """A request with the cookies of that browser."""
        cookies = "; ".join(f"{c['name']}={c['value']}" for c in context.cookies())
        headers = {
            "Host": self._host,
            "Cookie": cookies,
            "Accept": "text/html",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        connection = HTTPConnection("127.0.0.1", self.app.port, timeout=20)
        connection.request(method, path, body=body or None, headers=headers)
        text = connection.getresponse().read().decode()
        connection.close()
        return text

    def sign_out(self, context: BrowserContext) -> None:
        form = self.ask(context, "GET", "/auth/logout")
        token = re.search(r'name="csrf" value="([^"]+)"', form)
        assert token, form
        self.ask(context, "POST", "/auth/logout", f"csrf={token[1]}")


def test_another_process_may_end_a_session_and_be_killed(
    page: Page, context: BrowserContext, browser: Browser, app: StreamlitApp, dev: DevProvider
) -> None:
    """The tabs of this process follow, in this browser only, while the other lives and when it is gone."""
    settle(app, dev)
    sign_in(page, app)
    with browser.new_context() as elsewhere:
        far = elsewhere.new_page()
        sign_in(far, app)
        other = Process(app, dev)
        with other.app:
            assert '"logged_in":true' in other.ask(context, "GET", "/auth/user").replace(" ", "")
            other.sign_out(context)
            expect_signed_out_page(page, "Signed out")
            sign_in(page, app)
            other.sign_out(context)
            other.app.kill()
            expect_signed_out_page(page, "Signed out")
        far.get_by_role("button", name="Again").click()
        expect(far.get_by_text(IT_IS_ADA)).to_be_visible()
    sign_in(page, app)
    page.get_by_role("button", name="Logout").click()
    expect(page.get_by_text("it is nobody")).to_be_visible()


# A changed configuration


def test_keys_rotate_without_signing_anybody_out(
    page: Page, app: StreamlitApp, dev: DevProvider
) -> None:
    settle(app, dev)
    sign_in(page, app)
    settle(app, dev, TWO_SECRETS)
    page.reload()
    expect(page.get_by_text(IT_IS_ADA)).to_be_visible()
    page.get_by_role("button", name="Again").click()
    expect(page.get_by_text(IT_IS_ADA)).to_be_visible()
    settle(app, dev, NEW_SECRET)
    expect_signed_out_page(page, "Your session has ended")
    assert who(page, app) == {"logged_in": False}


def test_a_session_of_the_new_key_outlives_the_old_one(
    page: Page, app: StreamlitApp, dev: DevProvider
) -> None:
    settle(app, dev, TWO_SECRETS)
    sign_in(page, app)
    settle(app, dev, NEW_SECRET)
    page.reload()
    expect(page.get_by_text(IT_IS_ADA)).to_be_visible()


def test_a_changed_file_applies_and_a_broken_one_does_not(
    page: Page, app: StreamlitApp, dev: DevProvider
) -> None:
    settle(app, dev)
    sign_in(page, app)
    reconfigure(app, two(dev, app.port, more=SECRET))
    page.goto(f"{app.url}/auth/login")
    expect(page.get_by_role("link", name="Continue with Dev (team)")).to_be_visible()
    before = len(app.log)
    app.write_secrets("[auth]\nclient_id = \nissuer = 1\n")
    wait_for(lambda: "stays in force" in app.log[before:])
    said = app.log[before:]
    assert re.search(r"line 2,? column \d+|secrets\.toml:2:\d+", said), said
    page.goto(f"{app.url}/auth/login")
    expect(page.get_by_role("link", name="Continue with Dev (team)")).to_be_visible()
    page.goto(app.url)
    expect(page.get_by_role("button", name="Again")).to_be_visible()


def test_a_setting_that_does_not_exist_leaves_the_old_ones_in_force(
    page: Page, app: StreamlitApp, dev: DevProvider
) -> None:
    settle(app, dev)
    before = len(app.log)
    app.write_secrets(one(dev, app.port, more=f"{SECRET}\ndefault_tll = 60"))
    wait_for(lambda: "stays in force" in app.log[before:])
    assert "default_ttl" in app.log[before:]
    sign_in(page, app)


# Nothing configured


def test_an_app_without_settings_is_closed_until_it_has_some(
    page: Page, dev: DevProvider, tmp_path: Path
) -> None:
    port = free_port()
    with (
        StreamlitApp(APP, port=port, workdir=tmp_path) as app,
        FrontProxy(free_port(), port) as front,
    ):
        assert app.log.count("The app is closed, because") == 1
        page.goto(app.url)
        expect(page.get_by_role("heading", name="Set up sign-in")).to_be_visible()
        expect(page.get_by_text("st-oauth dev app.py", exact=True)).to_be_visible()
        expect(page.get_by_text('provider = "google"')).to_be_visible()
        expect(page.get_by_text("it is")).to_have_count(0)
        outside = page.context.new_page()
        outside.goto(f"http://localhost:{front.port}/")
        expect(outside.get_by_role("heading", name="Not set up yet")).to_be_visible()
        expect(outside.locator("body")).not_to_contain_text("secrets.toml")
        expect(outside.locator("body")).not_to_contain_text("google")
        reference = outside.get_by_text("Reference:").inner_text().rpartition(" ")[2]
        assert {one["reference"] for one in events(app, "app_closed")} == {reference}
        app.write_secrets(one(dev, port))
        wait_for(lambda: "configuration_read" in app.log)
        goto_when_up(page, app.url)
        page.get_by_role("button", name="Login").click()
        be(page)
        expect(page.get_by_text(IT_IS_ADA)).to_be_visible()
