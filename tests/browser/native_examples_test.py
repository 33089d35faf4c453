"""The examples of native sign-in: each signs in, in Chromium, with the block its README says to paste."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from servers.dev import DevProvider
from servers.process import free_port
from servers.streamlit_app import FLOOR_APP, ST_OAUTH_RUN, STREAMLIT_RUN, StreamlitApp

EXAMPLES = Path(__file__).resolve().parent.parent.parent / "examples"

expect.set_options(timeout=20_000)  # a page of an app with sign-in loads twice before it shows

both = pytest.mark.parametrize("python", [None, FLOOR_APP], ids=["newest", "floor"])


@contextmanager
def running(
    example: str, provider: DevProvider, script: str = "app.py", **more: Any
) -> Iterator[StreamlitApp]:
    """An example whose provider listens on 9400 and whose app listens on 8501 in its README."""
    port = free_port()
    secrets = (EXAMPLES / example / "secrets.toml.example").read_text(encoding="utf-8")
    secrets = secrets.replace('"..."', f'"{token_hex()}"')
    for old, new in (
        ("http://localhost:9400", provider.issuer),
        ("localhost:8501", f"localhost:{port}"),
    ):
        assert old in secrets, f"{example}: no {old}"
        secrets = secrets.replace(old, new)
    more = {name: value for name, value in more.items() if value is not None}
    with StreamlitApp(EXAMPLES / example / script, secrets=secrets, port=port, **more) as app:
        yield app


def be(page: Page, app: StreamlitApp, persona: str) -> None:
    """Click a persona at the provider, and come back to an address without code and state."""
    page.get_by_role("button", name=persona).click()
    page.wait_for_url(lambda url: url.startswith(app.url) and "code=" not in url)


def login(page: Page) -> None:
    page.get_by_role("button", name="Login", exact=True).click()


@pytest.fixture(scope="module")
def provider() -> Iterator[DevProvider]:
    with DevProvider() as started:
        yield started


@both
@pytest.mark.parametrize("command", [STREAMLIT_RUN, ST_OAUTH_RUN], ids=["streamlit", "st-oauth"])
def test_native_one_file(
    page: Page, provider: DevProvider, python: Path | None, command: tuple[str, ...]
) -> None:
    with running("native_one_file", provider, python=python, command=command) as app:
        page.goto(app.url)
        login(page)
        be(page, app, "Grace Hopper")
        expect(page.get_by_text("Welcome, Grace Hopper!")).to_be_visible()
        page.reload()
        expect(page.get_by_text("Welcome, Grace Hopper!")).to_be_visible()
        page.get_by_role("button", name="Logout").click()
        expect(page.get_by_role("button", name="Login")).to_be_visible()
        expect(page.get_by_text("Welcome, Grace Hopper!")).to_have_count(0)
        page.goto(app.url)
        expect(page.get_by_role("button", name="Login")).to_be_visible()
        # The page was met once without a visitor, while the script was imported.
        assert "ScriptRunContext" not in app.log
        assert "run it with" not in app.log


@both
def test_native_two_files(page: Page, provider: DevProvider, python: Path | None) -> None:
    with running("native_two_files", provider, python=python) as app:
        page.goto(app.url)
        login(page)
        be(page, app, "Zoë Ångström")
        expect(page.get_by_text("Welcome, Zoë Ångström")).to_be_visible()


def test_native_two_files_started_by_the_page_alone(page: Page, provider: DevProvider) -> None:
    with running("native_two_files", provider, script="page.py") as app:
        page.goto(app.url)
        expect(page.get_by_text("This app was started without its sign-in.")).to_be_visible()
        expect(page.get_by_text("native_two_files/app.py")).to_be_visible()
        expect(page.get_by_role("button", name="Login")).to_have_count(0)


@both
def test_native_unchanged(page: Page, provider: DevProvider, python: Path | None) -> None:
    with running("native_unchanged", provider, python=python) as app:
        page.goto(app.url)
        page.get_by_role("button", name="Log in").click()
        be(page, app, "Grace Hopper")
        expect(page.get_by_text("Hello, Grace Hopper!")).to_be_visible()
        expect(page.get_by_text("grace@example.com")).to_be_visible()
        names = {cookie["name"] for cookie in page.context.cookies()}
        assert not any(name.startswith("_streamlit_user") for name in names)
        page.get_by_role("button", name="Log out").click()
        expect(page.get_by_role("button", name="Log in")).to_be_visible()
        expect(page.get_by_text("Hello, Grace Hopper!")).to_have_count(0)
        page.goto(app.url)
        expect(page.get_by_role("button", name="Log in")).to_be_visible()


def test_native_unchanged_is_the_same_script_without_us(page: Page, provider: DevProvider) -> None:
    with running("native_unchanged", provider, script="page.py") as app:
        page.goto(app.url)
        page.get_by_role("button", name="Log in").click()
        be(page, app, "Grace Hopper")
        expect(page.get_by_text("Hello, Grace Hopper!")).to_be_visible()


# ---- several providers, roles by path


def choose(page: Page, app: StreamlitApp, provider: str, persona: str) -> None:
    page.get_by_role("link", name=re.compile(re.escape(provider) + r"\W*$")).click()
    be(page, app, persona)


def test_native_multi(page: Page, provider: DevProvider) -> None:
    with running("native_multi", provider) as app:
        page.goto(app.url)
        expect(page.get_by_text("Everybody sees this page")).to_be_visible()
        page.get_by_role("link", name="Admin").click()  # in the menu, over the socket
        choose(page, app, "Dev", "Ada Lovelace")
        expect(page.get_by_text("Only those with the role see this page.")).to_be_visible()
        assert page.url == f"{app.url}/admin"
        page.get_by_role("link", name="Members").click()
        expect(page.get_by_text("Hello, Ada Lovelace from dev!")).to_be_visible()


def test_native_multi_a_role_at_one_provider_is_none_at_the_other(
    page: Page, provider: DevProvider
) -> None:
    with running("native_multi", provider) as app:
        page.goto(f"{app.url}/members?a=1&a=2")
        choose(page, app, "Dev (team)", "Ada Lovelace")
        expect(page.get_by_text("Hello, Ada Lovelace from team!")).to_be_visible()
        assert page.url == f"{app.url}/members?a=1&a=2"
        answer = page.goto(f"{app.url}/admin")
        assert answer is not None
        assert answer.status == 403
        expect(page.get_by_text("Only those with the role see this page.")).to_have_count(0)


# ---- the app that `make run` shows


def main_part(page: Page) -> Locator:
    """The page without its sidebar, in which the code stands."""
    return page.get_by_test_id("stMainBlockContainer")


def test_native(page: Page, provider: DevProvider) -> None:
    with running("native", provider) as app:
        page.goto(app.url)
        expect(main_part(page).get_by_text("Everybody sees this page")).to_be_visible()
        page.get_by_text("The code of this app", exact=True).click()
        expect(page.get_by_text("app = st.App(__file__, **st_oauth.app())")).to_be_visible()
        page.get_by_role("link", name="members").click()
        page.get_by_role("button", name="Sign in", exact=True).click()
        choose(page, app, "Dev", "Noor Haddad")
        assert page.url == f"{app.url}/members"
        expect(page.get_by_text("You are dev:noor, until")).to_be_visible()
        expect(
            main_part(page).get_by_text("The provider does not vouch for your address.")
        ).to_be_visible()
        expect(page.get_by_role("img").first).to_be_visible()
        page.get_by_role("link", name="admin").click()
        expect(main_part(page).get_by_text("This page needs the role admin.")).to_be_visible()


def test_native_sign_in_with_a_named_provider(page: Page, provider: DevProvider) -> None:
    with running("native", provider) as app:
        page.goto(f"{app.url}/admin")
        page.get_by_role("button", name="Login with Dev (team)").click()
        be(page, app, "Katherine Johnson")
        expect(main_part(page).get_by_text("that nobody else may press")).to_be_visible()
        expect(page.get_by_text("Katherine Johnson from team")).to_be_visible()


def test_native_a_sign_out_empties_the_other_tab(page: Page, provider: DevProvider) -> None:
    with running("native", provider) as app:
        page.goto(app.url)
        page.get_by_role("button", name="Login with Dev", exact=True).click()
        be(page, app, "Ada Lovelace")
        expect(page.get_by_text("Welcome, Ada Lovelace!")).to_be_visible()
        other = page.context.new_page()
        other.goto(app.url)
        expect(other.get_by_text("Welcome, Ada Lovelace!")).to_be_visible()
        page.get_by_role("button", name="Logout everywhere").click()
        expect(other.get_by_text("Welcome, Ada Lovelace!")).to_have_count(0)
        other.close()


def test_native_a_session_of_a_short_lived_persona_ends_by_itself(
    page: Page, tmp_path: Path
) -> None:
    people = tmp_path / "people.toml"
    people.write_text('[[persona]]\nname = "Short-lived Sam"\nttl = "12s"\n')
    with DevProvider("--personas", str(people)) as provider, running("native", provider) as app:
        page.goto(app.url)
        page.get_by_role("button", name="Login with Dev", exact=True).click()
        be(page, app, "Short-lived Sam")
        expect(page.get_by_text("Welcome, Short-lived Sam!")).to_be_visible()
        page.wait_for_url("**/auth/signed-out*", timeout=30_000)
        expect(page.get_by_text("Welcome, Short-lived Sam!")).to_have_count(0)


def test_native_a_session_survives_the_end_of_the_server(
    page: Page, provider: DevProvider, tmp_path: Path
) -> None:
    port, home = free_port(), tmp_path / "home"
    secrets = (EXAMPLES / "native" / "secrets.toml.example").read_text(encoding="utf-8")
    secrets = secrets.replace("http://localhost:9400", provider.issuer)
    secrets = secrets.replace("localhost:8501", f"localhost:{port}")
    script = EXAMPLES / "native" / "app.py"
    first = StreamlitApp(script, secrets=secrets, port=port, home=home).start()
    page.goto(first.url)
    page.get_by_role("button", name="Login with Dev", exact=True).click()
    be(page, first, "Ada Lovelace")
    expect(page.get_by_text("Welcome, Ada Lovelace!")).to_be_visible()
    first.kill()
    with StreamlitApp(script, secrets=secrets, port=port, home=home) as second:
        page.goto(second.url)
        expect(page.get_by_text("Welcome, Ada Lovelace!")).to_be_visible()
