"""The gate without a browser: AppTest, plain Python, threads, imports."""

import asyncio
import importlib
import pickle
import threading
from pathlib import Path
from typing import Any

import pytest
import st_oauth
from st_oauth import _streamlit, gate, place
from streamlit.testing.v1 import AppTest

SECRETS = {
    "authorization_endpoint": "http://127.0.0.1:9/authorize",
    "token_endpoint": "http://127.0.0.1:9/token",
    "jwks_uri": "http://127.0.0.1:9/jwks",
    "redirect_uri": "http://localhost:8501",
    "client_id": "app",
    "client_secret": "a-secret-nobody-may-see",
}

SCRIPT = """
import streamlit as st
from st_oauth import st_oauth
st.text("above")
id = st_oauth('myoauth', 'Log <in> & "go"')
st.text(f"below: {id}")
"""


def app(script: str = SCRIPT, **secrets: Any) -> AppTest:
    at = AppTest.from_string(script)
    for name, block in (secrets or {"myoauth": SECRETS}).items():
        at.secrets[name] = block
    return at


def texts(at: AppTest) -> list[str]:
    assert not at.exception, at.exception
    return [element.value for element in at.text]


def link(at: AppTest) -> str:
    html = [str(element.proto.body) for element in at.get("html")]
    assert len(html) == 1
    return html[0]


def refused(call: Any) -> BaseException:
    """What a call in a thread of its own raises."""
    raised: list[BaseException] = []

    def run() -> None:
        try:
            call()
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is looked at
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return raised[0]


def test_shows_the_link_and_stops() -> None:
    at = app().run()
    assert texts(at) == ["above"]
    assert 'href="http://127.0.0.1:9/authorize?' in link(at)


def test_label_is_escaped() -> None:
    assert ">Log &lt;in&gt; &amp; &quot;go&quot;</a>" in link(app().run())


def test_label_is_login_via_oauth_unless_given() -> None:
    at = app("from st_oauth import st_oauth\nst_oauth('myoauth')\n").run()
    assert ">Login via OAuth</a>" in link(at)


def test_block_is_oauth_unless_given() -> None:
    at = app("from st_oauth import st_oauth\nst_oauth(label='x')\n", oauth=SECRETS).run()
    assert ">x</a>" in link(at)


def test_settings_may_come_as_a_dict() -> None:
    at = app(f"from st_oauth import st_oauth\nst_oauth({SECRETS!r}, 'x')\n").run()
    assert ">x</a>" in link(at)


def test_settings_may_come_as_a_block_of_secrets() -> None:
    script = "import streamlit as st\nimport st_oauth\nst_oauth(st.secrets['myoauth'], 'x')\n"
    assert ">x</a>" in link(app(script).run())


def test_module_can_be_called() -> None:
    at = app("import st_oauth\nst_oauth('myoauth', 'x')\n").run()
    assert ">x</a>" in link(at)


def test_link_stays_the_same_over_reruns() -> None:
    at = app().run()
    before = link(at)
    assert link(at.run()) == before


def test_link_is_renewed_when_it_is_old(monkeypatch: pytest.MonkeyPatch) -> None:
    at = app().run()
    before = link(at)
    monkeypatch.setattr(gate, "_LINK_AGE_S", 0.0)
    assert link(at.run()) != before


def test_link_is_renewed_when_the_query_changed() -> None:
    at = app().run()
    before = link(at)
    at.query_params["a"] = ["1", "2"]
    assert link(at.run()) != before


def test_no_secret_is_in_the_page() -> None:
    assert SECRETS["client_secret"] not in link(app().run())


def test_made_up_answer_signs_nobody_in() -> None:
    at = app()
    at.query_params["code"] = "made-up"
    at.query_params["state"] = "made-up"
    at.run()
    assert texts(at) == ["above"]
    assert "You are not signed in." in at.warning[0].value


def test_session_may_be_serialised_and_is_signed_in_nowhere_then() -> None:
    at = app().run()
    holder = at.session_state[gate._KEY]
    assert pickle.loads(pickle.dumps(holder)).logins == {}


