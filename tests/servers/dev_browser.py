"""Just enough of a browser and of a client for `st-oauth dev`."""

from __future__ import annotations

import base64
import html
import http.client
import json
import re
import urllib.parse
from dataclasses import dataclass, field
from typing import Any

VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"  # RFC 7636 appendix B
RETURN = "http://localhost:8501/"
BASIC = "Basic " + base64.b64encode(b"dev:dev-secret").decode()


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        out: dict[str, Any] = json.loads(self.body)
        return out

    @property
    def text(self) -> str:
        return html.unescape(self.body.decode())

    @property
    def returned(self) -> dict[str, str]:
        """The parameters that the redirect carries back."""
        query = urllib.parse.urlsplit(self.headers["location"]).query
        pairs = urllib.parse.parse_qsl(query, keep_blank_values=True)
        assert len(pairs) == len(dict(pairs)), "a parameter is repeated"
        return dict(pairs)


@dataclass
class Browser:
    """Just enough of one: cookies, and forms. Paths are those below the issuer's own."""

    issuer: str
    cookies: dict[str, str] = field(default_factory=dict)
    sent: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, body: str | None = None, **headers: str) -> Answer:
        url = urllib.parse.urlsplit(self.issuer)
        connection = http.client.HTTPConnection(url.hostname or "", url.port, timeout=20)
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None:
            names.setdefault("Content-Type", "application/x-www-form-urlencoded")
        if self.cookies:
            names.setdefault("Cookie", "; ".join(f"{n}={v}" for n, v in self.cookies.items()))
        connection.request(method, url.path + path, body, names)
        got = connection.getresponse()
        answer = Answer(got.status, {k.lower(): v for k, v in got.getheaders()}, got.read())
        connection.close()
        if "set-cookie" in answer.headers:
            name, _, value = answer.headers["set-cookie"].split(";")[0].partition("=")
            self.cookies[name] = value
        return answer

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, **headers)

    def post(self, path: str, fields: dict[str, str], **headers: str) -> Answer:
        return self.ask("POST", path, urllib.parse.urlencode(fields), **headers)

    def authorize(self, **changes: str | None) -> Answer:
        return self.get("/authorize?" + urllib.parse.urlencode(request_of(**changes)))

    def hidden(self, page: Answer) -> dict[str, str]:
        found = re.findall(r'name="(request|csrf)" value="([^"]+)"', page.text)
        assert found, page.text
        return dict(found[:2])

    def choose(self, page: Answer, **fields: str) -> Answer:
        return self.post("/authorize/choose", {**self.hidden(page), **fields})

    def sign_in(self, persona: str = "ada", **changes: str | None) -> str:
        answer = self.choose(self.authorize(**changes), persona=persona)
        assert answer.status == 303, answer.text
        return answer.returned["code"]

    def exchange(self, code: str, auth: str | None = BASIC, /, **changes: str | None) -> Answer:
        fields: dict[str, str | None] = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": RETURN,
            "code_verifier": VERIFIER,
            **changes,
        }
        headers = {} if auth is None else {"Authorization": auth}
        return self.post("/token", {k: v for k, v in fields.items() if v is not None}, **headers)

    def tokens(self, persona: str = "ada", **changes: str | None) -> dict[str, Any]:
        answer = self.exchange(self.sign_in(persona, **changes))
        assert answer.status == 200, answer.body
        return answer.json


def request_of(**changes: str | None) -> dict[str, str]:
    fields: dict[str, str | None] = {
        "response_type": "code",
        "client_id": "dev",
        "redirect_uri": RETURN,
        "scope": "openid profile email",
        "state": "the state & more",
        "nonce": "the-nonce",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **changes,
    }
    return {name: value for name, value in fields.items() if value is not None}


def decode(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def claims_of(token: str) -> dict[str, Any]:
    out: dict[str, Any] = json.loads(decode(token.split(".")[1]))
    return out


def header_of(token: str) -> dict[str, Any]:
    out: dict[str, Any] = json.loads(decode(token.split(".")[0]))
    return out
