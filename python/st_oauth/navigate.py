"""Sends the browser from a script to an endpoint of the middleware.

A script has no answer of its own to give, so a piece of JavaScript does it: it knows the whole
address, with the fragment, and whether the app is in a frame. Providers show no login in a frame:
there it opens a tab of its own, and the page follows once that has signed the visitor in.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

import streamlit as st

from . import _streamlit, page

# A page that the browser has kept and shows again would stand there as its script left it: empty.
_DEPART: Final = """
  function depart(url) {
    window.addEventListener('pageshow', function (event) {
      if (event.persisted) location.reload();
    });
    location.assign(url);
  }
"""

_LOGIN_SCRIPT: Final = (
    """
(function () {"""
    + _DEPART
    + """
  var d = %s;
  var next = d.next || location.pathname + location.search + location.hash;
  var url = d.url + '&next=' + encodeURIComponent(next);
  if (window.top === window.self) {
    depart(url);
    return;
  }
  var note = document.getElementById(d.id);
  if (note) {
    note.hidden = false;
    note.querySelector('a').href = url;
  }
  var tab = window.open(url, '_blank');
  if (tab) tab.opener = null;
  var until = Date.now() + d.patience;
  function ask() {
    if (Date.now() > until) return;
    fetch(d.user, { credentials: 'same-origin', cache: 'no-store' })
      .then(function (answer) { return answer.json(); })
      .then(function (who) { return who.logged_in === true; }, function () { return false; })
      .then(function (there) {
        if (there) location.reload();
        else setTimeout(ask, d.every);
      });
  }
  setTimeout(ask, d.every);
})();
"""
)

_LOGOUT_SCRIPT: Final = (
    """
(function () {"""
    + _DEPART
    + """
  var d = %s;
  if (window.top === window.self) {
    depart(d.url);
    return;
  }
  function again() { location.reload(); }
  fetch(d.url, { method: 'POST', credentials: 'same-origin', redirect: 'manual' }).then(again, again);
})();
"""
)

_EVERY_MS: Final = 2000
_PATIENCE_MS: Final = 600_000


def to_login(facts: Mapping[str, Any], ticket: str, next_path: str | None) -> None:
    """Have the browser begin a login, and stop the script."""
    base = str(facts.get("base_path") or "")
    mark = f"st-oauth-{secrets.token_hex(4)}"
    data = {
        "id": mark,
        "url": login_url(facts, ticket),
        "user": f"{base}/auth/user",
        "next": None if next_path is None else _below(base, next_path),
        "every": _EVERY_MS,
        "patience": _PATIENCE_MS,
    }
    note = (
        f'<p id="{mark}" hidden>Please sign in in the tab that has opened. '
        '<a href="#" target="_blank" rel="noopener">Open it again</a></p>'
    )
    _leave(note, _LOGIN_SCRIPT, data)


def to_logout(facts: Mapping[str, Any], ticket: str) -> None:
    """Have the browser sign out, and stop the script."""
    base = str(facts.get("base_path") or "")
    _leave("", _LOGOUT_SCRIPT, {"url": f"{base}/auth/logout?t={quote(ticket, safe='')}"})


def login_url(facts: Mapping[str, Any], ticket: str) -> str:
    """The address of a login, to which `next` has to be added as the last parameter."""
    return f"{facts.get('base_path') or ''}/auth/login?t={quote(ticket, safe='')}"


def is_local(path: str) -> bool:
    """Whether this is a path in the app. A browser takes two slashes, of either kind, for another
    host, and drops tabs and line ends before it looks."""
    return re.fullmatch(r"/(?![/\\])[^\\\x00-\x20\x7f]*", path) is not None


def _below(base: str, path: str) -> str:
    """The path under the app's base path."""
    inside = path == base or path.startswith((f"{base}/", f"{base}?", f"{base}#"))
    return path if inside else base + path


def _leave(body: str, script: str, data: Mapping[str, Any]) -> None:
    """Run the script in the browser. The nonce is for the front end, which runs no script a second
    time that it has run before."""
    nonce = secrets.token_hex(4)
    with _streamlit.on_the_page():
        st.html(
            f"{body}<script>/*{nonce}*/{script % page.in_script(data)}</script>",
            unsafe_allow_javascript=True,
        )
    st.stop()
