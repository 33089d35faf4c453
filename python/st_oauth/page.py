"""What a visitor sees of the gate: the link, the boxes, and the piece that tidies the address."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import Any
from urllib.parse import parse_qs, urlsplit

import streamlit as st
from streamlit.errors import StreamlitDuplicateElementKey

from . import _streamlit

_LINK_STYLE = """
.st-oauth-link{display:inline-flex;align-items:center;justify-content:center;box-sizing:border-box;
max-width:100%%;min-height:2.5rem;padding:.25rem .75rem;border-radius:%(radius)s;
border:1px solid transparent;background:%(light)s;background:light-dark(%(light)s,%(dark)s);
color:%(on_light)s!important;color:light-dark(%(on_light)s,%(on_dark)s)!important;
font:inherit;line-height:1.6;text-align:center;text-decoration:none!important;
overflow-wrap:anywhere;transition:filter .15s}
.st-oauth-link:hover{filter:brightness(.88)}
.st-oauth-link:active{filter:brightness(.78)}
.st-oauth-link:focus-visible{outline:3px solid %(light)s;
outline-color:light-dark(%(light)s,%(dark)s);outline-offset:2px}
@media(forced-colors:active){.st-oauth-link{border-color:LinkText}}
@media(prefers-reduced-motion:reduce){.st-oauth-link{transition:none}}
"""

# The cookie is a list of randoms, one for each link shown lately; the newest stand last. It is
# written when the link is shown and again when it is clicked, for another tab may have pushed this
# one's random out meanwhile.
_LINK_SCRIPT = """
(function () {
  var d = %s;
  function read(name) {
    var all = document.cookie.split('; ');
    for (var i = 0; i < all.length; i++) {
      if (all[i].indexOf(name + '=') === 0) return all[i].slice(name.length + 1);
    }
    return '';
  }
  function put(name, secure) {
    var parts = read(name).split('.').filter(function (p) { return p && p !== d.add; });
    parts.push(d.add);
    document.cookie = name + '=' + parts.slice(-d.keep).join('.') + '; Path=/; Max-Age=' +
      d.max_age + '; SameSite=Lax' + (secure ? '; Secure' : '');
    return read(name).split('.').indexOf(d.add) >= 0;
  }
  function remember() {
    return put(d.name, d.secure) ||
      (d.loopback && d.secure && put(d.name.replace(/^__Host-/, ''), false));
  }
  function stash() {
    if (!d.stash) return;
    try {
      var kept = Object.keys(sessionStorage).filter(function (k) {
        return k.indexOf('st_oauth:') === 0 && k !== d.stash.key;
      });
      kept.sort(function (a, b) { return age(b) - age(a); });
      kept.slice(0, -7).forEach(function (k) { sessionStorage.removeItem(k); });
      sessionStorage.setItem(d.stash.key, JSON.stringify(
        { at: Date.now(), path: d.stash.path, query: d.stash.query }));
    } catch (error) { /* no storage: the visitor comes back to the start page */ }
  }
  function age(key) {
    try { return Date.now() - JSON.parse(sessionStorage.getItem(key)).at; } catch (e) { return 1e15; }
  }
  function here(host) {
    return /^(localhost|127(\\.\\d+){3}|\\[::1\\]|.*\\.localhost)$/.test(host);
  }
  var link = document.getElementById(d.id);
  if (!link) return;
  var framed = window.self !== window.top;
  if (framed) link.target = '_top';
  var origin = new URL(d.origin);
  if (location.hostname !== origin.hostname) {
    var there = d.origin + location.pathname + location.search + location.hash;
    if (!framed && here(location.hostname) && here(origin.hostname) &&
        location.port === origin.port) {
      location.replace(there);
    } else {
      link.href = there;
    }
    return;
  }
  if (!remember() && framed) link.href = location.href;
  stash();
  link.addEventListener('click', remember);
})();
"""

# The address is changed without an entry in the history. `popstate` then has Streamlit's front end
# take it over and run the page it names. The trigger runs the script where that does not.
_ADDRESS_SCRIPT = """
const done = new Set();
const told = new Set();
function kept(key) {
  try {
    const one = JSON.parse(sessionStorage.getItem(key));
    sessionStorage.removeItem(key);
    return typeof one.path === 'string' && typeof one.query === 'string' ? one : null;
  } catch (error) {
    return null;
  }
}
function tidy(data) {
  if (!new URLSearchParams(location.search).getAll('state').includes(data.state)) return;
  const to = kept(data.key) || data;
  const own = /^\\/(?![\\/\\\\])/.test(to.path) ? to.path : location.pathname;
  history.replaceState(history.state, '', location.origin + own + (to.query ? '?' + to.query : '') + location.hash);
  window.dispatchEvent(new PopStateEvent('popstate', { state: history.state }));
}
export default function ({ data, setTriggerValue }) {
  if (!done.has(data.nonce)) {
    done.add(data.nonce);
    tidy(data);
  }
  const timer = setInterval(function () {
    const app = document.querySelector('[data-testid="stApp"]');
    if (told.has(data.nonce) || (app && app.dataset.testScriptState === 'running')) return;
    told.add(data.nonce);
    setTriggerValue('done', data.nonce);
  }, data.patience);
  return function () { clearInterval(timer); };
}
"""


def show_link(
    label: str,
    answer: Mapping[str, Any],
    mark: str,
    facts: Mapping[str, Any],
    here: tuple[str, str],
) -> None:
    """The link to the provider, which also puts this sign-in's random into the browser's cookie,
    and what is too long to travel along into the tab's own storage."""
    cookie = answer["cookie"]
    data = {
        "id": f"st-oauth-{mark}",
        "name": cookie["name"],
        "add": cookie["add"],
        "keep": cookie["keep"],
        "max_age": cookie["max_age"],
        "secure": cookie["secure"],
        "origin": facts["origin"],
        "loopback": facts["loopback"],
        "stash": _stash(answer["url"], here),
    }
    st.html(
        anchor(label, answer["url"], data["id"])
        + f"<script>{_LINK_SCRIPT % in_script(data)}</script>",
        unsafe_allow_javascript=True,
    )


