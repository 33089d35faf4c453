"""The only file that touches private names and formats of Streamlit. Tried on 1.52.0 and 1.67.0.

Where a name is gone in a later version the import or the call fails, and with it the gate: it
never opens because something could not be asked.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from importlib.util import find_spec
from pathlib import Path
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import streamlit as st
from streamlit import delta_generator
from streamlit.delta_generator_singletons import context_dg_stack
from streamlit.runtime import Runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner_utils import script_run_context
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData
from streamlit.runtime.scriptrunner_utils.script_run_context import in_cached_function

if TYPE_CHECKING:
    import click

__all__ = [
    "Told",
    "ask_rerun",
    "discover_app",
    "front_end_reruns",
    "get_script_run_ctx",
    "import_in_silence",
    "in_cached_function",
    "in_callback",
    "in_fragment",
    "in_fragment_run",
    "in_script_run",
    "intend",
    "is_finished",
    "is_redirect",
    "is_set",
    "native_cookies",
    "native_secret",
    "native_secrets",
    "on_the_page",
    "outside_forms",
    "page_name",
    "page_names",
    "prepare_run",
    "raw_query",
    "raw_url",
    "redirect_frame",
    "rerun_at",
    "run_options",
    "script",
    "server_port",
    "serving",
    "tell_address",
    "this_run",
    "told_pages",
    "uvicorn_settings",
    "wanted_page",
]


def serving() -> bool:
    """Whether a server runs in this process; AppTest puts a mock in its place."""
    return Runtime.exists() and type(Runtime.instance()).__name__ != "MagicMock"


def in_callback() -> bool:
    """Whether this is the callback of a widget: those run before the script starts."""
    ctx = get_script_run_ctx(suppress_warning=True)
    return ctx is not None and not ctx._has_script_started


def in_fragment_run() -> bool:
    """Whether only fragments are run this time, not the whole script."""
    ctx = get_script_run_ctx(suppress_warning=True)
    return ctx is not None and bool(ctx.fragment_ids_this_run)


@contextmanager
def outside_forms() -> Iterator[None]:
    """Write to the main part of the page where the script is inside a form: triggers of
    components do nothing in one."""
    stack = context_dg_stack.get()
    if not any(getattr(getattr(dg, "_form_data", None), "form_id", "") for dg in stack):
        yield
        return
    token = context_dg_stack.set(stack[:1])
    try:
        yield
    finally:
        context_dg_stack.reset(token)


@contextmanager
def on_the_page() -> Iterator[None]:
    """Write to the page itself, wherever the script is: a collapsed sidebar or a hidden tab may not
    show what is in it. A fragment writes where it is, because it may not write elsewhere; its
    callbacks write to the page, of which the front end is told without the warning for it."""
    if in_fragment() and not in_callback():
        yield
        return
    token = context_dg_stack.set(context_dg_stack.get()[:1])
    quiet = getattr(script_run_context, "suppress_fragment_callback_warning", nullcontext)
    try:
        with quiet():
            yield
    finally:
        context_dg_stack.reset(token)


def this_run() -> object:
    """What stands for the run of the script that asks: an object that every run has of its own,
    and that its fragments share. None where there is no run, or a later Streamlit has none."""
    return getattr(get_script_run_ctx(suppress_warning=True), "cursors", None)


def in_script_run() -> bool:
    """Whether a script runs in this thread."""
    return get_script_run_ctx(suppress_warning=True) is not None


def server_port() -> int:
    """The port that is configured."""
    return int(st.get_option("server.port") or 0)


def script() -> str:
    """The path of the script that runs; empty where none does."""
    ctx = get_script_run_ctx(suppress_warning=True)
    return "" if ctx is None else str(ctx.main_script_path)


def in_fragment() -> bool:
    """Whether the function of a fragment runs at the moment: it may not write elsewhere."""
    ctx: Any = get_script_run_ctx(suppress_warning=True)
    if ctx is None:
        return False
    # Up to 1.5x it stood in the context, since then in the state of the script's thread.
    state = ctx if hasattr(ctx, "current_fragment_id") else script_run_context.ThreadState.get()
    name = "current_fragment_id" if state is ctx else "fragment_id"
    return getattr(state, name) is not None


def raw_query() -> str:
    """The query as the browser has it, with its own percent-encoding."""
    ctx = get_script_run_ctx(suppress_warning=True)
    return "" if ctx is None else str(ctx.query_string or "").removeprefix("?")


def raw_url() -> str:
    """The address of the browser when it asked for this run, without query; empty if unknown."""
    ctx = get_script_run_ctx(suppress_warning=True)
    url = getattr(ctx.context_info, "url", None) if ctx is not None else None
    return url if isinstance(url, str) else ""


def page_names() -> set[str] | None:
    """The URL paths of the app's pages; the start page's is empty. None while the script has not
    told them: then `st.navigation` is still to come, or there is one page only."""
    ctx = get_script_run_ctx(suppress_warning=True)
    if ctx is None:
        return None
    names = {page.get("url_pathname") for page in _pages(ctx).values()}
    return None if None in names else {str(name) for name in names}


def page_name() -> str:
    """The URL path of the page that runs, or that `st.navigation` will choose."""
    ctx = get_script_run_ctx(suppress_warning=True)
    if ctx is None:
        return ""
    manager: Any = ctx.pages_manager
    pages = _pages(ctx)
    for key in (manager.intended_page_script_hash, manager.current_page_script_hash):
        if key in pages and "url_pathname" in pages[key]:
            return str(pages[key]["url_pathname"])
    return str(manager.intended_page_name or "")


def _pages(ctx: Any) -> dict[Any, Any]:
    return dict(ctx.pages_manager.get_pages())


def front_end_reruns(name: str) -> bool:
    """Whether `popstate` makes the front end run the script. Before `RerunData` knew of it, the
    front end did so only for a page that it had been told of."""
    names = page_names()
    return hasattr(RerunData, "is_history_navigation") or (names is not None and name in names)


def intend(name: str) -> None:
    """Have `st.navigation` choose this page in the run whose callbacks run now."""
    ctx = get_script_run_ctx(suppress_warning=True)
    if ctx is not None:
        ctx.pages_manager.set_script_intent("", name)


def rerun_at(name: str, query: str) -> None:
    """Run the script again at the page with this URL path and with this query, of which the
    browser's address holds the same already."""
    ctx = get_script_run_ctx(suppress_warning=True)
    if ctx is None or ctx.script_requests is None:
        return
    ctx.script_requests.request_rerun(
        RerunData(
            query_string=query,
            page_name=name,
            cached_message_hashes=ctx.cached_message_hashes,
            context_info=ctx.context_info,
        )
    )
    st.empty()  # where the script yields to the request


