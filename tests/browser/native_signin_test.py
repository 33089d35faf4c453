"""The way in, back and out of native sign-in, as a visitor sees it in Chromium, with both providers of `st-oauth dev`."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from navigate_test import frame_page
from playwright.sync_api import Browser, BrowserContext, Page, expect
from servers.dev import DevProvider
from servers.native import (
    ADA,
    GRACE,
    KATHERINE,
    TELLS,
    be,
    by_address,
    events,
    expect_signed_out_page,
    native_app,
    one,
    two,
    who,
)
from servers.process import free_port
from servers.proxy import FrontProxy
from servers.streamlit_app import FLOOR_APP, StreamlitApp

EXAMPLES = Path(__file__).resolve().parent.parent.parent / "examples"
HERE = "/?a=1&a=2&x=%E2%9C%93#top"

PLACES_APP = f"""
import json
import streamlit as st
import st_oauth
app = st.App("page.py", **st_oauth.app({TELLS}))
"""

PLACES_PAGE = """
import streamlit as st
from st_oauth import user

def offer(where):
    st.button(f"callback in {where}", on_click=go, key=f"c{where}")
    if st.button(f"call in {where}", key=f"p{where}"):
        go()

def go():
    user.logout() if user else user.login()

def home():
    st.title("Home")
    offer("page")
    with st.sidebar:
        offer("sidebar")
    with st.form("form"):
        st.form_submit_button("callback in form", on_click=go)
    with st.form("form2"):
        if st.form_submit_button("call in form"):
            go()
    inside()
    if st.button("Open the dialog"):
        box()
    st.button("straight to team", on_click=user.login, args=["team"])
    st.button("with a hint", on_click=user.login, args=["dev"], kwargs={"login_hint": "grace"})
    st.button("on to second", on_click=user.login, args=["dev", "/second?b=3"])
    st.button("everywhere", on_click=user.logout, kwargs={"everywhere": True})
    tell()

def tell():
    st.text(f"it is {user.name} of {user.provider}" if user.logged_in() else "it is nobody")

@st.fragment
def inside():
    offer("fragment")

@st.dialog("Box")
def box():
    offer("dialog")

def second():
    st.title("Second")
    offer("second")
    tell()

