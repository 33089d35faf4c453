"""Native sign-in below a base path, in the guard form with pages/, at two providers of npm oidc-provider."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect
from servers.native import native_app, who
from servers.oidc_provider import PLAIN_SECRET, OidcProvider, client
from servers.process import free_port
from servers.streamlit_app import StreamlitApp

BASE = "/foo"
HERE = "/foo/second?a=1&a=2&x=%E2%9C%93#top"

APP = """
import streamlit as st
import st_oauth

if __name__ != "__main__":
    app = st.App(__file__, **st_oauth.app())
else:
    from st_oauth import user
    st.title("Start")
    st.text(f"it is {user.name}, {user.id}")
    st.button("Logout", on_click=user.logout)
"""

SECOND = """
import streamlit as st
from st_oauth import user
st.title("Second")
st.text(f"it is {user.name}, {user.id}")
st.text(f"query: { {name: st.query_params.get_all(name) for name in st.query_params} }")
st.button("Logout", on_click=user.logout)
"""


@dataclass(frozen=True)
class Issuers:
    app: StreamlitApp
    work: OidcProvider
    school: OidcProvider

    def tokens(self) -> tuple[int, int]:
        """How many codes each has exchanged."""
        of = [
            sum(path == "/token" for _, path in one.requests()) for one in (self.work, self.school)
        ]
        return of[0], of[1]


def secrets(port: int, work: OidcProvider, school: OidcProvider) -> str:
    return f"""
[auth]
redirect_uri = "http://localhost:{port}{BASE}/auth/callback"
require_login = true

[auth.work]
label = "Work"
issuer = "{work.issuer}"
client_id = "work-client"
client_secret = "{PLAIN_SECRET}"

[auth.school]
label = "School"
issuer = "{school.issuer}"
client_id = "school-client"
client_secret = "{PLAIN_SECRET}"
token_endpoint_auth_method = "client_secret_post"
"""


@pytest.fixture(scope="module")
def issuers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Issuers]:
    port, folder = free_port(), tmp_path_factory.mktemp("issuers")
    (folder / "pages").mkdir()
    (folder / "pages" / "second.py").write_text(SECOND, encoding="utf-8")
    back = f"http://localhost:{port}{BASE}/auth/callback"
    out = {"post_logout_redirect_uris": [back]}
    post = "client_secret_post"
    with (
        OidcProvider([client("work-client", [back], **out)]) as work,
        OidcProvider([client("school-client", [back], auth=post, **out)]) as school,
        native_app(
            APP,
            lambda port: secrets(port, work, school),
            port=port,
            workdir=folder,
            base_path=BASE,
        ) as app,
    ):
        yield Issuers(app, work, school)


def sign_in(page: Page, name: str = "ada") -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Sign in").click()


def test_a_page_is_asked_for_first_and_comes_back_as_it_was(page: Page, issuers: Issuers) -> None:
    before = issuers.tokens()
    page.goto(issuers.app.url + HERE)
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert page.url.startswith(f"{issuers.app.url}{BASE}/auth/login?next=")
    page.get_by_role("link", name="Continue with School").click()
    sign_in(page)
    expect(page.get_by_role("heading", name="Second")).to_be_visible()
    expect(page.get_by_text("it is Ada Example, school:ada")).to_be_visible()
    expect(page.get_by_text("query: {'a': ['1', '2'], 'x': ['✓']}")).to_be_visible()
    assert page.url == issuers.app.url + HERE
    after = issuers.tokens()
    assert (after[0] - before[0], after[1] - before[1]) == (0, 1)


def test_the_same_name_at_the_other_issuer_is_somebody_else(page: Page, issuers: Issuers) -> None:
    page.goto(f"{issuers.app.url}{BASE}/auth/login?provider=work")
    sign_in(page)
    expect(page.get_by_text("it is Ada Example, work:ada")).to_be_visible()
    page.goto(f"{issuers.app.url}{BASE}/auth/login?provider=school")
    sign_in(page)
    expect(page.get_by_text("it is Ada Example, school:ada")).to_be_visible()


def test_whoever_refuses_at_the_provider_reads_why_and_may_choose_again(
    page: Page, issuers: Issuers
) -> None:
    page.goto(issuers.app.url + HERE)
    page.get_by_role("link", name="Continue with Work").click()
    page.get_by_role("button", name="Refuse").click()
    expect(page.get_by_role("alert")).to_have_text("The sign-in was cancelled.")
    assert who(page, issuers.app, BASE) == {"logged_in": False}
    page.get_by_role("link", name="Sign in again").click()
    page.get_by_role("link", name="Continue with School").click()
    sign_in(page)
    expect(page.get_by_text("it is Ada Example, school:ada")).to_be_visible()
    assert page.url == issuers.app.url + HERE


def test_logout_goes_on_to_the_provider_and_comes_back(page: Page, issuers: Issuers) -> None:
    """RP-Initiated Logout: afterwards the provider knows nobody, either."""
    page.goto(f"{issuers.app.url}{BASE}/auth/login?provider=work")
    sign_in(page)
    page.get_by_role("button", name="Logout").click()
    page.get_by_role("button", name="Yes, sign me out").click()
    expect(page.get_by_role("heading", name="Signed out")).to_be_visible()
    assert page.url == f"{issuers.app.url}{BASE}/auth/signed-out"
    assert who(page, issuers.app, BASE) == {"logged_in": False}
    page.get_by_role("link", name="Sign in again").click()
    page.get_by_role("link", name="Continue with Work").click()
    expect(page.get_by_role("button", name="Refuse")).to_be_visible()


def test_the_session_cookie_is_the_hosts_own(page: Page, issuers: Issuers) -> None:
    page.goto(f"{issuers.app.url}{BASE}/auth/login?provider=work")
    sign_in(page)
    expect(page.get_by_text("work:ada")).to_be_visible()
    sessions = [c for c in page.context.cookies() if c["name"].startswith("__Host-")]
    found = {(c["httpOnly"], c["secure"], c["sameSite"], c["path"]) for c in sessions}
    assert found == {(True, True, "Lax", "/")}
    assert max(len(c["name"]) + len(c["value"]) for c in sessions) <= 120


def test_nothing_runs_into_an_error(issuers: Issuers) -> None:
    assert "Traceback" not in issuers.app.log