def test_path_to_return_to_is_always_of_this_app(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_streamlit, "raw_url", lambda: "http://localhost:8501//evil.example/x")
    assert place.path({"redirect_uri": "http://localhost:8501/"}) == "/evil.example/x"


# Where nobody can be signed in


def test_plain_python_raises() -> None:
    with pytest.raises(st_oauth.NoSessionError, match="streamlit run"):
        st_oauth.st_oauth(SECRETS)


def test_plain_python_with_a_wrong_configuration_raises_that() -> None:
    with pytest.raises(st_oauth.ConfigError, match="client_idd"):
        st_oauth.st_oauth(SECRETS | {"client_idd": "x"})


def test_thread_raises() -> None:
    assert isinstance(refused(lambda: st_oauth.st_oauth(SECRETS)), st_oauth.NoSessionError)


def test_asyncio_in_a_thread_raises() -> None:
    async def main() -> None:
        st_oauth.st_oauth(SECRETS)

    assert isinstance(refused(lambda: asyncio.run(main())), st_oauth.NoSessionError)


def test_thread_of_a_script_raises() -> None:
    script = """
import threading
import streamlit as st
import st_oauth
found = []
def work():
    try:
        st_oauth.st_oauth('myoauth')
    except st_oauth.NoSessionError:
        found.append("refused")
thread = threading.Thread(target=work)
thread.start()
thread.join()
st.text(str(found))
"""
    with st_oauth.testing.signed_in("ada"):
        assert texts(app(script).run()) == ["['refused']"]


@pytest.mark.parametrize("cache", ["cache_data", "cache_resource"])
def test_cached_function_raises(cache: str) -> None:
    script = f"""
import streamlit as st
import st_oauth
@st.{cache}
def who():
    return st_oauth.st_oauth('myoauth')
try:
    st.text(who())
except st_oauth.NoSessionError as error:
    st.text(str(error)[:50])
"""
    with st_oauth.testing.signed_in("ada"):
        assert texts(app(script).run()) == ["st_oauth() was called in a function under st.cache"]


def test_import_raises(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "at_import.py").write_text(f"import st_oauth\nst_oauth.st_oauth({SECRETS!r})\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(st_oauth.NoSessionError):
        importlib.import_module("at_import")


def test_answer_in_the_query_is_gone_after_the_next_rerun() -> None:
    at = app()
    at.query_params.update({"code": ["x"], "state": ["made-up"], "keep": ["1", "2"]})
    at.run().run()
    assert dict(at.query_params) == {"keep": ["1", "2"]}


def test_logout_in_plain_python_raises() -> None:
    with pytest.raises(st_oauth.NoSessionError):
        st_oauth.logout()


def test_stop_that_does_not_stop_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streamlit.stop", lambda: None)
    at = app().run()
    assert [element.value for element in at.text] == ["above"]
    assert "did not" in at.exception[0].value


def test_asyncio_in_the_script_thread_stops() -> None:
    script = """
import asyncio
import streamlit as st
from st_oauth import st_oauth
async def main():
    return st_oauth('myoauth')
st.text(asyncio.run(main()))
"""
    at = app(script).run()
    assert texts(at) == []
    assert "<a " in link(at)


# Names


def test_function_carries_the_public_names() -> None:
    function = st_oauth.st_oauth
    for name in ("ConfigError", "NoSessionError", "__version__", "testing"):
        assert getattr(function, name) is getattr(st_oauth, name)
    assert callable(function.logout)


def test_something_else_than_a_block_or_mapping_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="block"):
        st_oauth.st_oauth(3)  # type: ignore[arg-type]


def test_parameters_of_the_request_may_be_a_table() -> None:
    at = app(myoauth=SECRETS | {"authorize_params": {"prompt": "login", "hd": "example.org"}}).run()
    assert "&amp;prompt=login&amp;hd=example.org" in link(at)
