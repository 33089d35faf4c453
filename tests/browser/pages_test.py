"""Apps of several pages: one login for all, and the return to the page that was left."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from servers.site import LABEL, Site, sign_in
from servers.streamlit_app import FLOOR, StreamlitApp

QUERY = "a=1&a=2&x=%e2%9c%93+%26%20b&empty=&flag"
SEEN = "{'a': ['1', '2'], 'x': ['✓ & b'], 'empty': ['']"

HEAD = """
import streamlit as st
from st_oauth import st_oauth

def content(name, id):
    st.text(f"the {name}")
    st.text(f"identity: {id}")
    st.text(f"query: { {key: st.query_params.get_all(key) for key in st.query_params} }")
    st.session_state.runs = st.session_state.get("runs", 0) + 1
    st.text(f"run {st.session_state.runs}")
    st.button("Again")

def gate():
    return st_oauth("myoauth", "Click to login via OAuth")
"""
FIRST = HEAD + "content('first', gate())\n"
SECOND = HEAD + "content('second', gate())\n"
FILES = "import streamlit as st\nst.navigation(['first.py', 'second.py']).run()\n"
FUNCTIONS = HEAD + (
    "def first():\n    content('first', gate())\n"
    "def second():\n    content('second', gate())\n"
    "st.navigation([st.Page(first), st.Page(second)]).run()\n"
)
BEFORE = HEAD + (
    "id = gate()\n"
    "def first():\n    content('first', id)\n"
    "def second():\n    content('second', id)\n"
    "st.navigation([st.Page(first), st.Page(second)]).run()\n"
)
MAIN = {"pages": FIRST, "files": FILES, "functions": FUNCTIONS, "before": BEFORE}
FIRST_LINK = {"pages": "app", "files": "first", "functions": "first", "before": "first"}


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    made = Site(paths=("", "/second"))
    with made.provider:
        yield made


def app_of(kind: str, site: Site, folder: Path, **more: object) -> StreamlitApp:
    if kind == "pages":
        (folder / "pages").mkdir()
        (folder / "pages" / "second.py").write_text(SECOND, encoding="utf-8")
    (folder / "first.py").write_text(FIRST, encoding="utf-8")
    (folder / "second.py").write_text(SECOND, encoding="utf-8")
    return site.app(MAIN[kind], workdir=folder, **more)


def goes_back_without_a_trap(page: Page, app: StreamlitApp) -> None:
    seen = []
    for _ in range(6):
        page.go_back(wait_until="commit")
        page.wait_for_timeout(300)
        seen.append(page.url)
        if page.url == "about:blank":
            break
    assert seen[-1] == "about:blank"
    assert not any(url.startswith(app.url) and "code=" in url for url in seen)


def left_and_came_back(page: Page, app: StreamlitApp, name: str, path: str) -> None:
    """Sign in from this place and stand there again."""
    page.goto(f"{app.url}{path}")
    sign_in(page, app)
    expect(page.get_by_text(f"the {name}")).to_be_visible()
    expect(page.get_by_text("identity: ada")).to_be_visible()
    page.wait_for_url(f"{app.url}{path}")


@pytest.mark.parametrize("kind", MAIN)
@pytest.mark.parametrize("python", ["newest", "floor"])
def test_returns_to_page_and_query_as_they_were(
    kind: str, python: str, page: Page, site: Site, tmp_path: Path
) -> None:
    more = {"python": FLOOR} if python == "floor" else {}
    with app_of(kind, site, tmp_path, **more) as app:
        page.goto("about:blank")
        left_and_came_back(page, app, "second", f"/second?{QUERY}")
        expect(page.get_by_text(f"query: {SEEN}")).to_be_visible()
        page.get_by_role("button", name="Again").click()
        expect(page.get_by_text("run 2")).to_be_visible()
        expect(page.get_by_text(f"query: {SEEN}")).to_be_visible()
        assert page.url == f"{app.url}/second?{QUERY}"
        goes_back_without_a_trap(page, app)


@pytest.mark.parametrize("kind", MAIN)
def test_one_login_serves_all_pages(kind: str, page: Page, site: Site, tmp_path: Path) -> None:
    with app_of(kind, site, tmp_path) as app:
        left_and_came_back(page, app, "second", "/second")
        page.get_by_role("link", name=FIRST_LINK[kind], exact=True).click()
        expect(page.get_by_text("the first")).to_be_visible()
        expect(page.get_by_text("identity: ada")).to_be_visible()
        expect(page.get_by_role("link", name=LABEL)).to_have_count(0)


@pytest.mark.parametrize("kind", MAIN)
def test_redirect_uri_may_be_a_page(kind: str, page: Page, site: Site, tmp_path: Path) -> None:
    with app_of(kind, site, tmp_path, secrets=site.secrets(path="/second")) as app:
        left_and_came_back(page, app, "first", "/?a=%E2%9C%93&a=2")
        expect(page.get_by_text("query: {'a': ['✓', '2']}")).to_be_visible()
        left_and_came_back(page, app, "second", "/second?b=1")
        expect(page.get_by_text("query: {'b': ['1']}")).to_be_visible()


@pytest.mark.parametrize("kind", ["functions", "before"])
def test_what_is_too_long_for_the_state_comes_back_too(
    kind: str, page: Page, site: Site, tmp_path: Path
) -> None:
    long = "&".join(f"filter{n}=%e2%9c%93+value" for n in range(150))
    with app_of(kind, site, tmp_path) as app:
        left_and_came_back(page, app, "second", f"/second?{long}")
        expect(page.get_by_text("'filter149': ['✓ value']")).to_be_visible()
        assert page.evaluate("sessionStorage.length") == 0


def test_refused_visitor_returns_to_his_page_as_well(
    page: Page, site: Site, tmp_path: Path
) -> None:
    with app_of("functions", site, tmp_path) as app:
        page.goto(f"{app.url}/second?a=%e2%9c%93")
        page.get_by_role("link", name=LABEL).click()
        page.get_by_role("button", name="Refuse").click()
        expect(page.get_by_text("You are not signed in.")).to_be_visible()
        page.wait_for_url(f"{app.url}/second?a=%e2%9c%93")


HOME = """
import streamlit as st
from st_oauth import st_oauth

