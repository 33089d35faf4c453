"""What a visitor's browser does: it keeps cookies, calls an ASGI app in this process, and signs in at `st-oauth dev`."""

import html
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

ORIGIN = "http://localhost:8501"

Message = MutableMapping[str, Any]
App = Callable[[Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]  # fmt: skip

NAVIGATION = [
    (b"host", b"localhost:8501"),
    (b"connection", b"keep-alive"),
    (b"sec-ch-ua", b'"Chromium";v="156", "Not:A-Brand";v="24"'),
    (b"sec-ch-ua-mobile", b"?0"),
    (b"sec-ch-ua-platform", b'"Linux"'),
    (b"upgrade-insecure-requests", b"1"),
    (
        b"user-agent",
        b"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
    ),
    (
        b"accept",
        b"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8",
    ),
    (b"sec-fetch-site", b"same-origin"),
    (b"sec-fetch-mode", b"navigate"),
    (b"sec-fetch-user", b"?1"),
    (b"sec-fetch-dest", b"document"),
    (b"accept-encoding", b"gzip, deflate, br, zstd"),
    (b"accept-language", b"en-US,en;q=0.9"),
]
"""What Chromium sends for a page, beside its cookies."""
XSRF = ("_streamlit_xsrf", "2|4f1c2d3e|8a6f0b9c1d2e3f405162738495a6b7c8|1764150000")
"""The cookie that every visitor of a Streamlit app has."""


class Jar:
    """The cookies of one visitor."""

    def __init__(self) -> None:
        self._cookies = dict([XSRF])

    def take(self, lines: Iterable[str]) -> None:
        """Set-Cookie, as it came."""
        for line in lines:
            name, _, value = line.partition(";")[0].partition("=")
            if re.search(r"max-age=0(;|$)", line, re.IGNORECASE) or not value:
                self._cookies.pop(name, None)
            else:
                self._cookies[name] = value.strip('"')

    def header(self) -> str:
        """Cookie."""
        return "; ".join(f"{name}={value}" for name, value in self._cookies.items())

    def of(self, part: str) -> dict[str, str]:
        """The cookies whose names have this part."""
        return {name: value for name, value in self._cookies.items() if part in name}


def scope_of(target: str, jar: Jar, kind: str = "http") -> dict[str, Any]:
    """What a server makes of a request of Chromium."""
    path, _, query = target.partition("?")
    scope: dict[str, Any] = {
        "type": kind,
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "server": ("127.0.0.1", 8501),
        "client": ("127.0.0.1", 50000),
        "scheme": "http" if kind == "http" else "ws",
        "root_path": "",
        "path": urllib.parse.unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [*NAVIGATION, (b"cookie", jar.header().encode())],
        "state": {},
    }
    if kind == "http":
        scope["method"] = "GET"
    else:
        scope["subprotocols"] = ["streamlit"]
        scope["headers"].append((b"origin", ORIGIN.encode()))
    return scope


async def get(app: App, target: str, jar: Jar) -> tuple[int, str]:
    """Status and Location of the answer; its cookies go into the jar."""
    start: Message = {}

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.update(message)

    await app(scope_of(target, jar), receive, send)
    headers = [(name.lower(), value.decode()) for name, value in start["headers"]]
    jar.take(value for name, value in headers if name == b"set-cookie")
    return start["status"], dict(headers).get(b"location", "")


class Stay(urllib.request.HTTPRedirectHandler):
    """Follows nothing: the callback is the benchmark's own."""

    def redirect_request(self, *_: Any) -> None:
        return None


def choose_persona(url: str) -> str:
    """What a visitor does at the provider: open the page, click the first persona. Gives where that leads."""
    opener = urllib.request.build_opener(Stay, urllib.request.HTTPCookieProcessor())
    page = opener.open(url).read().decode()
    form = page[page.index("<form") : page.index("</form>")]
    action = html.unescape(re.findall(r'action="([^"]*)"', form)[0]) if "action=" in form else url
    fields = [
        (html.unescape(name), html.unescape(value))
        for name, value in re.findall(r'name="([^"]*)"[^>]*?value="([^"]*)"', form)
    ]
    try:
        answer = opener.open(
            urllib.parse.urljoin(url, action), urllib.parse.urlencode(fields).encode()
        )
        return str(answer.headers["Location"])
    except urllib.error.HTTPError as error:
        return str(error.headers["Location"])


def target_of(url: str) -> str:
    """Path and query of an address."""
    parts = urllib.parse.urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")
