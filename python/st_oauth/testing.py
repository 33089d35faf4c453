"""Signed-in visitors for tests with Streamlit's AppTest.

with st_oauth.testing.signed_in("alice"):
    at = AppTest.from_file("app.py").run()
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from . import _streamlit, gate

__all__ = ["signed_in"]


@contextmanager
def signed_in(identity: Any) -> Iterator[None]:
    """Every `st_oauth()` returns `identity` meanwhile, without any configuration or provider.

    For tests only: refused outside of pytest and AppTest, and in a process that serves an app.
    AppTest runs the script in a thread of its own, so this counts for the whole process.
    """
    testing = "pytest" in sys.modules or "streamlit.testing.v1.app_test" in sys.modules
    if not testing or _streamlit.serving():
        raise RuntimeError("st_oauth.testing.signed_in() works in tests only (pytest or AppTest)")
    if identity is None:
        raise ValueError("signed_in() needs an identity; leave it out for a visitor without one")
    before = gate.test_identity
    gate.test_identity = identity
    try:
        yield
    finally:
        gate.test_identity = before