_STASH_FROM = 256
"""A place of this length always fits into the state; longer ones are kept in the browser too."""
_STASH_MAX = 16384


def _stash(url: str, here: tuple[str, str]) -> dict[str, str] | None:
    """What the browser shall keep of the place to return to."""
    path, query = here
    if not _STASH_FROM < len(path) + len(query) <= _STASH_MAX:
        return None
    state = parse_qs(urlsplit(url).query).get("state", [""])[0]
    return {"key": _stash_key(state), "path": path, "query": query}


def _stash_key(state: str) -> str:
    """The name of what is kept for a login; the state's end is as random as a name needs."""
    return f"st_oauth:{state[-22:]}"


def show_retry(label: str, url: str) -> None:
    """A link to this page, for when no sign-in could begin."""
    st.html(anchor(label, _on_this_site(url), "st-oauth-retry"))


def show_way_there(url: str) -> None:
    """A link to the address of the app, which the configuration names."""
    st.html(anchor(f"Open {url}", url, "st-oauth-there"))


def show_notice(refusal: Mapping[str, Any], for_operator: bool) -> None:
    """Why nobody was signed in: a sentence for the visitor, and a reference to quote."""
    text = f"**You are not signed in.** {plain(refusal.get('sentence') or '')}"
    if for_operator and refusal.get("hint"):
        text += f"\n\n*For the operator:* {plain(refusal['hint'])}"
        if refusal.get("detail"):
            text += f" ({plain(refusal['detail'])})"
    if refusal.get("reference"):
        text += f"\n\nReference: {plain(refusal['reference'])}"
    st.warning(text)


def show_errors(errors: Sequence[Mapping[str, Any]]) -> None:
    """What is wrong with the configuration, in full."""
    text = "**Sign-in is not configured correctly.**\n\n"
    if len(errors) == 1:
        text += plain(errors[0]["message"])
    else:
        text += "\n".join(f"- {plain(error['message'])}" for error in errors)
    st.error(text)


def show_broken(reference: str) -> None:
    """That the configuration is wrong, for visitors who may not see how."""
    st.error(
        "**Sign-in is not available at the moment.** Please tell the owner of this app."
        f"\n\nReference: {plain(reference)}"
    )


def show_unknown(reference: str) -> None:
    """That nobody can be recognised, because the session store does not answer."""
    st.error(
        "**Your sign-in cannot be checked at the moment.** Nothing is lost: please try again in a "
        f"minute.\n\nReference: {plain(reference)}"
    )


def show_uncarried(text: str, reference: str) -> None:
    """That the app was started without its sign-in; `text` (Markdown) is for who sits at this
    machine, others get the reference alone."""
    if text:
        st.error(f"**This app was started without its sign-in.**\n\n{text}")
    else:
        st.error(
            "**Sign-in is not available at the moment.** Please tell the owner of this app."
            f"\n\nReference: {plain(reference)}"
        )


def show_waiting() -> None:
    """Shown for a moment while the browser tidies its address."""
    st.markdown("Signing in…")


def show_misplaced(text: str) -> None:
    """Why nobody can sign in at the address the app was opened at; `text` is Markdown."""
    st.warning(f"**Nobody can sign in at this address.** {text}")


