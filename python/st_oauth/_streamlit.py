"""The only file that touches private names of Streamlit. Tried on 1.52.0 and 1.67.0.

Where a name is gone in a later version the import or the call fails, and with it the gate: it
never opens because something could not be asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from streamlit.delta_generator_singletons import context_dg_stack
from streamlit.runtime import Runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_run_context import in_cached_function

__all__ = [
    "ask_rerun",
    "get_script_run_ctx",
    "in_cached_function",
    "in_callback",
    "in_fragment_run",
    "outside_forms",
    "page_script",
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
    if not any(getattr(dg, "_form_data", None) for dg in stack):
        yield
        return
    token = context_dg_stack.set(stack[:1])
    try:
        yield
    finally:
        context_dg_stack.reset(token)


def page_script(path: str) -> str | None:
    """The script of the page at this URL path, None where it is the current page or unknown."""
    ctx = get_script_run_ctx(suppress_warning=True)
    if ctx is None:
        return None
    name = path.rstrip("/").rpartition("/")[2]
    pages: dict[Any, Any] = dict(ctx.pages_manager.get_pages())
    current = pages.get(ctx.pages_manager.current_page_script_hash) or {}
    if not name or current.get("url_pathname") == name:
        return None
    for page in pages.values():
        if page.get("url_pathname") == name:
            return str(page.get("script_path") or "") or None
    return None


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
