"""LG-01, LG-08: no object and no exception of this package shows what is secret."""

import gc
import traceback
from collections.abc import Iterator
from typing import Any

import pytest
import st_oauth
from servers.canaries import register
from st_oauth import _core, config, gate
from streamlit.testing.v1 import AppTest

CLIENT_SECRET = register("canary-client-secret-of-the-python-tests")
APP_SECRET = register("Y2FuYXJ5LWFwcC1zZWNyZXQtb2YtMzItYnl0ZXMtISE")
CODE = register("canary-code-of-the-python-tests")
STATE = register("canary-state-of-the-python-tests")
CANARIES = [CLIENT_SECRET, APP_SECRET, CODE, STATE]

SETTINGS = {
    "authorization_endpoint": "http://127.0.0.1:9/authorize",
    "token_endpoint": "http://127.0.0.1:9/token",
    "jwks_uri": "http://127.0.0.1:9/jwks",
    "redirect_uri": "http://localhost:8501",
    "client_id": "app",
    "client_secret": CLIENT_SECRET,
    "secret": APP_SECRET,
}
SCRIPT = "import st_oauth\nst_oauth.st_oauth('oauth')\n"


def leaks(text: str) -> list[str]:
    return [canary for canary in CANARIES if canary in text]


def objects() -> Iterator[object]:
    """Every object of a class of this package that is alive."""
    for thing in gc.get_objects():
        if str(type(thing).__module__).partition(".")[0] == "st_oauth":
            yield thing
    yield from vars(st_oauth.st_oauth).values() if hasattr(st_oauth.st_oauth, "__dict__") else ()


def app(**more: Any) -> AppTest:
    at = AppTest.from_string(SCRIPT)
    at.secrets["oauth"] = SETTINGS | more
    return at


def test_what_looks_for_secrets_finds_them() -> None:
    assert leaks(f"a {CODE} and {STATE}") == [CODE, STATE]


def test_lg_01_no_object_shows_a_secret() -> None:
    at = app()
    at.query_params.update({"code": [CODE], "state": [STATE]})
    at.run()
    opened = config.opened(SETTINGS)
    assert opened.gate is not None
    begun = opened.gate.begin('{"cookie": "", "path": "/", "query": ""}')
    seen = [*objects(), opened, opened.gate, begun, at.session_state[gate._KEY]]
    kinds = {type(thing).__name__ for thing in seen}
    assert {"Gate", "Operation", "Opened", "_Holder"} <= kinds
    for thing in seen:
        for text in (repr(thing), str(thing), f"{thing}"):
            assert not leaks(text), type(thing)


def test_lg_01_a_link_and_a_return_show_neither_state_nor_code() -> None:
    state = register("canary-state-of-a-return")
    returned = gate._Return(state, "/", "")
    assert state not in repr(returned) + str(returned)


def test_lg_01_nothing_on_the_page_of_a_refusal_is_secret() -> None:
    at = app()
    at.query_params.update({"code": [CODE], "state": [STATE]})
    at.run()
    shown = "\n".join(str(element.proto) for element in at.main if element.type != "html")
    assert "You are not signed in" in shown
    # The piece that tidies the address compares the state that the browser itself has there.
    without = shown.replace(f'"state": "{STATE}"', "").replace(f'\\"state\\": \\"{STATE}\\"', "")
    assert CODE not in without
    assert CLIENT_SECRET not in without
    assert APP_SECRET not in without


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_idd": "x"},
        {"client_secret": CLIENT_SECRET + "\x07"},
        {"client_secret": [CLIENT_SECRET]},
        {"client_secret": {"nested": CLIENT_SECRET}},
        {"secret": APP_SECRET + "!"},
        {"secret": APP_SECRET[:-8]},
        {"secret": [APP_SECRET, "short"]},
        {"issuer": f"https://user:{CLIENT_SECRET}@op.example"},
        {"proxy": f"http://user:{CLIENT_SECRET}@proxy\x00"},
        {"secret_file": f"/nowhere/{CODE}", "secret": APP_SECRET},
    ],
)
def test_lg_08_no_exception_shows_a_secret(wrong: dict[str, Any]) -> None:
    with pytest.raises(st_oauth.ConfigError) as raised:
        st_oauth.st_oauth(SETTINGS | wrong)
    error = raised.value
    text = "".join(traceback.format_exception(error))
    for shown in (str(error), repr(error), repr(error.args), repr(error.findings), text):
        assert CLIENT_SECRET not in shown
        assert APP_SECRET not in shown
        assert APP_SECRET[:-8] not in shown


@pytest.mark.parametrize("request_text", ["{", "7", f'{{"{CODE}": ', f'["{STATE}"]'])
def test_lg_08_no_answer_of_the_engine_repeats_what_cannot_be_read(request_text: str) -> None:
    opened = config.opened(SETTINGS)
    assert opened.gate is not None
    with pytest.raises(ValueError, match="bad_json") as raised:
        _core.open_gate(request_text)
    assert not leaks(str(raised.value) + repr(raised.value))
    for call in (opened.gate.begin, opened.gate.finish):
        operation = call(request_text)
        while operation.step() != _core.DONE:
            pass
        assert '"ok":false' in operation.result()
        assert not leaks(operation.result() + repr(operation))
