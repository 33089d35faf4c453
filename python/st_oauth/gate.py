"""The gate: `st_oauth()` in a script.

A rerun of a signed-in session takes one look at the login and goes on. Everything else, from the
link to the return, is the long way round below it.
"""

from __future__ import annotations

import json
import logging
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, NoReturn
from urllib.parse import parse_qs, unquote_plus

import streamlit as st

from . import _core, _streamlit, audit, config, navigate, page, place, shared, visits, watch
from ._streamlit import get_script_run_ctx, in_cached_function
from .errors import ConfigError, NoSessionError
from .user import carried, who_is
from .user import sign_out as end_session

_LOG = logging.getLogger("st_oauth")
_KEY = "_st_oauth"
_LINK_AGE_S = 300.0
"""A link is renewed at the next rerun once it is older than this."""
_RETRY_S = 5.0
"""A sign-in that could not begin is not tried again by reruns before this time has passed."""
_MAX_WAITS = 3
"""Reruns that may come before the browser's word that the address is tidy."""
_ANSWERS = frozenset(
    (
        "code",
        "state",
        "iss",
        "error",
        "error_description",
        "error_uri",
        "session_state",
        "scope",
        "authuser",
        "prompt",
        "hd",
    )
)
"""Query parameters a provider puts into the address."""

test_identity: Callable[[str | Mapping[str, Any] | None], Any] | None = None
"""What `st_oauth.testing` asks in the place of a sign-in; None means that the gate decides."""

_Settings = str | Mapping[str, Any] | None


_announced: set[str] = set()
"""The gates whose redirect URI stands in the log."""


class _Link:
    """A login that was begun: the link to the provider, or the refusal to make one."""

    __slots__ = ("answer", "gate", "here", "made_at", "mark")

    def __init__(self, gate: _core.Gate, here: tuple[str, str], answer: dict[str, Any]) -> None:
        self.gate = gate
        self.here = here
        self.answer = answer
        self.made_at = time.monotonic()
        self.mark = secrets.token_hex(4)

    def serves(self, gate: _core.Gate, here: tuple[str, str]) -> bool:
        """Whether it can be shown (again) for this gate and place."""
        age = time.monotonic() - self.made_at
        longest = _LINK_AGE_S if self.answer["ok"] else _RETRY_S
        return self.gate is gate and self.here == here and age < longest


class _Return:
    """A return from the provider whose traces are still in the address of the browser."""

    __slots__ = ("left_for", "nonce", "path", "query", "state", "tidy", "waits")

    def __init__(self, state: str, path: str, query: str) -> None:
        self.state = state
        self.path = path
        self.query = query
        self.nonce = secrets.token_hex(4)
        self.tidy = False
        self.left_for: str | None = None
        self.waits = 0

    def acknowledge(self) -> None:
        """The browser's word: its address is tidy. It may come late, from the page before."""
        self.tidy = True
        if self.left_for is not None:
            _streamlit.intend(self.left_for)


class _Holder:
    """What a session keeps. It lies in the session state once; from then on only its attributes
    are touched, because every read or write of the session state may stop the script."""

    __slots__ = ("__weakref__", "links", "lock", "logins", "notices", "returned", "states")

    def __init__(self) -> None:
        self.logins: dict[str, _core.Login] = {}
        self.links: dict[str, _Link] = {}
        self.notices: dict[str, dict[str, Any]] = {}
        self.returned: _Return | None = None
        self.states: set[str] = set()
        self.lock = threading.Lock()

    def __reduce__(self) -> tuple[type[_Holder], tuple[()]]:
        """A copy in a file or another process is signed in nowhere."""
        return _Holder, ()

    def __repr__(self) -> str:
        return "<st_oauth session>"


def sign_in(settings: _Settings, label: str, logout: str | None, required: bool) -> Any:
    """See `st_oauth.st_oauth`."""
    ctx = get_script_run_ctx(suppress_warning=True)
    if ctx is None or in_cached_function.get():
        _refuse_without_session(settings, cached=ctx is not None)
    if test_identity is not None:
        identity = test_identity(settings)
        if identity is not None:
            return identity
    if visits.carries():
        visit = carried()
        part = None if visit is None else shared.part_of(visit.facts, settings)
        if visit is not None and part is not None:
            return shared.sign_in(visit, part, label, logout, required, sign_out)
    opened = config.opened(settings)
    try:
        holder = st.session_state[_KEY]
    except KeyError:
        holder = None
    else:
        if holder.returned is None and opened.gate is not None:
            login = holder.logins.get(opened.gate_id)
            if login is not None:
                identity = login.identity(opened.gate)
                if identity is not None:
                    if logout is not None:
                        _show_logout(logout, opened)
                    return identity
    identity = _long_way(opened, holder, label if required else None, ctx.session_id)
    if identity is not None and logout is not None:
        _show_logout(logout, opened)
    return identity


def _show_logout(label: str, opened: config.Opened) -> None:
    if not _streamlit.in_callback():
        page.show_logout(label, opened.gate_id, sign_out)