st.navigation([st.Page(home), st.Page(second)]).run()
"""

PLACES = ["page", "sidebar", "form", "fragment", "dialog", "second"]


@pytest.fixture(scope="module")
def dev() -> Iterator[DevProvider]:
    with DevProvider() as provider:
        yield provider


# One file, as the README begins, with the oldest Streamlit and the newest


@pytest.fixture(scope="module", params=[sys.executable, FLOOR_APP], ids=["newest", "floor"])
def one_file(request: pytest.FixtureRequest, dev: DevProvider) -> Iterator[StreamlitApp]:
    script = EXAMPLES / "native_one_file" / "app.py"
    with native_app(script, lambda port: one(dev, port), python=request.param) as app:
        yield app


def test_one_provider_goes_straight_there_and_back_with_query_and_fragment(
    page: Page, dev: DevProvider, one_file: StreamlitApp
) -> None:
    page.goto(one_file.url + HERE)
    page.get_by_role("button", name="Login").click()
    expect(page.get_by_role("heading", name="Who do you want to be?")).to_be_visible()
    assert page.url.startswith(f"{dev.issuer}/authorize?")
    be(page)
    expect(page.get_by_text(f"Welcome, {ADA}!")).to_be_visible()
    assert page.url == one_file.url + HERE


def test_a_session_survives_reload_new_tab_kill_9_and_restart(
    page: Page, context: BrowserContext, one_file: StreamlitApp
) -> None:
    welcome = f"Welcome, {ADA}!"
    by_address(page, one_file)
    expect(page.get_by_text(welcome)).to_be_visible()
    page.reload()
    expect(page.get_by_text(welcome)).to_be_visible()
    tab = context.new_page()
    tab.goto(one_file.url)
    expect(tab.get_by_text(welcome)).to_be_visible()
    one_file.kill()
    one_file.start()
    tab.reload()
    expect(tab.get_by_text(welcome)).to_be_visible()
    page.reload()
    page.get_by_role("button", name="Logout").click()
    expect(page.get_by_role("button", name="Login")).to_be_visible()
    expect_signed_out_page(tab, "Signed out")


def test_sign_out_moves_the_other_tab_and_leaves_another_browser_alone(
    page: Page, context: BrowserContext, browser: Browser, one_file: StreamlitApp
) -> None:
    by_address(page, one_file)
    other = context.new_page()
    other.goto(one_file.url)
    with browser.new_context() as elsewhere:
        far = elsewhere.new_page()
        by_address(far, one_file)
        for each in (page, other, far):
            expect(each.get_by_text(f"Welcome, {ADA}!")).to_be_visible()
        page.get_by_role("button", name="Logout").click()
        expect_signed_out_page(other, "Signed out")
        expect(page.get_by_role("button", name="Login")).to_be_visible()
        assert page.url == f"{one_file.url}/"
        far.reload()
        expect(far.get_by_text(f"Welcome, {ADA}!")).to_be_visible()
    other.get_by_role("link", name="Sign in again").click()
    be(other, GRACE)
    expect(other.get_by_text(f"Welcome, {GRACE}!")).to_be_visible()


def test_the_one_file_form_runs_into_no_error(one_file: StreamlitApp) -> None:
    """Of its own, that is: the oldest Streamlit has one in its static files with a new Starlette."""
    assert 'st_oauth/user.py", line' not in one_file.log
    assert one_file.log.count("Traceback") == one_file.log.count("starlette_static_routes.py")


# Every place of a script, with two providers to choose from


@pytest.fixture(scope="module")
def places(dev: DevProvider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StreamlitApp]:
    folder = tmp_path_factory.mktemp("places")
    (folder / "page.py").write_text(PLACES_PAGE, encoding="utf-8")
    with native_app(PLACES_APP, lambda port: two(dev, port), workdir=folder) as app:
        yield app


def use(page: Page, how: str, where: str) -> None:
    if where == "dialog":
        page.get_by_role("button", name="Open the dialog").click()
    page.get_by_role("button", name=f"{how} in {where}").click()


def signed_in(page: Page, app: StreamlitApp, path: str = "/") -> None:
    page.goto(f"{app.url}/auth/login?provider=dev&next={path}")
    be(page)
    expect(page.get_by_text(f"it is {ADA} of dev")).to_be_visible()


@pytest.mark.parametrize("login", ["callback", "call"])
@pytest.mark.parametrize("where", PLACES)
def test_login_and_logout_work_from_every_place(
    page: Page, places: StreamlitApp, where: str, login: str
) -> None:
    """In by one way and out by the other."""
    logout = "call" if login == "callback" else "callback"
    here = places.url + (HERE.replace("/", "/second", 1) if where == "second" else HERE)
    page.goto(here)
    expect(page.get_by_text("it is nobody")).to_be_visible()
    use(page, login, where)
    page.get_by_role("link", name="Continue with Dev (team)").click()
    be(page, KATHERINE)
    expect(page.get_by_text(f"it is {KATHERINE} of team")).to_be_visible()
    assert page.url == here
    use(page, logout, where)
    expect(page.get_by_text("it is nobody")).to_be_visible()
    assert page.url == f"{places.url}/"
    assert who(page, places) == {"logged_in": False}


def test_several_providers_are_a_page_to_choose(page: Page, places: StreamlitApp) -> None:
    page.goto(places.url)
    use(page, "callback", "page")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(page.get_by_role("link")).to_have_text(
        ["Continue with Dev→", "Continue with Dev (team)→"]
    )


def test_a_named_provider_is_not_asked_for(
    page: Page, dev: DevProvider, places: StreamlitApp
) -> None:
    page.goto(places.url)
    page.get_by_role("button", name="straight to team").click()
    expect(page.get_by_role("button", name=KATHERINE)).to_be_visible()
    assert page.url.startswith(f"{dev.issuer}/team/authorize?")


def test_a_login_hint_reaches_the_provider(page: Page, places: StreamlitApp) -> None:
    page.goto(places.url)
    page.get_by_role("button", name="with a hint").click()
    expect(page.get_by_role("button", name=GRACE)).to_be_visible()
    assert "login_hint=grace" in page.url


def test_login_may_lead_on_to_another_page(page: Page, places: StreamlitApp) -> None:
    page.goto(places.url)
    page.get_by_role("button", name="on to second").click()
    be(page)
    expect(page.get_by_role("heading", name="Second")).to_be_visible()
    expect(page.get_by_text(f"it is {ADA} of dev")).to_be_visible()
    assert page.url == f"{places.url}/second?b=3"


def test_logout_everywhere_ends_the_session_in_another_browser(
    page: Page, browser: Browser, places: StreamlitApp
) -> None:
    signed_in(page, places)
    with browser.new_context() as elsewhere:
        far = elsewhere.new_page()
        signed_in(far, places)
        page.get_by_role("button", name="everywhere").click()
        expect(page.get_by_text("it is nobody")).to_be_visible()
        expect(far.get_by_role("link", name="Sign in again")).to_be_visible()
        assert who(far, places) == {"logged_in": False}


def test_a_cancelled_login_says_why_with_a_way_on(page: Page, places: StreamlitApp) -> None:
    page.goto(places.url + HERE)
    page.get_by_role("button", name="straight to team").click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("alert")).to_have_text("The sign-in was cancelled.")
    assert who(page, places) == {"logged_in": False}
    page.get_by_role("link", name="Sign in again").click()
    page.get_by_role("link", name="Continue with Dev (team)").click()
    be(page, KATHERINE)
    expect(page.get_by_text(f"it is {KATHERINE} of team")).to_be_visible()
    assert page.url == places.url + HERE


def test_a_cancelled_login_leaves_who_was_signed_in(page: Page, places: StreamlitApp) -> None:
    signed_in(page, places)
    page.goto(f"{places.url}/auth/login?provider=team")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("alert")).to_have_text("The sign-in was cancelled.")
    page.get_by_role("link", name="Go to the start page").click()
    expect(page.get_by_text(f"it is {ADA} of dev")).to_be_visible()


def test_back_after_a_login_does_not_meet_the_code_again(page: Page, places: StreamlitApp) -> None:
    signed_in(page, places, "/second")
    page.go_back()
    page.go_forward()
    expect(page.get_by_text(f"it is {ADA} of dev")).to_be_visible()
    assert who(page, places)["logged_in"] is True


def test_a_callback_that_comes_twice_is_harmless(page: Page, places: StreamlitApp) -> None:
    returned: list[str] = []
    page.on("request", lambda request: returned.append(request.url))
    signed_in(page, places, "/second")
    callback = next(url for url in returned if "/auth/callback?" in url)
    page.goto(callback)
    expect(page.get_by_text(f"it is {ADA} of dev")).to_be_visible()
    assert page.url == f"{places.url}/second"


def test_every_sign_in_refusal_and_sign_out_is_an_event(page: Page, places: StreamlitApp) -> None:
    signed_in(page, places)
    page.goto(f"{places.url}/auth/login?provider=team")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.goto(places.url)
    use(page, "callback", "page")
    expect(page.get_by_text("it is nobody")).to_be_visible()
    assert events(places, "login_succeeded")[-1]["provider"] == "dev"
    assert events(places, "login_refused")[-1]["reason"] == "provider_denied"
    assert events(places, "signed_out")[-1]["everywhere"] is False


# Sign-out by an address


def test_another_site_cannot_sign_anybody_out(page: Page, places: StreamlitApp) -> None:
    """CF: an image, a frame or a link of another site; the link shows the form."""
    signed_in(page, places)
    other = f"http://127.0.0.1:{places.port}/auth/user"
    page.goto(other)
    page.set_content(
        f'<img src="{places.url}/auth/logout"><a href="{places.url}/auth/logout">out</a>'
    )
    page.get_by_role("link", name="out").click()
    expect(page.get_by_role("heading", name="Sign out?")).to_be_visible()
    assert who(page, places)["logged_in"] is True
    page.get_by_role("link", name="Stay signed in").click()
    expect(page.get_by_text(f"it is {ADA} of dev")).to_be_visible()


def test_the_address_typed_shows_a_form_that_posts(page: Page, places: StreamlitApp) -> None:
    signed_in(page, places)
    page.goto(f"{places.url}/auth/logout")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("it is nobody")).to_be_visible()


# Addresses


def test_another_loopback_name_is_moved_to_the_configured_one(
    page: Page, places: StreamlitApp
) -> None:
    page.goto(places.url.replace("localhost", "127.0.0.1") + HERE)
    page.get_by_role("button", name="straight to team").click()
    be(page, KATHERINE)
    expect(page.get_by_text(f"it is {KATHERINE} of team")).to_be_visible()
    assert page.url == places.url + HERE


def test_another_host_is_told_key_and_value(page: Page, places: StreamlitApp) -> None:
    page.goto(f"http://app.lan:{places.port}/")
    use(page, "callback", "page")
    expect(page.get_by_role("heading", name="This app has another address")).to_be_visible()
    expect(page.locator("body")).to_contain_text(f'public_url = "https://app.lan:{places.port}"')


def test_another_host_behind_a_proxy_is_told_as_well(page: Page, places: StreamlitApp) -> None:
    with FrontProxy(free_port(), places.port) as front:
        page.goto(f"http://app.lan:{front.port}/auth/login")
        expect(page.get_by_role("heading", name="This app has another address")).to_be_visible()
        expect(page.locator("body")).to_contain_text("public_url")
        assert who(page, places) == {"logged_in": False}


# In a frame of another port: the same site


@pytest.fixture
def framed(places: StreamlitApp) -> Iterator[str]:
    with frame_page(places.url) as url:
        yield url


@pytest.mark.parametrize("how", ["callback", "call"])
def test_login_in_a_frame_opens_a_tab_and_the_frame_follows(
    page: Page, context: BrowserContext, framed: str, how: str
) -> None:
    page.goto(framed)
    frame = page.frame_locator("iframe")
    with context.expect_page() as opened:
        frame.get_by_role("button", name=f"{how} in page").click()
    tab = opened.value
    tab.get_by_role("link", name="Continue with Dev", exact=True).click()
    be(tab)
    expect(tab.get_by_text(f"it is {ADA} of dev")).to_be_visible()
    expect(frame.get_by_text(f"it is {ADA} of dev")).to_be_visible()


@pytest.mark.parametrize("how", ["callback", "call"])
def test_logout_in_a_frame_signs_out_there_and_in_the_other_tab(
    page: Page, context: BrowserContext, places: StreamlitApp, framed: str, how: str
) -> None:
    tab = context.new_page()
    signed_in(tab, places)
    page.goto(framed)
    frame = page.frame_locator("iframe")
    expect(frame.get_by_text(f"it is {ADA} of dev")).to_be_visible()
    frame.get_by_role("button", name=f"{how} in page").click()
    expect(frame.get_by_text("it is nobody")).to_be_visible()
    expect_signed_out_page(tab, "Signed out")


def test_no_place_makes_streamlit_complain(places: StreamlitApp) -> None:
    assert "Traceback" not in places.log
