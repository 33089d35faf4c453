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


TWO = """
import streamlit as st
from st_oauth import st_oauth
st.text(f"one: {st_oauth('one')}")
st.text(f"two: {st_oauth('two')}")
"""
SETTINGS = {
    "issuer": "http://127.0.0.1:9",
    "client_id": "app",
    "redirect_uri": "http://localhost:8501",
    "identity_field_in_token": "user.emails.0",
}


def app(script: str) -> AppTest:
    at = AppTest.from_string(script)
    for block in ("oauth", "myoauth", "one", "two"):
        at.secrets[block] = SETTINGS
    return at


def test_one_gate_may_be_named() -> None:
    with st_oauth.testing.signed_in("ada", config="one"):
        at = app(TWO).run()
    assert [element.value for element in at.text] == ["one: ada"]
    with (
        st_oauth.testing.signed_in("ada", config="one"),
        st_oauth.testing.signed_in("bob", config="two"),
    ):
        at = app(TWO).run()
    assert [element.value for element in at.text] == ["one: ada", "two: bob"]


def test_block_without_a_name_is_oauth() -> None:
    with st_oauth.testing.signed_in("ada", config="oauth"):
        at = app("import streamlit as st, st_oauth\nst.text(st_oauth.st_oauth())\n").run()
    assert at.text[0].value == "ada"


def test_gate_of_a_dict_may_be_named() -> None:
    script = f"import streamlit as st, st_oauth\nst.text(st_oauth.st_oauth({SETTINGS!r}))\n"
    with st_oauth.testing.signed_in("ada", config=dict(SETTINGS)):
        assert app(script).run().text[0].value == "ada"
    with st_oauth.testing.signed_in("ada", config=SETTINGS | {"client_id": "other"}):
        assert not app(script).run().text


@pytest.mark.parametrize(
    ("claims", "identity"),
    [
        ({"user": {"emails": ["ada@example.com"]}}, "ada@example.com"),
        ({"user.emails.0": "exact@example.com"}, "exact@example.com"),
        ({"user": {"emails": []}}, "OK"),
        ({"user": "ada"}, "OK"),
    ],
)
def test_identity_is_found_in_claims(claims: dict[str, object], identity: str) -> None:
    with st_oauth.testing.signed_in(claims=claims):
        at = app(SCRIPT).run()
    assert [element.value for element in at.text] == [f"below: {identity}"]


def test_claims_need_a_configuration() -> None:
    with st_oauth.testing.signed_in(claims={"sub": "ada"}):
        at = AppTest.from_string(SCRIPT).run()
    assert "correct configuration" in at.exception[0].value


def test_public_page_of_a_visitor_and_of_nobody() -> None:
    script = SCRIPT.replace("'myoauth'", "'myoauth', required=False")
    assert [element.value for element in app(script).run().text] == ["below: None"]
    assert not app(script).run().get("html")
    with st_oauth.testing.signed_in("ada"):
        assert app(script).run().text[0].value == "below: ada"


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


# For user

USES = """
import streamlit as st
from st_oauth import user
if user.logged_in():
    st.text(f"{user.id} {user.name} {user.email} {user.roles} {user.provider}")
    st.button("Leave", on_click=user.logout)
else:
    st.text("nobody")
    st.button("Enter", on_click=user.login)
"""


def shown(script: str = USES) -> str:
    at = AppTest.from_string(script).run()
    assert not at.exception, at.exception
    return str(at.text[0].value)


def test_user_is_who_the_test_says() -> None:
    with st_oauth.testing.user(name="Ada", email="ada@example.com", roles=["admin"]):
        assert shown() == "test:test Ada ada@example.com ('admin',) test"
    assert shown() == "nobody"


def test_user_takes_claims_as_a_mapping() -> None:
    claims = {"sub": "108", "email": "ada@example.com", "email_verified": False}
    with st_oauth.testing.user(claims, provider="google", name="Ada"):
        assert shown() == "google:108 Ada None None google"


def test_user_may_be_a_stranger_within_a_block() -> None:
    with st_oauth.testing.user(name="Ada"), st_oauth.testing.user(None):
        assert shown() == "nobody"
    with pytest.raises(ValueError, match="no claims then"), st_oauth.testing.user(None, name="Ada"):
        pass


def test_user_may_have_tokens() -> None:
    script = "import streamlit as st\nfrom st_oauth import user\nst.text(user.tokens.to_dict())"
    with st_oauth.testing.user(tokens={"access": "secret"}):
        assert shown(script) == "{'access': 'secret'}"
    with pytest.raises(ValueError, match="id and access"), st_oauth.testing.user(tokens={"x": "y"}):
        pass


def test_login_and_logout_of_a_test_lead_where_those_of_an_app_do() -> None:
    at = AppTest.from_string(USES).run()
    at.button[0].click().run()
    assert '"url": "/auth/login?"' in str(at.get("html")[0].proto.body)
    with st_oauth.testing.user(name="Ada"):
        at = AppTest.from_string(USES).run()
        at.button[0].click().run()
        assert "/auth/logout?t=" in str(at.get("html")[0].proto.body)
        assert at.run().text[0].value == "nobody"


def test_user_in_a_process_that_serves_an_app_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_streamlit, "serving", lambda: True)
    with pytest.raises(RuntimeError, match="tests only"), st_oauth.testing.user(name="Ada"):
        pass
