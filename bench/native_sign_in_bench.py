"""A whole sign-in into a session by the middleware, against `st-oauth dev` in another process: CPU of this process from
the click to the cookie, with warm keys and a warm connection; and the bytes of that cookie. Beside it the
same by Streamlit's own login path, which is Authlib's."""

import asyncio
import json
import os
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from lib import sign_in, visitor
from lib.rows import row
from servers.dev import DevProvider

WARM = 40
NATIVE = 10
SECRETS = """
[auth]
redirect_uri = "{origin}/oauth2callback"
cookie_secret = "b3RoZXIgYnl0ZXMgZm9yIGEgYmVuY2htYXJr"
client_id = "dev"
client_secret = "dev-secret"
server_metadata_url = "{issuer}/.well-known/openid-configuration"
"""


def size(cookies: dict[str, str]) -> int:
    """Names and values together."""
    return sum(len(name) + len(value) for name, value in cookies.items())


async def ours(issuer: str) -> list[dict[str, Any]]:
    app = sign_in.protected(issuer)
    _, cold = await sign_in.sign_in(app)
    warm = [await sign_in.sign_in(app) for _ in range(WARM)]
    cookies = warm[-1][0].of("st_oauth_session")
    return [
        row(
            "native sign-in, warm: CPU",
            statistics.median(spent for _, spent in warm),
            "us",
            "click to session through the middleware; Authlib, asyncio and the server's own work apart",
            1500,
        ),
        row(
            "native sign-in, first of a process: CPU",
            cold,
            "us",
            "opens the realm, loads libcurl, trust store, keys",
        ),
        row(
            "session cookie, name and value",
            size(cookies),
            "bytes",
            "as it stands in every request",
            120,
            scale=False,
        ),
    ]


def streamlits_own() -> tuple[Any, str] | None:
    """Streamlit's login routes with the one middleware that they need, and the address that begins a login;
    None where they need something that is not installed."""
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.middleware.sessions import SessionMiddleware

    try:
        import authlib.integrations.starlette_client
        from streamlit.auth_util import encode_provider_token
        from streamlit.web.server.server_util import get_cookie_secret
        from streamlit.web.server.starlette.starlette_auth_routes import create_auth_routes
    except ImportError as error:
        print(f"native_sign_in_bench: no native sign-in here: {error}", file=sys.stderr)
        return None
    assert authlib.integrations.starlette_client
    session = Middleware(
        SessionMiddleware, secret_key=get_cookie_secret(), session_cookie="_streamlit_session"
    )
    app = Starlette(routes=create_auth_routes(""), middleware=[session])
    return app, f"/auth/login?provider={encode_provider_token('default')}"


async def native() -> list[dict[str, Any]]:
    made = streamlits_own()
    if made is None:
        return []
    app, login = made
    runs = [await sign_in.sign_in(app, [login], "_streamlit_user") for _ in range(NATIVE + 1)][1:]
    cookies = runs[-1][0].of("_streamlit_user")
    return [
        row(
            "native sign-in, Streamlit's own: CPU",
            statistics.median(spent for _, spent in runs),
            "us",
            "its login path through Authlib, the same provider, warm",
        ),
        row(
            "Streamlit's own cookies, name and value",
            size(cookies),
            "bytes",
            "the same persona's claims, and the tokens, which it always keeps",
        ),
    ]


def main() -> None:
    with tempfile.TemporaryDirectory() as home, DevProvider() as provider:
        os.environ["XDG_STATE_HOME"] = home
        os.chdir(home)
        rows = asyncio.run(ours(provider.issuer))
        Path(".streamlit").mkdir()
        Path(".streamlit/secrets.toml").write_text(
            SECRETS.format(origin=visitor.ORIGIN, issuer=provider.issuer), encoding="utf-8"
        )
        rows += asyncio.run(native())
        os.chdir("/")
    print(json.dumps(rows))


if __name__ == "__main__":
    main()