def ask_rerun(session_id: str) -> bool:
    """Have a session run its whole script again as it ran last. Any thread.

    False where no browser is connected to the session at the moment.
    """
    if not Runtime.exists():
        return False
    manager: Any = Runtime.instance()._session_mgr
    info = manager.get_active_session_info(session_id)
    if info is None:
        return False
    session = info.session
    session._event_loop.call_soon_threadsafe(lambda: session.request_rerun(session._client_state))
    return True


# The native API: st.user and st.login()

_USER_COOKIE: Final = "_streamlit_user"
_TOKENS_COOKIE: Final = "_streamlit_user_tokens"


def native_cookies(
    secret: str,
    origin: str,
    claims: Mapping[str, Any],
    provider: str,
    tokens: Mapping[str, str],
    exposed: Iterable[str],
) -> list[tuple[str, str]]:
    """The cookies, as name and value, that fill `st.user` with these claims where they stand in the
    scope of a WebSocket. No browser ever sees them, so none is too large.

    `secret`: what `native_secret()` says. `origin`: the header of that name; cookies for another
    one count as none. `tokens`: by the names `id` and `access`; only those in `exposed` go in.

    Streamlit resumes a session only where all of `st.user` is as it was, so what changes within a
    session must stay out of `claims`; and it takes the tokens only where its own configuration
    exposes them.
    """
    from itsdangerous import URLSafeTimedSerializer

    who = {**claims, "provider": provider, "is_logged_in": True, "origin": origin}
    shown = {f"{name}_token": tokens[name] for name in exposed if tokens.get(name)}
    return [
        (name, str(URLSafeTimedSerializer(secret, salt=name).dumps(json.dumps(value))))
        for name, value in ((_USER_COOKIE, who), (_TOKENS_COOKIE, shown))
    ]


