"""What a signed-in rerun pays for `st_oauth()`: CPU time of one call in a script with a session.

Everything is real but the login, for which a stand-in answers at once: the engine's own look at a
login is measured with the engine.
"""

import json
import logging
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

from streamlit.testing.v1 import AppTest

ROUNDS = 15
CALLS = 2000
GATE = {
    "authorization_endpoint": "http://127.0.0.1:9/authorize",
    "token_endpoint": "http://127.0.0.1:9/token",
    "jwks_uri": "http://127.0.0.1:9/jwks",
    "redirect_uri": "http://localhost:8501",
    "client_id": "app",
    "client_secret": "a secret of some length",
    "scope": "openid profile",
    "audience": "app",
    "identity_field_in_token": "sub",
}


class Held:
    """A login that holds."""

    expires_at = float("inf")

    def identity(self, gate: object) -> str:
        return "ada"


def cost(call: Callable[[], Any]) -> float:
    """Microseconds of one call."""
    started = time.process_time()
    for _ in range(CALLS):
        call()
    return (time.process_time() - started) / CALLS * 1e6


def script(
    gate: "Any", held: "Any", cost: "Any", rounds: int, results: dict[str, list[float]]
) -> None:
    """Runs in the script thread of AppTest, which has a real session state; it knows no name of
    this file there."""
    import st_oauth
    import streamlit as st
    from st_oauth import config
    from st_oauth import gate as module

    holder = module._Holder()
    st.session_state[module._KEY] = holder
    for settings in ("bench", gate):
        holder.logins[config.opened(settings).gate_id] = held
    calls = {
        "st_oauth() of a block": lambda: st_oauth.st_oauth("bench"),
        "st_oauth() of a dict": lambda: st_oauth.st_oauth(gate),
        "one read of st.session_state, for comparison": lambda: st.session_state[module._KEY],
    }
    for _ in range(rounds):
        for name, call in calls.items():
            results.setdefault(name, []).append(cost(call))


def measured() -> dict[str, list[float]]:
    """The rounds of every call."""
    results: dict[str, list[float]] = {}
    test = AppTest.from_function(script, args=(GATE, Held(), cost, ROUNDS, results))
    test.secrets["bench"] = GATE
    test.run(timeout=120)
    for wrong in (*test.exception, *test.error):
        raise RuntimeError(wrong.value)
    return results


def main() -> None:
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as state:
        os.environ["XDG_STATE_HOME"] = state
        results = measured()
    rows = [
        {
            "name": f"rerun, {name}",
            "value": statistics.median(rounds),
            "unit": "us",
            "goal": 5 if name.startswith("st_oauth") else None,
            "better": "lower",
            "scale": True,
            "note": f"median of {ROUNDS} rounds of {CALLS} calls",
        }
        for name, rounds in results.items()
    ]
    json.dump(rows, sys.stdout)


if __name__ == "__main__":
    main()