def sign_out() -> None:
    """See `st_oauth.logout`."""
    ctx = get_script_run_ctx(suppress_warning=True)
    if ctx is None:
        raise NoSessionError("st_oauth.logout() was called where no session of Streamlit runs.")
    holder = st.session_state.get(_KEY)
    if holder is not None:
        for gate_id in list(holder.logins):
            del holder.logins[gate_id]
            audit.record("logged_out", gate_id, {})
    visit = carried() if visits.carries() else None
    if visit is not None and who_is(visit) is not None:
        end_session(visit)
    if not _streamlit.in_callback():
        st.rerun()
    elif _streamlit.in_fragment_run():
        # Only the fragment would run after this callback, and the page around it would stay.
        _streamlit.ask_rerun(ctx.session_id)


def _refuse_without_session(settings: str | Mapping[str, Any] | None, cached: bool) -> NoReturn:
    if cached:
        raise NoSessionError(
            "st_oauth() was called in a function under st.cache_data or st.cache_resource: what "
            "one visitor gets there, others get too. Call st_oauth() outside and pass the "
            "identity on as an argument."
        )
    opened = config.opened(settings)
    if opened.errors:
        raise ConfigError(opened.errors)
    raise NoSessionError(
        "st_oauth() was called where no session of Streamlit runs, so there is nobody to sign in. "
        "Start the script with `streamlit run`, and call st_oauth() in the script itself, not in "
        "a thread or a plain Python process. A file that holds the app as well is imported once "
        "before any session runs; there the page stands below `else:`\n\n"
        '    if __name__ != "__main__":\n'
        "        app = st.App(__file__, **st_oauth.app())\n"
        "    else:\n"
        "        ...  # the page, with st_oauth()"
    )


def _long_way(
    opened: config.Opened, holder: _Holder | None, label: str | None, session_id: str
) -> Any:
    """Everything but the rerun of a signed-in session. Returns an identity or does not return;
    without a label nothing is shown and None is returned."""
    if opened.gate is None:
        if label is not None or place.on_loopback():
            _show_config_errors(opened)
        if label is None:
            return None
        navigate.stop()
    if holder is None:
        holder = _Holder()
        st.session_state[_KEY] = holder
    if holder.returned is None:
        _take_return(opened, holder, session_id)
    if holder.returned is not None and _is_left(holder.returned):
        _leave_return(holder.returned, holder)
    returned = holder.returned
    identity = _identity(opened, holder)
    if returned is None and (identity is not None or label is None):
        return identity
    if identity is None and label is not None:
        _show_link(opened, holder, label)
    elif identity is not None and label is not None:
        page.show_waiting()
    if returned is not None:
        # Last, so that the link stays where it is when this is gone.
        _tidy_address(returned)
    navigate.stop()


def _identity(opened: config.Opened, holder: _Holder) -> Any:
    """The identity of a login that still holds; one that does not is forgotten."""
    login = holder.logins.get(opened.gate_id)
    identity = login.identity(opened.gate) if login is not None and opened.gate else None
    if identity is None and holder.logins.pop(opened.gate_id, None) is not None:
        audit.record("login_expired", opened.gate_id, {})
    return identity


# The return from the provider


def _take_return(opened: config.Opened, holder: _Holder, session_id: str) -> None:
    """Finish the login whose answer stands in the address, if one does."""
    query = _query()
    states = query.get("state", [])
    if not states or not ("code" in query or "error" in query):
        return
    state = states[0]
    # Two runs of one session may overlap, and the second must not spend the code again.
    with holder.lock:
        if state in holder.states:
            if holder.returned is None:
                holder.returned = _Return(state, *_own_place(opened))
            return
        gate, answer, login = _finish(opened, query)
        if login is not None:
            holder.logins[gate.id] = login
            holder.links.pop(gate.id, None)
            holder.notices.pop(gate.id, None)
        holder.states.add(state)
        path, own = _own_place(opened)
        target = answer.get("query")
        holder.returned = _Return(
            state, answer.get("path") or path, own if target is None else target
        )
    if login is not None:
        watch.watch(session_id, holder, gate.id, login)
        for warning in answer.get("warnings") or []:
            _LOG.warning("%s", warning)
        audit.record("login_succeeded", gate.id, answer)
        return
    audit.record("login_refused", gate.id, answer)
    if str(answer.get("group", "")).lower() != "replay":
        holder.notices[opened.gate_id] = answer


def _finish(
    opened: config.Opened, query: dict[str, list[str]]
) -> tuple[_core.Gate, dict[str, Any], _core.Login | None]:
    """Finish a login with this gate, or with the gate of this app that began it."""
    assert opened.gate is not None
    gate: _core.Gate = opened.gate
    facts = opened.facts
    while True:
        operation = gate.finish(json.dumps({"cookie": _cookie(facts), "params": query}))
        answer = _answer(operation)
        if answer["ok"] or answer.get("reason") != "other_gate":
            return gate, answer, operation.login() if answer["ok"] else None
        other = config.gate_by_id(str(answer["gate"]))
        if other is None or gate is not opened.gate:
            return gate, _lost(), None
        gate = other
        facts = json.loads(gate.facts)