def native_secret() -> str:
    """What Streamlit checks its cookies with at the moment."""
    from streamlit.web.server.server_util import get_cookie_secret

    return str(get_cookie_secret())


_own_cookie_secret: Final = token_urlsafe(32)
"""Signs the native cookies where nothing is configured: they never leave this process."""


def native_secrets(
    section: Mapping[str, Any],
    redirect_uri: str,
    providers: Iterable[str],
    exposed: Iterable[str] = (),
) -> dict[str, Any]:
    """What `st.App(secrets=)` needs so that the native API works, an empty dict where nothing is
    missing.

    `section`: `[auth]` as it stands in the secrets files, empty where the configuration comes from
    elsewhere: `st.user.is_logged_in` and `st.user.tokens` need one in any case. `redirect_uri`,
    `providers` (names), `exposed` (tokens): the realm's.

    Where Authlib is installed, on which `st.login()` insists, the section comes back whole, with
    the keys that native sign-in asks for. Nothing uses the values of those, because the middleware
    answers `/auth/login` before Streamlit does; but they stand in `st.secrets["auth"]` then, for as
    long as the process runs, so the realm's own configuration has to be read from the files.
    """
    stands = _as_secret(section)
    filled: dict[str, Any] = _as_secret(section)
    if not stands:
        filled["expose_tokens"] = list(exposed)
    elif find_spec("authlib") is None:
        return {}
    filled.setdefault("redirect_uri", redirect_uri)
    filled.setdefault("cookie_secret", _own_cookie_secret)
    for name in providers:
        if isinstance(filled.get(name), dict):
            _fill(filled[name])
    # st.login() without a name: the unnamed provider, or the middleware lets the visitor choose.
    if isinstance(filled.get("default"), dict) or not filled.get("client_id"):
        _fill(filled.setdefault("default", {}))
    else:
        _fill(filled)
    return {} if filled == stands else {"auth": filled}


_STAND_INS: Final = {
    "client_id": "st_oauth",
    "client_secret": "st_oauth",
    "server_metadata_url": "https://st-oauth.invalid/.well-known/openid-configuration",
}
"""What native sign-in insists on and st_oauth does not need for the provider at hand."""


def _fill(provider: dict[str, Any]) -> None:
    for key, value in _STAND_INS.items():
        if not provider.get(key):
            provider[key] = value


def _as_secret(value: Any) -> Any:
    """A value of its own as `st.App` takes it: TOML knows kinds that it refuses, and None is what
    they come out as."""
    if isinstance(value, Mapping):
        items = {str(key): _as_secret(item) for key, item in value.items()}
        return {key: item for key, item in items.items() if item is not None}
    if isinstance(value, (list, tuple)):
        return [item for item in map(_as_secret, value) if item is not None]
    return value if type(value) in (str, int, float, bool) else None


# What goes over the WebSocket: protocol buffers, of which the wire format is read and written here
# (https://protobuf.dev/programming-guides/encoding/), since a message may be large and of no interest.

_NEW_SESSION: Final = 4
_SCRIPT_FINISHED: Final = 6
_NAVIGATION: Final = 23
_AUTH_REDIRECT: Final = 24
_SMALL: Final = 8192


def redirect_frame(url: str) -> bytes:
    """The message by which `st.login()` has the front end leave the page."""
    to = url.encode()
    inner = b"\x0a" + _varint(len(to)) + to
    return _varint(_AUTH_REDIRECT << 3 | 2) + _varint(len(inner)) + inner


def is_redirect(data: bytes) -> bool:
    """Whether this is the message of `st.login()`, `st.logout()` or `redirect_frame()`."""
    # Asked of every message: to look for one byte takes a tenth of the time of two.
    if len(data) >= _SMALL or 0xC2 not in data or b"\xc2\x01" not in data:
        return False
    return _has_field(data, (_AUTH_REDIRECT,))


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, at
        shift += 7
        if shift > 63:
            raise ValueError("a number that does not end")


def _has_field(data: bytes, wanted: tuple[int, ...]) -> bool:
    """Whether a message has one of these fields, without reading what is in the others."""
    at = 0
    try:
        while at < len(data):
            tag, at = _read_varint(data, at)
            if tag >> 3 in wanted:
                return True
            kind = tag & 7
            if kind == 2:
                size, at = _read_varint(data, at)
                at += size
            elif kind == 0:
                _, at = _read_varint(data, at)
            else:
                at += {1: 8, 5: 4}[kind]
    except (IndexError, KeyError, ValueError):
        return True  # whoever parses it shall say what is wrong
    return False


