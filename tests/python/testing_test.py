"""st_oauth.testing: a signed-in visitor for AppTest."""

import subprocess
import sys

import pytest
import st_oauth
from st_oauth import _streamlit
from streamlit.testing.v1 import AppTest

SCRIPT = """
import streamlit as st
from st_oauth import st_oauth
st.text(f"below: {st_oauth('myoauth')}")
"""


def test_every_gate_returns_the_identity() -> None:
    with st_oauth.testing.signed_in("ada"):
        at = AppTest.from_string(SCRIPT).run()
    assert [element.value for element in at.text] == ["below: ada"]


def test_it_ends_with_the_block() -> None:
    with st_oauth.testing.signed_in("ada"):
        at = AppTest.from_string(SCRIPT).run()
    at.run()
    assert not at.text


def test_blocks_nest() -> None:
    with st_oauth.testing.signed_in("ada"):
        with st_oauth.testing.signed_in("bob"):
            inner = AppTest.from_string(SCRIPT).run()
        outer = AppTest.from_string(SCRIPT).run()
    assert inner.text[0].value == "below: bob"
    assert outer.text[0].value == "below: ada"


def test_nobody_is_no_identity() -> None:
    with pytest.raises(ValueError, match="identity"), st_oauth.testing.signed_in(None):
        pass


def test_a_process_that_serves_an_app_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_streamlit, "serving", lambda: True)
    with pytest.raises(RuntimeError, match="tests only"), st_oauth.testing.signed_in("ada"):
        pass


def test_plain_python_is_refused() -> None:
    code = "import st_oauth\nwith st_oauth.testing.signed_in('ada'): pass"
    command = [sys.executable, "-c", code]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "tests only" in ended.stderr