def _lost() -> dict[str, Any]:
    """The answer where the gate that began a login is none of this app any more."""
    return {
        "ok": False,
        "reason": "other_gate",
        "group": "config",
        "sentence": "This sign-in was begun with another configuration. Please start again.",
        "hint": "The block that began it was removed or changed meanwhile.",
        "detail": "",
        "reference": secrets.token_hex(4),
    }


def _tidy_address(returned: _Return) -> None:
    """Take code and state out of the browser's address; it tells when it did."""
    if not _streamlit.serving():
        returned.acknowledge()
        return
    returned.waits += 1
    page.tidy_address(
        returned.path,
        returned.query,
        returned.state,
        f"{returned.nonce}-{returned.waits}",
        returned.acknowledge,
    )


def _is_left(returned: _Return) -> bool:
    """Whether the browser's address is tidy, or has been waited for long enough."""
    if returned.tidy or returned.waits >= _MAX_WAITS:
        return True
    return returned.waits > 0 and returned.state not in _query().get("state", [])


def _leave_return(returned: _Return, holder: _Holder) -> None:
    """Go on where the visitor was: at his page, with his query."""
    holder.returned = None
    stale = returned.state in _query().get("state", [])
    if stale:
        # Streamlit has not taken the new address over. This makes no entry in the history.
        st.query_params.from_dict(_parse(returned.query))
    if _streamlit.in_callback() or not _streamlit.serving():
        return
    name = place.wanted_page()
    if name is not None:
        returned.left_for = name
        _streamlit.rerun_at(name, _streamlit.raw_query())
        navigate.stop()
    if stale or _streamlit.in_fragment_run():
        # What stands above the gate has seen the provider's answer in the query, or does not run.
        st.rerun()


# The link


def _show_link(opened: config.Opened, holder: _Holder, label: str) -> None:
    """The link to the provider, and why the last sign-in failed where one did."""
    assert opened.gate is not None
    problem = place.problem(opened.facts, opened.request["block"])
    if problem is not None:
        page.show_misplaced(problem.text)
        if problem.url:
            page.show_way_there(problem.url)
        return
    here = _here(opened, holder)
    link = holder.links.get(opened.gate_id)
    if link is None or not link.serves(opened.gate, here):
        link = _begin(opened, here)
        holder.links[opened.gate_id] = link
    notice = holder.notices.get(opened.gate_id) if link.answer["ok"] else link.answer
    if notice is not None:
        page.show_notice(notice, for_operator=place.on_loopback())
    if link.answer["ok"]:
        page.show_link(label, link.answer, link.mark, opened.facts, here)
    else:
        path, query = here
        page.show_retry("Try again", f"{path}?{query}" if query else path)


def _begin(opened: config.Opened, here: tuple[str, str]) -> _Link:
    assert opened.gate is not None
    path, query = here
    request = {"cookie": _cookie(opened.facts), "path": path, "query": query}
    answer = _answer(opened.gate.begin(json.dumps(request)))
    if not answer["ok"]:
        audit.record("login_not_begun", opened.gate_id, answer)
    elif opened.gate_id not in _announced:
        _announced.add(opened.gate_id)
        _LOG.info("visitors sign in with redirect_uri = %s", opened.facts["redirect_uri"])
    return _Link(opened.gate, here, answer)


def _answer(operation: _core.Operation) -> dict[str, Any]:
    """Step an operation to its end: this is the script's own thread, where blocking is fine."""
    while operation.step() != _core.DONE:
        pass
    answer: dict[str, Any] = json.loads(operation.result())
    return answer


# Where the visitor is


def _here(opened: config.Opened, holder: _Holder) -> tuple[str, str]:
    """The path and query to return to."""
    if holder.returned is not None:
        return holder.returned.path, holder.returned.query
    return place.path(opened.facts), _streamlit.raw_query()


def _own_place(opened: config.Opened) -> tuple[str, str]:
    """The path, and the query without a provider's answer, with its own percent-encoding."""
    parts = _streamlit.raw_query().split("&")
    own = [part for part in parts if unquote_plus(part.partition("=")[0]) not in _ANSWERS]
    return place.path(opened.facts), "&".join(own)


def _query() -> dict[str, list[str]]:
    return {name: st.query_params.get_all(name) for name in st.query_params}


def _parse(query: str) -> dict[str, list[str]]:
    return parse_qs(query, keep_blank_values=True)


def _cookie(facts: Mapping[str, Any]) -> str:
    """The browser's list of randoms. On loopback it may stand under the plain name, where the
    browser takes no secure cookie there."""
    name = str(facts["cookie"])
    names = [name, name.removeprefix("__Host-")] if facts["loopback"] else [name]
    cookies = st.context.cookies
    values = (cookies.get(each) for each in names)
    return next((value for value in values if value and isinstance(value, str)), "")


# What is wrong, and what happened


def _show_config_errors(opened: config.Opened) -> None:
    if place.in_full():
        page.show_errors(opened.errors)
        return
    page.show_broken(opened.reference)