def wanted_page(data: bytes) -> tuple[str, str, str] | None:
    """The hash, the name and the query of the page that a message of the browser wants to run;
    None where it wants none. What cannot be read wants a page that nobody knows."""
    from streamlit.proto.BackMsg_pb2 import BackMsg

    try:
        message = BackMsg.FromString(data)
    except Exception:  # noqa: BLE001 - the kinds of errors differ by the version of protobuf
        return ("unreadable", "", "")
    if message.WhichOneof("type") != "rerun_script":
        return None
    wanted = message.rerun_script
    return wanted.page_script_hash, wanted.page_name, wanted.query_string


class Told(NamedTuple):
    """What a message to the browser says of pages."""

    pages: dict[str, str] | None
    """The paths of all pages by their hashes; None where a run only begins."""
    runs: str
    """The hash of the page that runs."""
    main: str
    """The hash of the script itself; empty where the message does not say."""


def told_pages(data: bytes) -> Told | None:
    """What a message to the browser says of pages; None where it says nothing of them."""
    if not _has_field(data, (_NEW_SESSION, _NAVIGATION)):
        return None
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

    message = ForwardMsg.FromString(data)
    if message.WhichOneof("type") == "new_session":
        began = message.new_session
        return Told(None, began.page_script_hash, began.main_script_hash)
    if message.WhichOneof("type") != "navigation":
        return None
    pages = {
        page.page_script_hash: "" if page.is_default else page.url_pathname
        for page in message.navigation.app_pages
    }
    return Told(pages, message.navigation.page_script_hash, "")


def is_finished(data: bytes) -> bool:
    """Whether this is the message that a run has ended."""
    return len(data) < _SMALL and _has_field(data, (_SCRIPT_FINISHED,))


# What `streamlit run` does for an st.App


def run_options() -> list[click.Parameter]:
    """The arguments and options of `streamlit run`."""
    from streamlit.web import cli

    return list(cli.main_run.params)


def discover_app(script: Path) -> str | None:
    """The "module:name" of the app in a script, as `streamlit run` finds it; None if it finds none."""
    from streamlit.web.server.app_discovery import discover_asgi_app

    return discover_asgi_app(script).import_string


def prepare_run(
    script: Path, args: Sequence[str], options: dict[str, Any], defaults: dict[str, Any]
) -> None:
    """Read the configuration with these options, and make this process the one of a script.

    `defaults`: options for what neither options, nor environment, nor config.toml say.
    """
    from streamlit import config
    from streamlit.web import bootstrap

    config._main_script_path = str(script)
    bootstrap.load_config_options(options)
    for name, value in defaults.items():
        if not config.is_manually_set(name.replace("_", ".")):
            config.set_option(name.replace("_", "."), value, "st-oauth run")
            options = options | {name: value}  # for when config.toml changes
    bootstrap._prepare_asgi_app_run_context(str(script), list(args), options)


_importing_thread = 0


def import_in_silence() -> None:
    """In the one-file form the page is met once without a visitor, while this thread imports the
    script. Streamlit need not warn of each call in it, nor advise to use `streamlit run`."""
    global _importing_thread
    delta_generator._use_warning_has_been_displayed = True
    if not _importing_thread:
        logging.getLogger(script_run_context.__name__).addFilter(
            lambda record: record.thread != _importing_thread
        )
    _importing_thread = threading.get_ident()


def is_set(option: str) -> bool:
    """Whether somebody gave this option a value."""
    from streamlit import config

    return bool(config.is_manually_set(option))


def uvicorn_settings() -> dict[str, Any]:
    """What Streamlit's configuration means for Uvicorn: TLS and WebSockets."""
    from streamlit.web.server.starlette import starlette_server

    return starlette_server._get_uvicorn_config_kwargs()


def tell_address(port: int) -> None:
    """Put the port that was taken into the configuration, and tell where the app is."""
    from streamlit import config
    from streamlit.config_option import ConfigOption
    from streamlit.web import bootstrap

    if port != config.get_option("server.port"):
        config.set_option("server.port", port, ConfigOption.STREAMLIT_DEFINITION)
    bootstrap._print_url(is_running_hello=False)