def show_logout(label: str, gate_id: str, leave: Callable[[], None]) -> None:
    """The button that signs out, in the sidebar; in place in a fragment, which may not write
    there. A second one of the same gate in one run is left out."""
    place: AbstractContextManager[Any] = nullcontext() if _streamlit.in_fragment() else st.sidebar
    with suppress(StreamlitDuplicateElementKey), _streamlit.outside_forms(), place:
        st.button(label, key=f"st_oauth_logout_{gate_id}", on_click=leave)


def tidy_address(path: str, query: str, state: str, nonce: str, done: Callable[[], None]) -> None:
    """Have the browser put this place into its address, without `code` and `state`; the script
    runs again then, and `done` is called first where the front end did not take it over itself."""
    component = st.components.v2.component("st_oauth_address", js=_ADDRESS_SCRIPT)
    with _streamlit.outside_forms():
        component(
            key=f"st_oauth_address_{nonce}",
            data={
                "path": path,
                "query": query,
                "state": state,
                "nonce": nonce,
                "key": _stash_key(state),
                "patience": 5000 if _streamlit.front_end_reruns(path.rpartition("/")[2]) else 50,
            },
            height="content",
            on_done_change=done,
        )


def plain(text: object) -> str:
    """Text that Markdown shows as it is."""
    text = re.sub(r"([\\`*\[\]<>~$|#&])", r"\\\1", str(text))
    text = re.sub(r"(?<!\w)_|_(?!\w)", r"\\_", text)
    return re.sub(r":(?=\w)(?<!\w:)", r"\\:", text)


def _on_this_site(url: str) -> str:
    """The path and query of this site. A browser takes what begins with two slashes, of either
    kind and with blanks in between, for another host."""
    return "/" + re.sub(r"^[/\\\x00-\x20]+", "", url)


def anchor(label: str, url: str, mark: str) -> str:
    return (
        f"<style>{_LINK_STYLE % _look()}</style>"
        f'<a class="st-oauth-link" id="{html.escape(mark)}" href="{html.escape(url)}">'
        f"{html.escape(label)}</a>"
    )


def in_script(data: Mapping[str, Any]) -> str:
    """JSON that may stand inside a script element."""
    text = json.dumps(data)
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text


_COLOR = re.compile(r"#[0-9a-fA-F]{3}(?:[0-9a-fA-F]{3})?")
_RADIUS = re.compile(r"[0-9.]+(?:px|rem|em|%)")
_RADIUS_NAMES = {"none": "0", "small": ".35rem", "medium": ".5rem", "large": ".75rem",
                 "full": "1.4rem"}  # fmt: skip


def _look() -> dict[str, str]:
    """Colours and corners of a primary button under the configured theme."""
    primary = _theme("primaryColor", _COLOR) or "#ff4b4b"
    light, on_light = _readable(_theme("light.primaryColor", _COLOR) or primary)
    dark, on_dark = _readable(_theme("dark.primaryColor", _COLOR) or primary)
    radius = _option("theme.buttonRadius") or _option("theme.baseRadius")
    if not _RADIUS.fullmatch(radius):
        radius = _RADIUS_NAMES.get(radius, f"{radius}px" if radius.isdigit() else ".5rem")
    return {
        "light": light,
        "dark": dark,
        "on_light": on_light,
        "on_dark": on_dark,
        "radius": radius,
    }


def _theme(name: str, form: re.Pattern[str]) -> str:
    value = _option(f"theme.{name}")
    return value if form.fullmatch(value) else ""


def _option(name: str) -> str:
    """An option, empty where this Streamlit does not have it."""
    try:
        return str(st.get_option(name) or "")
    except RuntimeError:
        return ""


_AA = 4.5
"""The contrast that WCAG 2.2 (1.4.3) asks for."""


def _readable(color: str) -> tuple[str, str]:
    """The colour with white text on it, darkened by a third at most where white could not be read,
    else as it is with dark text."""
    digits = color[1:] if len(color) == 7 else "".join(2 * digit for digit in color[1:])
    channels = [int(digits[at : at + 2], 16) for at in (0, 2, 4)]
    for percent in range(100, 65, -3):
        darker = [channel * percent // 100 for channel in channels]
        if 1.05 / (_luminance(darker) + 0.05) >= _AA:
            return "#" + "".join(f"{channel:02x}" for channel in darker), "#ffffff"
    return color, "#1a1a1a"


def _luminance(channels: list[int]) -> float:
    """Relative luminance, WCAG 2.2."""
    linear = [
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (channel / 255 for channel in channels)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
