"""The only file that touches private names of Streamlit. Tried on 1.52.0 and 1.67.0.

Where a name is gone in a later version the import or the call fails, and with it the gate: it
never opens because something could not be asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import streamlit as st
from streamlit.delta_generator_singletons import context_dg_stack
from streamlit.runtime import Runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner_utils import script_run_context
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData
from streamlit.runtime.scriptrunner_utils.script_run_context import in_cached_function

__all__ = [
    "ask_rerun",
    "front_end_reruns",
    "get_script_run_ctx",
    "in_cached_function",
    "in_callback",
    "in_fragment",
    "in_fragment_run",
    "intend",
    "outside_forms",
    "page_name",
    "page_names",
    "raw_query",
    "raw_url",
    "rerun_at",
    "serving",
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
