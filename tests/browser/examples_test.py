"""Every folder of examples/: its app signs in, in Chromium, with the block its README says to paste.

The provider is `st-oauth dev`, as in the READMEs, on a port of the test's own.
"""

import re
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from servers.dev import DevProvider
from servers.nginx import Nginx
from servers.process import free_port
from servers.streamlit_app import StreamlitApp

ROOT = Path(__file__).resolve().parent.parent.parent
EXAMPLES = ROOT / "examples"
TRIED = {
    "access_token", "called_module", "community_cloud", "dict", "docker", "gate", "github_like",
    "named_blocks", "nginx", "query",
}  # fmt: skip
NATIVE = {
    "native", "native_multi", "native_one_file", "native_two_files", "native_unchanged",
}  # fmt: skip
"""Tried in native_examples_test.py."""
AFTER = "This (and below) is only seen after authentication"


def secrets_of(example: str, *replace: tuple[str, str]) -> str:
    """What the README says to paste, with other ports."""
    text = (EXAMPLES / example / "secrets.toml.example").read_text(encoding="utf-8")
    for old, new in replace:
        assert old in text, f"{example}: no {old}"
        text = text.replace(old, new)
    return text


@contextmanager
def running(
    example: str, provider: DevProvider, *replace: tuple[str, str]
) -> Iterator[StreamlitApp]:
    """The app of an example whose provider listens on 9400 in its README."""
    port = free_port()
    ports = (("http://localhost:9400", provider.issuer), ("localhost:8501", f"localhost:{port}"))
    secrets = secrets_of(example, *ports, *replace)
    with StreamlitApp(EXAMPLES / example / "app.py", secrets=secrets, port=port) as app:
        yield app


def sign_in(page: Page, label: str, back: str, persona: str = "Grace Hopper") -> None:
    """The link, a persona, and back to an address without code and state."""
    page.get_by_role("link", name=label, exact=True).click()
    page.get_by_role("button", name=persona).click()
    page.wait_for_url(lambda url: url.startswith(back) and "code=" not in url)


@pytest.fixture(scope="module")
def provider() -> Iterator[DevProvider]:
    with DevProvider() as started:
        yield started


def test_no_example_is_left_out() -> None:
    folders = {path.name for path in EXAMPLES.iterdir() if path.is_dir()}
    assert folders == TRIED | NATIVE
    for name in folders:
        assert (EXAMPLES / name / "app.py").is_file()
        assert (EXAMPLES / name / "README.md").is_file()


def test_every_secrets_example_is_toml() -> None:
    for path in EXAMPLES.glob("*/secrets.toml.example"):
        found = tomllib.loads(path.read_text("utf-8"))
        if path.parent.name in NATIVE:
            assert set(found) == {"auth"}
            continue
        blocks = [one for one in found.values() if isinstance(one, dict)]
        assert blocks
        assert all({"client_id", "redirect_uri"} <= set(block) for block in blocks), path


def test_gate(page: Page, provider: DevProvider) -> None:
    with running("gate", provider) as app:
        page.goto(app.url)
        expect(page.get_by_text("This (and above) is always seen")).to_be_visible()
        sign_in(page, "Click to login via OAuth", app.url)
        expect(page.get_by_text(AFTER)).to_be_visible()


def test_dict(page: Page, provider: DevProvider) -> None:
    port = free_port()
    env = {"OIDC_ISSUER": provider.issuer, "OIDC_REDIRECT_URI": f"http://localhost:{port}/"}
    with StreamlitApp(EXAMPLES / "dict" / "app.py", env=env, port=port) as app:
        page.goto(app.url)
        sign_in(page, "Sign in", app.url)
        expect(page.get_by_text("Hello, grace@example.com!")).to_be_visible()


def test_named_blocks(page: Page) -> None:
    with (
        DevProvider() as work,
        DevProvider() as school,
        running("named_blocks", work, ("http://localhost:9500", school.issuer)) as app,
    ):
        page.goto(app.url)
        page.get_by_text("School account").click()
        sign_in(page, "Sign in with your school account", app.url)
        expect(page.get_by_text("Hello, grace@example.com from school!")).to_be_visible()
        assert page.url == f"{app.url}/?with=school"
        assert (school.count("/token"), work.count("/token")) == (1, 0)
        page.get_by_text("Work account").click()
        sign_in(page, "Sign in with your work account", app.url, "Ada Lovelace")
        expect(page.get_by_text("Hello, ada@example.com from work!")).to_be_visible()
        assert work.count("/token") == 1


def test_called_module(page: Page, provider: DevProvider) -> None:
    with running("called_module", provider) as app:
        page.goto(app.url)
        sign_in(page, "Sign in", app.url)
        expect(page.get_by_text("Hello, ")).to_be_visible()
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("link", name="Sign in")).to_be_visible()


def test_query(page: Page, provider: DevProvider) -> None:
    with running("query", provider) as app:
        page.goto(f"{app.url}/?report=Q3&tag=north&tag=s%C3%BCd")
        sign_in(page, "Sign in to see the report", app.url)
        expect(page.get_by_text("Report Q3 for ")).to_be_visible()
        expect(page.get_by_text("Tags: north, süd")).to_be_visible()
        assert page.url == f"{app.url}/?report=Q3&tag=north&tag=s%C3%BCd"


def test_access_token(page: Page, provider: DevProvider) -> None:
    with running("access_token", provider) as app:
        page.goto(app.url)
        sign_in(page, "Sign in", app.url)
        expect(page.get_by_text(re.compile("The access token is for .+"))).to_be_visible()


