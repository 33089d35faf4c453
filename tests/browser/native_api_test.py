"""Streamlit's own st.login(), st.logout() and st.user under the middleware, beside `user`, in Chromium."""

import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from servers.dev import DevProvider
from servers.native import (
    ADA,
    KATHERINE,
    be,
    expect_signed_out_page,
    native_app,
    one,
    two,
    who,
)
from servers.streamlit_app import FLOOR_APP, StreamlitApp

APP = """
import streamlit as st
import st_oauth

if __name__ != "__main__":
    app = st.App(__file__, **st_oauth.app())
else:
    def native():
        st.title("Native")
        if not st.user.is_logged_in:
            st.text("nobody")
            st.button("Log in", on_click=st.login)
            st.button("Log in with team", on_click=st.login, args=["team"])
            st.stop()
        st.text(f"it is {st.user.name} of {st.user.provider}")
        st.text(f"types {type(st.user.is_logged_in).__name__} {type(st.user.email_verified).__name__} {type(st.user.groups).__name__}")
        st.text(f"tokens {sorted(st.user.tokens)}")
        st.text(f"same {st.user.email == st_oauth.user.email and st.user.sub == st_oauth.user.sub}")
        st.text(f"query { {name: st.query_params.get_all(name) for name in st.query_params} }")
        if st.button("Log out"):
            st.logout()

    def gated():
        st.title("Gated")
        st.text(f"gate {st_oauth.st_oauth(label='Enter', logout='Leave')}")

    st.navigation([st.Page(native, default=True), st.Page(gated)]).run()
"""

REPLACED = """
import streamlit as st
import st_oauth

app = st.App(__file__, **st_oauth.app())
st.user = st_oauth.user

if st.user.logged_in():
    st.text(f"it is {st.user.name}, {st.user['email']}")
    st.button("Logout", on_click=st.user.logout)
else:
    st.text("nobody")
    st.button("Login", on_click=st.user.login)
"""


@pytest.fixture(scope="module")
def dev() -> Iterator[DevProvider]:
    with DevProvider() as provider:
        yield provider


@pytest.fixture(scope="module", params=[sys.executable, FLOOR_APP], ids=["newest", "floor"])
def app(request: pytest.FixtureRequest, dev: DevProvider) -> Iterator[StreamlitApp]:
    more = 'expose_tokens = ["id", "access"]'
    with native_app(APP, lambda port: two(dev, port, more=more), python=request.param) as started:
        yield started


def test_st_login_without_a_name_lets_choose_and_comes_back_to_the_page(
    page: Page, app: StreamlitApp
) -> None:
    page.goto(f"{app.url}/?a=1&a=2")
    page.get_by_role("button", name="Log in", exact=True).click()
    page.get_by_role("link", name="Continue with Dev", exact=True).click()
    be(page)
    expect(page.get_by_text(f"it is {ADA} of dev")).to_be_visible()


def test_st_user_has_typed_claims_and_tokens(page: Page, app: StreamlitApp) -> None:
    page.goto(f"{app.url}/auth/login?provider=dev")
    be(page)
    expect(page.get_by_text("types bool bool list")).to_be_visible()
    expect(page.get_by_text("tokens ['access', 'id']")).to_be_visible()
    expect(page.get_by_text("same True")).to_be_visible()


def test_st_login_with_a_name_goes_there_and_st_logout_moves_the_other_tab(
    page: Page, context: BrowserContext, app: StreamlitApp
) -> None:
    page.goto(app.url)
    page.get_by_role("button", name="Log in with team").click()
    be(page, KATHERINE)
    expect(page.get_by_text(f"it is {KATHERINE} of team")).to_be_visible()
    page.reload()
    expect(page.get_by_text(f"it is {KATHERINE} of team")).to_be_visible()
    tab = context.new_page()
    tab.goto(app.url)
    expect(tab.get_by_text(f"it is {KATHERINE} of team")).to_be_visible()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_text("nobody")).to_be_visible()
    expect_signed_out_page(tab, "Signed out")
    assert who(page, app) == {"logged_in": False}


def test_no_native_cookie_reaches_the_browser(page: Page, app: StreamlitApp) -> None:
    page.goto(f"{app.url}/auth/login?provider=dev")
    be(page)
    expect(page.get_by_text(f"it is {ADA} of dev")).to_be_visible()
    names = {cookie["name"] for cookie in page.context.cookies()}
    assert not [
        name for name in names if name.startswith(("_streamlit_user", "_streamlit_session"))
    ]


def test_the_gate_uses_the_session_and_a_reload_keeps_it(page: Page, app: StreamlitApp) -> None:
    page.goto(f"{app.url}/gated?q=1#there")
    page.get_by_role("link", name="Enter").click()
    page.get_by_role("link", name="Continue with Dev", exact=True).click()
    be(page)
    expect(page.get_by_text("gate ada")).to_be_visible()
    assert page.url == f"{app.url}/gated?q=1#there"
    page.reload()
    expect(page.get_by_text("gate ada")).to_be_visible()
    page.goto(app.url)
    expect(page.get_by_text(f"it is {ADA} of dev")).to_be_visible()
    page.goto(f"{app.url}/gated")
    page.get_by_role("button", name="Leave").click()
    expect(page.get_by_text("nobody")).to_be_visible()


def test_st_user_may_be_ours(page: Page, dev: DevProvider) -> None:
    with native_app(REPLACED, lambda port: one(dev, port)) as app:
        page.goto(app.url)
        expect(page.get_by_text("nobody")).to_be_visible()
        page.get_by_role("button", name="Login").click()
        be(page)
        expect(page.get_by_text(f"it is {ADA}, ada@example.com")).to_be_visible()
        page.get_by_role("button", name="Logout").click()
        expect(page.get_by_text("nobody")).to_be_visible()
