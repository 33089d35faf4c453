"""Signed-in visitors for tests with Streamlit's AppTest.

with st_oauth.testing.signed_in("alice"):
    at = AppTest.from_file("app.py").run()
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from . import _streamlit, gate
from .config import opened

__all__ = ["signed_in"]

_Config = str | Mapping[str, Any] | None


@contextmanager
def signed_in(
    identity: Any = None, *, config: _Config = None, claims: Mapping[str, Any] | None = None
) -> Iterator[None]:
    """Every `st_oauth()` returns `identity` meanwhile, without any configuration or provider.

    `config`: the gate this is meant for, as `st_oauth()` is given it; the others go on asking.
    `claims`: what the token says. Without an identity it is taken out of them as the gate's
    configuration says, which has to be there then (`identity_field_in_token`).

    For tests only: refused outside of pytest and AppTest, and in a process that serves an app.
    AppTest runs the script in a thread of its own, so this counts for the whole process.
    """
    testing = "pytest" in sys.modules or "streamlit.testing.v1.app_test" in sys.modules
    if not testing or _streamlit.serving():
        raise RuntimeError("st_oauth.testing.signed_in() works in tests only (pytest or AppTest)")
    if identity is None and claims is None:
        raise ValueError(
            "signed_in() needs an identity or claims; leave it out for a visitor without one"
        )
    before = gate.test_identity

    def identity_of(settings: _Config) -> Any:
        if config is not None and not _same(config, settings):
            return before(settings) if before is not None else None
        return identity if identity is not None else _identity_in(claims or {}, settings)

    gate.test_identity = identity_of
    try:
        yield
    finally:
        gate.test_identity = before


def _same(config: _Config, settings: _Config) -> bool:
    """Whether both mean one gate."""
    if isinstance(config, Mapping) and isinstance(settings, Mapping):
        return dict(config) == dict(settings)
    return config == ("oauth" if settings is None else settings)


def _identity_in(claims: Mapping[str, Any], settings: _Config) -> Any:
    """The identity as the engine finds it: the claim of that name, or the path with dots."""
    facts = opened(settings).facts
    if not facts:
        raise ValueError("signed_in(claims=...) needs a gate with a correct configuration")
    field = str(facts["identity_field"])
    if field in claims:
        value = claims[field]
    else:
        value = claims
        for name in field.split("."):
            value = _step(value, name)
    return "OK" if value is None or value == "" else value


def _step(value: Any, name: str) -> Any:
    if isinstance(value, Mapping):
        return value.get(name)
    if isinstance(value, list) and name.isdecimal() and int(name) < len(value):
        return value[int(name)]
    return None
