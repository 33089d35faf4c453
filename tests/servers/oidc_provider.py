"""npm oidc-provider, a certified OpenID provider, on loopback with clients of every kind."""

import atexit
import http.client
import http.cookies
import json
import os
import re
import shutil
import sys
import tempfile
import urllib.parse
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from servers.canaries import register, register_url
from servers.process import ServerProcess, answers, free_port

HERE = Path(__file__).resolve().parent
AWKWARD_SECRET = "of: 100%+ sure/yes-no~ and then some more"
PLAIN_SECRET = "a-plain-secret-of-enough-characters"

_keys = Path(tempfile.mkdtemp(prefix="st-oauth-oidc-keys-"))
atexit.register(shutil.rmtree, _keys, ignore_errors=True)


def node() -> Path:
    """The Node that set-up put beside this Python."""
    path = Path(sys.executable).parent / "node"
    if not path.exists():
        raise RuntimeError("no Node beside this Python; `tools/setup test` installs it")
    return path


def client(
    client_id: str,
    redirect_uris: Sequence[str],
    secret: str | None = PLAIN_SECRET,
    auth: str = "client_secret_basic",
    alg: str = "RS256",
    **more: Any,
) -> dict[str, Any]:
    """A client in the provider's own words; without a secret it is a public one."""
    made: dict[str, Any] = {
        "client_id": client_id,
        "redirect_uris": list(redirect_uris),
        "response_types": ["code"],
        "grant_types": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_method": auth if secret else "none",
        "id_token_signed_response_alg": alg,
    }
    if secret:
        made["client_secret"] = secret
    return made | more


def clients(redirect_uris: Sequence[str]) -> list[dict[str, Any]]:
    """One client of every kind: `basic`, `post`, `public`, `awkward`, and one for each algorithm (`rs256`, ...)."""
    return [
        client("basic", redirect_uris),
        client("post", redirect_uris, auth="client_secret_post"),
        client("public", redirect_uris, secret=None),
        client("awkward", redirect_uris, secret=AWKWARD_SECRET),
        *(
            client(alg.lower(), redirect_uris, alg=alg)
            for alg in ("RS256", "PS256", "ES256", "EdDSA")
        ),
    ]


