"""user, st_oauth() and st.user of one app, all from the session that the middleware keeps."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from servers.dev import DevProvider
from servers.process import free_port
from servers.streamlit_app import StreamlitApp

APP = """
import streamlit as st, st_oauth
from st_oauth import user

app = st.App(__file__, **st_oauth.app())

def home():
    st.title("Home")
    if user:
        st.text(f"user {user.id} {user.name} {user.email} {user.provider}")
        st.text(f"native {st.user.get('name')} {st.user.is_logged_in}")
        st.text(f"in the cookies: {sorted(st.context.cookies)}")
        st.sidebar.button("Logout", on_click=user.logout)
    else:
        st.text("nobody")
        st.text(f"native {st.user.is_logged_in}")
        st.sidebar.button("Login", on_click=user.login)

def gated():
    st.title("Gated")
    st.text(f"gate {st_oauth.st_oauth(label='Enter', logout='Leave')}")

st.navigation([st.Page(home), st.Page(gated)]).run()
"""


@pytest.fixture(scope="module")
def app() -> Iterator[StreamlitApp]:
    port = free_port()
    with DevProvider() as provider:
        secrets = f"""
[auth]
issuer = "{provider.issuer}"
client_id = "dev"
client_secret = "dev-secret"
redirect_uri = "http://localhost:{port}/auth/callback"

[oauth]
issuer = "{provider.issuer}"
client_id = "dev"
client_secret = "dev-secret"
redirect_uri = "http://localhost:{port}"
identity_field_in_token = "email"
"""
        with StreamlitApp(APP, secrets=secrets, port=port) as started:
            yield started


def choose(page: Page, persona: str = "Grace Hopper") -> None:
    page.get_by_role("button", name=persona).click()


def test_login_comes_back_to_the_page_with_its_query_and_fragment(
    page: Page, app: StreamlitApp
) -> None:
    here = f"{app.url}/?a=1&a=2&x=%E2%9C%93#top"
    page.goto(here)
    expect(page.get_by_text("native False")).to_be_visible()
    page.get_by_role("button", name="Login").click()
    choose(page)
    expect(page.get_by_text("Grace Hopper").first).to_be_visible()
    assert page.url == here


def test_user_and_st_user_are_the_same_visitor(page: Page, app: StreamlitApp) -> None:
    page.goto(app.url)
    page.get_by_role("button", name="Login").click()
    choose(page)
    expect(page.get_by_text("native Grace Hopper True")).to_be_visible()
    expect(page.get_by_text("user default:grace Grace Hopper")).to_be_visible()


def test_a_script_sees_no_session_cookie(page: Page, app: StreamlitApp) -> None:
    page.goto(app.url)
    page.get_by_role("button", name="Login").click()
    choose(page)
    expect(page.get_by_text("in the cookies:")).not_to_contain_text("session")


def test_logout_signs_out_and_the_other_tab_follows(page: Page, app: StreamlitApp) -> None:
    page.goto(app.url)
    page.get_by_role("button", name="Login").click()
    choose(page)
    expect(page.get_by_role("button", name="Logout")).to_be_visible()
    other = page.context.new_page()
    other.goto(app.url)
    expect(other.get_by_text("native Grace Hopper True")).to_be_visible()
    page.get_by_role("button", name="Logout").click()
    expect(other.get_by_text("native Grace Hopper True")).to_have_count(0)
    expect(page.get_by_text("nobody")).to_be_visible()
    page.goto(app.url)
    expect(page.get_by_text("nobody")).to_be_visible()


def test_the_gate_uses_the_same_session(page: Page, app: StreamlitApp) -> None:
    page.goto(f"{app.url}/gated?q=1#there")
    page.get_by_role("link", name="Enter").click()
    choose(page)
    expect(page.get_by_text("gate grace@")).to_be_visible()
    assert page.url == f"{app.url}/gated?q=1#there"
    page.reload()
    expect(page.get_by_text("gate grace@")).to_be_visible()
    page.get_by_role("link", name="home").click()
    expect(page.get_by_text("native Grace Hopper True")).to_be_visible()
    page.get_by_role("link", name="gated").click()
    page.get_by_role("button", name="Leave").click()
    expect(page.get_by_text("nobody")).to_be_visible()
    page.goto(f"{app.url}/gated")
    expect(page.get_by_role("link", name="Enter")).to_be_visible()
    assert "Traceback" not in app.log
