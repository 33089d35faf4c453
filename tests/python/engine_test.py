"""The engine behind the binding, with settings as the package hands them over."""

import copy
import json
import pickle
import threading
from urllib.parse import parse_qs, urlsplit

import pytest
from st_oauth import _core, config

SETTINGS = {
    "authorization_endpoint": "https://op.example/authorize",
    "token_endpoint": "https://op.example/token",
    "jwks_uri": "https://op.example/jwks",
    "issuer": "https://op.example",
    "client_id": "app",
    "redirect_uri": "http://localhost:8501/",
    "secret": "b3RoZXIgYnl0ZXMgZm9yIHRoZXNlIHRlc3RzLCAzMisgbG9uZw==",
}
HERE = json.dumps({"cookie": "", "path": "/", "query": ""})


def gate_with(**more: object) -> _core.Gate:
    opened = config.opened({**SETTINGS, **more})
    assert opened.gate is not None, opened.errors
    return opened.gate


def begun(gate: _core.Gate) -> dict[str, list[str]]:
    operation = gate.begin(HERE)
    assert operation.step() == _core.DONE
    return parse_qs(urlsplit(json.loads(operation.result())["url"]).query)


def test_a_table_of_parameters_reaches_the_provider() -> None:
    query = begun(gate_with(authorize_params={"prompt": "login", "max_age": 60}))
    assert query["prompt"] == ["login"]
    assert query["max_age"] == ["60"]


def test_a_table_inside_the_parameters_is_an_error() -> None:
    opened = config.opened({**SETTINGS, "authorize_params": {"claims": {"userinfo": {}}}})
    assert opened.gate is None
    assert [error["code"] for error in opened.errors] == ["bad_param"]


def test_a_list_of_scopes_is_words() -> None:
    assert begun(gate_with(scope=["openid", "email"]))["scope"] == ["openid email"]


def test_the_id_of_a_gate_is_the_same_in_every_process() -> None:
    assert gate_with(leeway=10).id == gate_with(leeway=20).id
    assert gate_with().id != gate_with(client_id="other").id


@pytest.mark.parametrize("text", ["", "[]", "{", '"x"', "\ud83d\ude00" * 10])
def test_a_request_that_cannot_be_read_opens_nothing(text: str) -> None:
    with pytest.raises((ValueError, RuntimeError, UnicodeError)):
        _core.open_gate(text)


def test_a_result_waits_for_the_end() -> None:
    operation = gate_with().begin(HERE)
    with pytest.raises(RuntimeError, match="not done"):
        operation.result()


def test_nul_in_an_address_is_a_refusal() -> None:
    params = {"code": ["a\0b"], "state": ["\0"]}
    operation = gate_with().finish(json.dumps({"cookie": "", "params": params}))
    assert operation.step() == _core.DONE
    assert json.loads(operation.result())["reason"] == "callback_bad"
    assert operation.login() is None


def test_nothing_of_the_engine_can_be_pickled_or_made_by_hand() -> None:
    gate = gate_with()
    for thing in (gate, gate.begin(HERE)):
        with pytest.raises(TypeError):
            pickle.dumps(thing)
        with pytest.raises(TypeError):
            copy.copy(thing)
    for kind in (_core.Gate, _core.Operation, _core.Login):
        with pytest.raises(TypeError):
            kind()


def test_many_threads_may_use_one_gate() -> None:
    gate = gate_with()
    states: list[str] = []
    threads = [
        threading.Thread(target=lambda: states.append(begun(gate)["state"][0])) for _ in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(states)) == 16