def test_github_like(page: Page) -> None:
    with DevProvider("--access-token", "opaque") as hub, running("github_like", hub) as app:
        page.goto(app.url)
        sign_in(page, "Sign in", app.url)
        expect(page.get_by_text("Hello, grace@example.com!")).to_be_visible()
        assert hub.count("/userinfo") == 1


def test_docker(page: Page, provider: DevProvider) -> None:
    folder = EXAMPLES / "docker"
    port = free_port()
    config = tomllib.loads(secrets_of("docker"))["myoauth"]
    config |= {"issuer": provider.issuer, "client_id": "dev", "client_secret": "dev-secret"}
    config |= {"redirect_uri": f"http://localhost:{port}/"}
    secrets = "[myoauth]\n" + "".join(f'{name} = "{value}"\n' for name, value in config.items())
    # As its CMD starts it: on every address, and as a mapped port would show it.
    args = [
        word
        for word in re.findall(r'"([^"]+)"', _dockerfile().rpartition("\nCMD ")[2])
        if word.startswith("--") and "port" not in word
    ]
    assert args == ["--server.address=0.0.0.0"]
    with StreamlitApp(folder / "app.py", secrets=secrets, port=port, args=args) as app:
        page.goto(app.url)
        sign_in(page, "Click to login via OAuth", app.url)
        expect(page.get_by_text(AFTER)).to_be_visible()


def _dockerfile() -> str:
    return (EXAMPLES / "docker" / "Dockerfile").read_text(encoding="utf-8")


def test_the_dockerfile_names_what_is_there() -> None:
    text = _dockerfile()
    for source in re.findall(r"^COPY (?!--from)(\S+) ", text, re.MULTILINE):
        assert (ROOT / source).exists(), source
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"\bmake -C /src (\w+)", text):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    assert text.count("\nUSER app\n") == 1
    assert text.index("\nUSER app\n") < text.index("\nCMD ")
    assert re.search(r"^HEALTHCHECK .*_stcore/health", text, re.MULTILINE | re.DOTALL)
    volume = re.search(r"^VOLUME (\S+)$", text, re.MULTILINE)
    assert volume and f"XDG_STATE_HOME={volume.group(1)}" in text


def test_community_cloud(page: Page, provider: DevProvider) -> None:
    port = free_port()
    key = "x6v2bSGJoJGWKPjw0z6rMPSTH4Ox0s8kjS6n2lW4kzE="
    secrets = secrets_of(
        "community_cloud",
        ("https://accounts.google.com", provider.issuer),
        ("https://your-app.streamlit.app/", f"http://localhost:{port}/"),
        ('client_id = "..."', 'client_id = "dev"'),
        ('client_secret = "..."', 'client_secret = "dev-secret"'),
        ('\nsecret = "..."', f'\nsecret = "{key}"'),
    )
    app_file = EXAMPLES / "community_cloud" / "app.py"
    with StreamlitApp(app_file, secrets=secrets, port=port) as app:
        page.goto(app.url)
        sign_in(page, "Click to login via OAuth", app.url)
        expect(page.get_by_text(AFTER)).to_be_visible()
        assert not list((app.home / "state").rglob("*key*"))


def test_community_cloud_installs_what_a_build_needs() -> None:
    folder = EXAMPLES / "community_cloud"
    listed = set((folder / "packages.txt").read_text(encoding="utf-8").split())
    setup = (ROOT / "tools" / "setup").read_text(encoding="utf-8")
    block = setup[setup.index("build) cat <<") : setup.index("browser) cat <<")]
    needed = {word for line in re.findall(r"\|([^|\n]+)$", block, re.MULTILINE) for word in line.split()}  # fmt: skip
    assert needed - listed <= {"python3-venv"}
    assert listed <= needed
    wanted = (folder / "requirements.txt").read_text(encoding="utf-8")
    assert re.search(r"^st-oauth\b", wanted, re.MULTILINE)


def test_nginx(page: Page, provider: DevProvider) -> None:
    folder = EXAMPLES / "nginx"
    port = free_port()
    upstream = {"127.0.0.1:8501": f"127.0.0.1:{port}"}
    with Nginx(folder / "nginx.conf", listen="127.0.0.1:8080", replace=upstream) as front:
        secrets = secrets_of(
            "nginx",
            ("http://localhost:9400", provider.issuer),
            ("http://localhost:8080", front.url),
        )
        with StreamlitApp(folder / "app.py", secrets=secrets, port=port, base_path="app"):
            sockets: list[str] = []
            page.on("websocket", lambda socket: sockets.append(socket.url))
            page.goto(f"{front.url}/app?x=1")
            sign_in(page, "Click to login via OAuth", f"{front.url}/app/")
            expect(page.get_by_text(AFTER)).to_be_visible()
            assert page.url == f"{front.url}/app/?x=1"
            assert sockets
            assert all(url == f"ws://localhost:{front.port}/app/_stcore/stream" for url in sockets)
            assert front.log == ""


def test_the_one_command_of_the_readme_fits_the_dockerfile() -> None:
    command = "docker build -t st-oauth-app -f examples/docker/Dockerfile . && docker run --rm -it --network host st-oauth-app st-oauth dev app.py"
    for name in ("README.md", "examples/docker/README.md"):
        assert command in (ROOT / name).read_text(encoding="utf-8")
    text = _dockerfile()
    assert "\nWORKDIR /srv\n" in text
    assert "/srv/app.py" in text  # the app.py of the command
    assert "ENV PATH=/opt/app/bin:" in text  # where pip puts st-oauth and streamlit
    assert "python3 -m venv /opt/app " in text
    assert "ENTRYPOINT" not in text
