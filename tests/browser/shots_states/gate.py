"""What a visitor sees of the example's gate."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, expect
from servers.oidc_provider import PLAIN_SECRET, OidcProvider, clients
from servers.process import free_port
from servers.streamlit_app import StreamlitApp

EXAMPLE = Path(__file__).resolve().parent.parent.parent.parent / "examples" / "gate" / "app.py"
LABEL = "Click to login via OAuth"
AFTER = "This (and below) is only seen after authentication"
OURS = '[data-testid="stMainBlockContainer"]'  # the rest of the page is Streamlit's own


@dataclass(frozen=True)
class Servers:
    """The example as it should be, and with a key written wrong."""

    app: StreamlitApp
    broken: StreamlitApp


def secrets(provider: OidcProvider, client_id_key: str) -> str:
    return f"""
[myoauth]
issuer = "{provider.issuer}"
{client_id_key} = "basic"
client_secret = "{PLAIN_SECRET}"
redirect_uri = "http://localhost:{{port}}"
scope = "openid profile"
"""


@contextmanager
def servers() -> Iterator[Servers]:
    port = free_port()
    with ExitStack() as stack:
        start = stack.enter_context
        provider = start(OidcProvider(clients([f"http://localhost:{port}"])))
        app = start(StreamlitApp(EXAMPLE, secrets=secrets(provider, "client_id"), port=port))
        folder = Path(tempfile.gettempdir()) / "my_app"  # its name is in the picture
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        wrong = secrets(provider, "clientid")
        broken = start(StreamlitApp(EXAMPLE, secrets=wrong, workdir=folder))
        yield Servers(app, broken)


def state_signed_out(page: Page, servers: Servers) -> str:
    page.goto(servers.app.url)
    expect(page.get_by_role("link", name=LABEL)).to_be_visible()
    return OURS


def state_signed_in(page: Page, servers: Servers) -> str:
    state_signed_out(page, servers)
    page.get_by_role("link", name=LABEL).click()
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text(AFTER)).to_be_visible()
    return OURS


def state_refused(page: Page, servers: Servers) -> str:
    state_signed_out(page, servers)
    page.get_by_role("link", name=LABEL).click()
    page.get_by_role("button", name="Refuse").click()
    expect(page.get_by_role("link", name=LABEL)).to_be_visible()
    return OURS


def state_config_error(page: Page, servers: Servers) -> str:
    page.goto(servers.broken.url)
    expect(page.get_by_text("did you mean")).to_be_visible()
    return OURS