class OidcProvider:
    """The provider as a context manager.

    `clients`: list of `client(...)`. `ttl_sec`: life of access and ID tokens. `access_token_algs`: by client id.
    `scopes`: further scopes that a resource server knows. `accounts`: claims by login name; any name signs in.
    `keys`: a file with the signing keys, made when absent; every provider of one test run shares
    one, so that a restart rotates nothing, unless it is given another. `port`: for a restart in the same place.
    `clock_offset_sec`: by how much its clock is wrong.

    An access token is a JWT where the request names a `resource` or an `audience` (an absolute URI).
    """

    def __init__(
        self,
        clients: Sequence[Mapping[str, Any]],
        ttl_sec: int = 3600,
        code_ttl_sec: int = 60,
        access_token_algs: Mapping[str, str] | None = None,
        scopes: Sequence[str] = ("api:read", "api:write"),
        accounts: Mapping[str, Mapping[str, Any]] | None = None,
        keys: Path | None = None,
        port: int = 0,
        clock_offset_sec: int = 0,
    ) -> None:
        self.port = port or free_port()
        self.issuer = f"http://127.0.0.1:{self.port}"
        algs = {one["client_id"]: one["id_token_signed_response_alg"] for one in clients}
        self._settings = {
            "issuer": self.issuer,
            "port": self.port,
            "clients": [dict(one) for one in clients],
            "ttl_sec": ttl_sec,
            "clock_offset_sec": clock_offset_sec,
            "code_ttl_sec": code_ttl_sec,
            "access_token_algs": algs | dict(access_token_algs or {}),
            "scopes": list(scopes),
            "accounts": {name: dict(claims) for name, claims in (accounts or {}).items()},
            "keys": str(keys or _keys / "keys.json"),
        }
        self._folder = Path(tempfile.mkdtemp(prefix="st-oauth-oidc-"))
        self._issued = self._folder / "issued.jsonl"
        self._settings["issued"] = str(self._issued)
        self._process: ServerProcess | None = None

    @property
    def metadata_url(self) -> str:
        return f"{self.issuer}/.well-known/openid-configuration"

    @property
    def log(self) -> str:
        return self._process.log if self._process else ""

    def start(self) -> Self:
        """Start it and wait until its discovery answers; that request is not counted."""
        settings = self._folder / "settings.json"
        settings.write_text(json.dumps(self._settings), encoding="utf-8")
        command = [node(), HERE / "oidc_provider.mjs", settings]
        self._process = ServerProcess(command, os.environ, HERE, self._folder / "log")
        self._process.wait_until(lambda: answers(self.metadata_url), "oidc-provider")
        self.forget_requests()
        return self

    def requests(self) -> list[tuple[str, str]]:
        """Every request since the start or `forget_requests()`: method and path without the query."""
        return [(method, path) for method, path in json.loads(self._get("GET", "/_test/requests"))]

    def forget_requests(self) -> None:
        """Count from zero again."""
        self._get("DELETE", "/_test/requests")

    def _get(self, method: str, path: str) -> bytes:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path)
            return connection.getresponse().read()
        finally:
            connection.close()

    def login(self, authorize_url: str, name: str = "ada", action: str = "login") -> str:
        """Walk the form as a plain HTTP client; returns the callback URL with its code (or its error)."""
        callback = Visitor(self.issuer).login(authorize_url, name, action)
        register_url(authorize_url)
        register_url(callback)
        return callback

    def kill(self) -> None:
        if self._process:
            self._process.kill()
            self._register_issued()

    def stop(self) -> None:
        if self._process:
            self._process.stop()
            self._register_issued()

    def _register_issued(self) -> None:
        """No log may hold a token that was given out here."""
        if self._issued.exists():
            for line in self._issued.read_text(encoding="utf-8").splitlines():
                register(json.loads(line), "token")

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)


class Visitor:
    """A browser without a screen: cookies, redirects and one form, at one origin only."""

    def __init__(self, origin: str) -> None:
        self._origin = origin
        self._cookies: dict[tuple[str, str], str] = {}

    def login(self, url: str, name: str, action: str) -> str:
        """Follow the way from `url` until it leaves the origin; returns where it leads."""
        for _ in range(12):
            if not url.startswith(self._origin + "/"):
                return url
            status, headers, body = self._request("GET", url)
            if status == 200 and "<form" in body:
                form = urllib.parse.urlencode({"login": name, "action": action})
                status, headers, body = self._request("POST", url, form)
            if status not in (302, 303):
                raise RuntimeError(f"{url} answered {status}: {_text(body)}")
            url = urllib.parse.urljoin(url, headers["Location"])
        raise RuntimeError(f"too many redirects; the last was {url}")

    def _request(
        self, method: str, url: str, form: str | None = None
    ) -> tuple[int, http.client.HTTPMessage, str]:
        parts = urllib.parse.urlsplit(url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        headers = {"Cookie": self._cookies_for(parts.path)}
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
        try:
            connection.request(method, target, body=form, headers=headers)
            response = connection.getresponse()
            self._keep_cookies(response.msg.get_all("Set-Cookie") or [])
            return response.status, response.msg, response.read().decode()
        finally:
            connection.close()

    def _cookies_for(self, path: str) -> str:
        return "; ".join(
            f"{name}={value}"
            for (name, where), value in self._cookies.items()
            if path.startswith(where)
        )

    def _keep_cookies(self, lines: Sequence[str]) -> None:
        for line in lines:
            for morsel in http.cookies.SimpleCookie(line).values():
                place = (morsel.key, morsel["path"] or "/")
                if morsel.value:
                    self._cookies[place] = morsel.value
                else:
                    self._cookies.pop(place, None)


def _text(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html)).strip()[:500]
