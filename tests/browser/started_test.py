"""No start command opens the app: whatever leaves the middleware out, the page says what to type and shows nothing."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from servers.process import ServerProcess, answers, free_port
from servers.streamlit_app import StreamlitApp

SECRETS = """
[auth]
issuer = "http://127.0.0.1:9"
client_id = "app"
client_secret = "a-client-secret-nobody-may-see"
"""

USES = """
if not user.logged_in():
    st.text("open to strangers")
st.text("open")
"""
PAGE = "import streamlit as st\nfrom st_oauth import user\n" + USES
ONE_FILE = """
import streamlit as st, st_oauth
from st_oauth import user
app = st.App(__file__, **st_oauth.app())
"""
TWO_FILES = 'import streamlit as st, st_oauth\napp = st.App("main.py", **st_oauth.app())\n'
PROTECT = 'import streamlit as st, st_oauth\napp = st.App("main.py")\napp = st_oauth.protect(app)\n'
ON_ONE_LINE = """
import streamlit as st, st_oauth
from st_oauth import user
app = st_oauth.protect(st.App(__file__))
"""
BARE = "import streamlit as st\nfrom st_oauth import user\napp = st.App(__file__)\n"


def shows_the_message(page: Page, *texts: str) -> None:
    expect(page.get_by_text("started without its sign-in")).to_be_visible()
    for text in texts:
        expect(page.locator("body")).to_contain_text(text)
    expect(page.get_by_text("open", exact=True)).to_have_count(0)
    expect(page.get_by_text("open to strangers")).to_have_count(0)


@pytest.mark.parametrize("app", [TWO_FILES, PROTECT])
def test_the_page_of_an_app_in_two_files_leads_to_the_other_file(
    page: Page, tmp_path: Path, app: str
) -> None:
    (tmp_path / "server.py").write_text(app, encoding="utf-8")
    (tmp_path / "main.py").write_text(PAGE, encoding="utf-8")
    with StreamlitApp(tmp_path / "main.py", secrets=SECRETS, workdir=tmp_path) as started:
        page.goto(started.url)
        shows_the_message(page, "streamlit run main.py", "streamlit run server.py")
        assert started.log.count("leaves its sign-in out") == 1


def test_protect_on_one_line_is_not_found_and_says_so(page: Page, tmp_path: Path) -> None:
    with StreamlitApp(ON_ONE_LINE + USES, secrets=SECRETS, workdir=tmp_path) as started:
        page.goto(started.url)
        shows_the_message(page, "app = st.App(__file__)", "app = st_oauth.protect(app)")


def test_a_page_without_an_app_shows_the_form(page: Page, tmp_path: Path) -> None:
    with StreamlitApp(PAGE, secrets=SECRETS, workdir=tmp_path) as started:
        page.goto(started.url)
        shows_the_message(page, "app = st.App(__file__, **st_oauth.app())", "streamlit run app.py")


def test_an_app_without_the_middleware_shows_the_form(page: Page, tmp_path: Path) -> None:
    with StreamlitApp(BARE + USES, secrets=SECRETS, workdir=tmp_path) as started:
        page.goto(started.url)
        shows_the_message(page, "app = st.App(__file__, **st_oauth.app())")


def test_visitors_from_elsewhere_read_the_reference_alone(page: Page, tmp_path: Path) -> None:
    with StreamlitApp(PAGE, args=["--client.showErrorDetails=none"], workdir=tmp_path) as started:
        page.goto(f"http://app.lan:{started.port}")
        expect(page.get_by_text("Sign-in is not available at the moment")).to_be_visible()
        expect(page.get_by_text("streamlit run")).to_have_count(0)
        reference = page.get_by_text("Reference:").inner_text().rpartition(" ")[2]
        assert reference in started.log


@pytest.fixture
def uvicorn(tmp_path: Path) -> Iterator[tuple[Path, int]]:
    yield tmp_path, free_port()


def serve(folder: Path, port: int) -> ServerProcess:
    env = os.environ | {"HOME": str(folder), "XDG_STATE_HOME": str(folder / "state")}
    command = [sys.executable, "-m", "uvicorn", "app:app", "--port", str(port)]
    process = ServerProcess(command, env, folder, folder / "log")
    process.wait_until(lambda: answers(f"http://127.0.0.1:{port}/_stcore/health"), "uvicorn")
    return process


def test_uvicorn_with_an_app_without_the_middleware(page: Page, uvicorn: tuple[Path, int]) -> None:
    folder, port = uvicorn
    (folder / "app.py").write_text(BARE + USES, encoding="utf-8")
    process = serve(folder, port)
    try:
        page.goto(f"http://localhost:{port}")
        shows_the_message(page, "uvicorn app:app", "streamlit run app.py")
    finally:
        process.stop()


def test_uvicorn_with_the_middleware_serves_the_app(page: Page, uvicorn: tuple[Path, int]) -> None:
    folder, port = uvicorn
    (folder / "app.py").write_text(ONE_FILE + USES, encoding="utf-8")
    (folder / ".streamlit").mkdir()
    (folder / ".streamlit" / "secrets.toml").write_text(SECRETS, encoding="utf-8")
    process = serve(folder, port)
    try:
        page.goto(f"http://localhost:{port}")
        expect(page.get_by_text("open to strangers")).to_be_visible()
    finally:
        process.stop()


def test_the_one_file_form_is_served(page: Page, tmp_path: Path) -> None:
    with StreamlitApp(ONE_FILE + USES, secrets=SECRETS, workdir=tmp_path) as started:
        page.goto(started.url)
        expect(page.get_by_text("open to strangers")).to_be_visible()


def test_python_alone_ends_with_the_message(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(ONE_FILE + USES + "print('open')", encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, "app.py"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert "started as `python app.py`" in ended.stderr
    assert "streamlit run app.py" in ended.stderr
