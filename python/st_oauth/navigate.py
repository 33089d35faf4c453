"""Sends the browser from a script to an endpoint of the middleware.

A script has no answer of its own to give, so a piece of JavaScript does it: it knows the whole
address, with the fragment, and whether the app is in a frame. Providers show no login in a frame:
there it opens a tab of its own, and the page follows once that has signed the visitor in.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from typing import Any, Final, NoReturn
from urllib.parse import quote

import streamlit as st

from . import _streamlit, page
from .errors import NoSessionError

# What the scripts below share. A page that the browser has kept and shows again would stand there
# as its script left it, so it is loaded anew. `next` is the last parameter of a login, always.
_SHARED: Final = """
(function () {
  var d = %s;
  var framed = window.top !== window.self;
  function depart(url) {
    window.addEventListener('pageshow', function (event) {
      if (event.persisted) location.reload();
    });
    location.assign(url);
  }
  function login() {
    var next = d.next || location.pathname + location.search + location.hash;
    return d.url + 'next=' + encodeURIComponent(next);
  }
  function follow() {
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
  }
"""

_LOGIN_SCRIPT: Final = (
    _SHARED
    + """
  if (!framed) {
    depart(login());
    return;
  }
  var note = document.getElementById(d.id);
  if (note) {
    note.hidden = false;
    var link = note.querySelector('a');
    link.href = login();
    link.target = '_blank';
    link.rel = 'noopener';
  }
  var tab = window.open(login(), '_blank');
  if (tab) tab.opener = null;
  follow();
})();
"""
)

_LINK_SCRIPT: Final = (
    _SHARED
    + """
  var link = document.getElementById(d.id);
  if (!link) return;
  function aim() { link.href = login(); }
  aim();
  link.addEventListener('click', aim);
  if (!framed) return;
  link.target = '_blank';
  link.rel = 'noopener';
  link.addEventListener('click', follow, { once: true });
})();
"""
)

_LOGOUT_SCRIPT: Final = (
    _SHARED
    + """
  if (!framed) {
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
    mark = f"st-oauth-{secrets.token_hex(4)}"
    base = str(facts.get("base_path") or "")
    data = {
        **_login(facts, mark, "t", ticket),
        "next": None if next_path is None else _below(base, next_path),
    }
    note = (
        f'<p id="{mark}" hidden>Please sign in in the tab that has opened. '
        '<a href="#">Open it again</a></p>'
    )
    _leave(note, _LOGIN_SCRIPT, data)


def to_logout(facts: Mapping[str, Any], ticket: str) -> None:
    """Have the browser sign out, and stop the script."""
    base = str(facts.get("base_path") or "")
    _leave("", _LOGOUT_SCRIPT, {"url": f"{base}/auth/logout?t={quote(ticket, safe='')}"})


def show_link(label: str, facts: Mapping[str, Any], provider: str | None) -> None:
    """A link to the login. It holds no ticket, so it may stand there for as long as it likes; and it
    is the same at each rerun, so that the front end leaves it alone."""
    mark = "st-oauth-login"
    data = _login(facts, mark, "provider", provider or "")
    st.html(
        page.anchor(label, f"{data['url']}next=", mark)
        + f"<script>{_LINK_SCRIPT % page.in_script(data)}</script>",
        unsafe_allow_javascript=True,
    )


def stop() -> NoReturn:
    """Stop the script for good, also where it goes on after `st.stop()`."""
    st.stop()
    raise NoSessionError("The script was asked to stop here and did not.")


def _login(facts: Mapping[str, Any], mark: str, name: str, value: str) -> dict[str, Any]:
    """What the scripts of a login need; the address ends where `next` is to be added."""
    base = str(facts.get("base_path") or "")
    given = f"{name}={quote(value, safe='')}&" if value else ""
    return {
        "id": mark,
        "url": f"{base}/auth/login?{given}",
        "next": None,
        "user": f"{base}/auth/user",
        "every": _EVERY_MS,
        "patience": _PATIENCE_MS,
    }


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