def home():
    id = st_oauth("myoauth", required=False)
    st.text(f"home of {id}")

def members():
    id = st_oauth("myoauth", "Click to login via OAuth", logout="Log out")
    st.text(f"members: {id}")

st.navigation([st.Page(home), st.Page(members)]).run()
"""


def test_public_home_page_finishes_the_login_and_shows_nothing(page: Page, site: Site) -> None:
    with site.app(HOME) as app:
        page.goto(app.url)
        expect(page.get_by_text("home of None")).to_be_visible()
        expect(page.get_by_role("link", name=LABEL)).to_have_count(0)
        page.get_by_role("link", name="members", exact=True).click()
        sign_in(page, app)
        expect(page.get_by_text("members: ada")).to_be_visible()
        assert page.url == f"{app.url}/members"
        page.get_by_role("link", name="home", exact=True).click()
        expect(page.get_by_text("home of ada")).to_be_visible()


def test_refused_login_is_told_where_the_link_is(page: Page, site: Site) -> None:
    with site.app(HOME) as app:
        page.goto(f"{app.url}/members")
        page.get_by_role("link", name=LABEL).click()
        page.get_by_role("button", name="Refuse").click()
        expect(page.get_by_text("You are not signed in.")).to_be_visible()
        page.wait_for_url(f"{app.url}/members")


def test_button_in_the_sidebar_signs_out(page: Page, site: Site) -> None:
    with site.app(HOME) as app:
        page.goto(f"{app.url}/members")
        page.get_by_role("link", name=LABEL).wait_for()
        expect(page.get_by_role("button", name="Log out")).to_have_count(0)
        sign_in(page, app)
        button = page.get_by_test_id("stSidebar").get_by_role("button", name="Log out")
        button.click()
        page.get_by_role("link", name=LABEL).wait_for()
        expect(page.get_by_text("members: ada")).to_have_count(0)
        expect(button).to_have_count(0)


LOGOUTS = {
    "form": "with st.form('f'):\n    gate()\n    st.form_submit_button()\n",
    "fragment": "@st.fragment\ndef part():\n    gate()\npart()\n",
    "twice": "gate()\ngate()\n",
}


@pytest.mark.parametrize("place", LOGOUTS)
@pytest.mark.parametrize("python", ["newest", "floor"])
def test_logout_button_works_in(place: str, python: str, page: Page, site: Site) -> None:
    script = (
        "import streamlit as st\nfrom st_oauth import st_oauth\n"
        f"def gate():\n    st.text(st_oauth('myoauth', {LABEL!r}, logout='Log out'))\n"
    )
    more = {"python": FLOOR} if python == "floor" else {}
    with site.app(script + LOGOUTS[place] + "st.text('the end')\n", **more) as app:
        page.goto(app.url)
        sign_in(page, app)
        expect(page.get_by_text("the end")).to_be_visible()
        page.get_by_role("button", name="Log out").click()
        page.get_by_role("link", name=LABEL).first.wait_for()
        expect(page.get_by_text("the end")).to_have_count(0)
