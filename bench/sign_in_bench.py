"""A whole sign-in: CPU inside st_oauth's own calls from the click to the identity, against `st-oauth dev` in another
process, with warm keys and a warm connection; and the first one of a process, with everything cold."""

import json
import os
import resource
import statistics
import sys
import tempfile
import time
import urllib.parse
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from lib import visitor
from lib.rows import row
from servers.dev import DevProvider
from st_oauth import _core

WARM = 60


def request(issuer: str) -> str:
    """What the gate is opened with."""
    settings = {
        "issuer": issuer,
        "client_id": "dev",
        "client_secret": "dev-secret",
        "redirect_uri": "http://localhost:8501/",
        "secret": "b3RoZXIgYnl0ZXMgZm9yIGEgYmVuY2htYXJrLCAzMisgbG9uZw==",
    }
    return json.dumps(
        {
            "block": "bench",
            "source": {"kind": "dict", "state": "ok"},
            "settings": [{"path": [key], "value": value} for key, value in settings.items()],
            "facts": {"port": 8501, "base_path": ""},
        }
    )


def cpu() -> float:
    """Microseconds of CPU this process has used, in user and kernel."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return (used.ru_utime + used.ru_stime) * 1e6


def run(operation: _core.Operation) -> dict[str, Any]:
    while operation.step() != _core.DONE:
        pass
    result: dict[str, Any] = json.loads(operation.result())
    return result


def sign_in(gate: _core.Gate) -> tuple[float, float]:
    """CPU and wall time, in microseconds, of our own calls."""
    clock, before = time.perf_counter(), cpu()
    begun = run(gate.begin(json.dumps({"cookie": "", "path": "/", "query": ""})))
    spent, wall = cpu() - before, time.perf_counter() - clock
    back = visitor.choose_persona(begun["url"])
    params = urllib.parse.parse_qs(urllib.parse.urlsplit(back).query)
    clock, before = time.perf_counter(), cpu()
    operation = gate.finish(json.dumps({"cookie": begun["cookie"]["add"], "params": params}))
    result = run(operation)
    login = operation.login()
    if login is None or login.identity(gate) is None:
        raise SystemExit(f"the sign-in failed: {result}")
    spent += cpu() - before
    return spent, (wall + time.perf_counter() - clock) * 1e6


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        os.environ["XDG_STATE_HOME"] = home
        with DevProvider() as provider:
            gate, findings = _core.open_gate(request(provider.issuer))
            if gate is None:
                raise SystemExit(findings)
            cold, _ = sign_in(gate)
            warm = [sign_in(gate) for _ in range(WARM)]
    print(
        json.dumps(
            [
                row("whole sign-in, warm: CPU", statistics.median(one[0] for one in warm), "us",
                    "the gate's, click to identity, durable mark in LMDB included; "
                    "elsewhere: oauth2-proxy and mod_auth_openidc 1.5 to 1.8 ms", 1500),
                row("whole sign-in, warm: time", statistics.median(one[1] for one in warm), "us",
                    "the same, the provider's own work and the disk included"),
                row("whole sign-in, first of a process: CPU", cold, "us",
                    "loads libcurl, trust store, keys"),
            ]
        )
    )  # fmt: skip


if __name__ == "__main__":
    main()
