"""Where the visitor is: his page, and whether he can sign in at this address at all."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any, NamedTuple
from urllib.parse import SplitResult, urlsplit

import streamlit as st

from . import _streamlit

_CLOUD = "/~/+"
"""Community Cloud serves the app under this path, in a frame of a page on the same origin."""


class Problem(NamedTuple):
    """Why nobody can sign in here, as Markdown, and where one can, if that is known."""

    text: str
    url: str


def path(facts: Mapping[str, Any]) -> str:
    """The path in the browser's address, of the page that runs. In a frame on its own origin it is
    that of the page around it, which may lack what stands before the app's own path."""
    found = split(_streamlit.raw_url()).path
    names = _streamlit.page_names()
    folder, _, last = found.rpartition("/")
    if names is not None and last != _streamlit.page_name():
        found = f"{folder}/{_streamlit.page_name()}"
    found = "/" + found.lstrip("/\\")
    on_cloud = urlsplit(facts["redirect_uri"]).path.startswith(f"{_CLOUD}/")
    if found.startswith(f"{_CLOUD}/") and not on_cloud:
        return found.removeprefix(_CLOUD)
    if on_cloud and not found.startswith(f"{_CLOUD}/"):
        return _CLOUD + found
    return found


def wanted_page() -> str | None:
    """The name of the page in the browser's address, None where that is the one that runs or no
    page of the app."""
    name = split(_streamlit.raw_url()).path.rpartition("/")[2]
    names = _streamlit.page_names()
    if name == _streamlit.page_name() or (names is not None and name not in names):
        return None
    return name


def problem(facts: Mapping[str, Any], block: str) -> Problem | None:
    """Why the browser could not finish a sign-in that begins at this address. None where it can,
    and where the link leads to the right address first."""
    seen = split(_streamlit.raw_url())
    wanted = urlsplit(facts["origin"])
    if not seen.netloc or _origin(seen) == facts["origin"]:
        return None
    here, there = is_loopback(seen.hostname), is_loopback(wanted.hostname)
    if here and there and seen.port == wanted.port and seen.scheme == wanted.scheme:
        return None
    where = f"[{block}]" if block else "its settings"
    if here and there:
        return _other_port(facts, seen, where)
    if seen.scheme != "https" and not here:
        return _not_https(facts, seen, where, there)
    return _other_address(facts, seen, where) if there else None


def on_loopback() -> bool:
    """Whether the visitor sits at this machine, with nothing in front of the server."""
    headers = st.context.headers
    if any(name in headers for name in ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host")):
        return False
    host = split(_streamlit.raw_url()).hostname
    named = split(f"//{headers.get('Host') or ''}").hostname
    return st.context.ip_address is None and is_loopback(host) and is_loopback(named)


def in_full() -> bool:
    """Whether this visitor may see the details of an error."""
    option = str(st.get_option("client.showErrorDetails")).lower()
    return option in ("full", "true") or on_loopback()


def split(url: str) -> SplitResult:
    """The parts of an address; empty ones where it cannot be read."""
    try:
        parts = urlsplit(url)
        if parts.port is None or parts.port >= 0:
            return parts
    except ValueError:
        pass
    return urlsplit("")


def is_loopback(host: str | None) -> bool:
    """Whether the host is this machine, by its name alone."""
    if host is None or host == "localhost" or host.endswith(".localhost"):
        return host is not None
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _origin(url: SplitResult) -> str:
    return f"{url.scheme}://{url.netloc}"


def _mend(facts: Mapping[str, Any], seen: SplitResult, where: str) -> str:
    """The redirect URI it would take for the address in the browser."""
    right = _origin(seen) + (urlsplit(facts["redirect_uri"]).path or "/")
    return (
        f'Open it at `{facts["public_url"]}`, or write `redirect_uri = "{right}"` in `{where}` and '
        "register that address at the provider."
    )


def _other_port(facts: Mapping[str, Any], seen: SplitResult, where: str) -> Problem:
    return Problem(
        f"The app was opened at `{_origin(seen)}`, but its `redirect_uri` is "
        f"`{facts['redirect_uri']}`: the provider would send you there, where this sign-in is not "
        f"known. {_mend(facts, seen, where)}",
        "",
    )


def _other_address(facts: Mapping[str, Any], seen: SplitResult, where: str) -> Problem:
    return Problem(
        f"The app was opened at `{_origin(seen)}`, but its `redirect_uri` is "
        f"`{facts['redirect_uri']}`, which is another machine for you. {_mend(facts, seen, where)}",
        "",
    )


def _not_https(facts: Mapping[str, Any], seen: SplitResult, where: str, there: bool) -> Problem:
    text = (
        f"The app was opened at `{_origin(seen)}`, over http: browsers keep the cookie of a "
        "sign-in only over https or on localhost."
    )
    if not there:
        return Problem(f"{text} Open it at its own address.", str(facts["public_url"]) + "/")
    return Problem(
        f"{text} Open it at `{facts['public_url']}` on the machine it runs on. For visitors from "
        f"elsewhere put https in front of the app and set `public_url` and `redirect_uri` in "
        f"`{where}` to that address.",
        "",
    )
