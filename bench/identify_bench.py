"""From a cookie to an identity and one of its attributes, in Python: what every look at `user` rests on. Beside it what
Streamlit's own sign-in does with its cookie."""

import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from lib import sign_in
from lib.rows import row
from servers.dev import DevProvider

ROUNDS = 31
CALLS = 2000
NATIVE_BYTES = 600
SECRET = "b3RoZXIgYnl0ZXMgZm9yIGEgYmVuY2htYXJr"


def look(realm: Any, cookie: str) -> Callable[[], object]:
    return lambda: realm.identify(cookie).subject


def look_and_decode(realm: Any, cookie: str) -> Callable[[], object]:
    return lambda: json.loads(realm.identify(cookie).claims)["sub"]


def native_look() -> tuple[Callable[[], object], int]:
    """What Streamlit does with the cookie of its own sign-in, and the length of one with 600 bytes or a bit more."""
    from streamlit.web.server.starlette.starlette_app_utils import (
        create_signed_value,
        decode_signed_value,
    )

    name, cookie, filled = "_streamlit_user", b"", 0
    while len(cookie) < NATIVE_BYTES:
        claims = {
            "iss": "https://op.example/realms/main", "sub": "248289761001", "is_logged_in": True,
            "origin": "http://localhost:8501", "email": "jane.doe@example.com", "name": "Jane Doe",
            "groups": [f"department-{number * 7919 % 10007}" for number in range(filled)],
        }  # fmt: skip
        cookie = create_signed_value(SECRET, name, json.dumps(claims))
        filled += 1

    def run() -> object:
        return json.loads(decode_signed_value(SECRET, name, cookie) or b"")["sub"]

    return run, len(cookie)


async def signed_in(issuer: str, store: str) -> tuple[Any, str]:
    """A realm and the value of a session's cookie."""
    app = sign_in.protected(issuer, store=store, scope="openid")
    jar, _ = await sign_in.sign_in(app)
    return app._site.realm, next(iter(jar.of("st_oauth_session").values()))


def measure(calls: dict[str, Callable[[], object]]) -> dict[str, float]:
    """The median microseconds of each; the rounds take turns."""
    rounds: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(ROUNDS):
        for name, call in calls.items():
            begun = time.process_time_ns()
            for _ in range(CALLS):
                call()
            rounds[name].append((time.process_time_ns() - begun) / CALLS / 1000)
    return {name: statistics.median(values) for name, values in rounds.items()}


def main() -> None:
    with tempfile.TemporaryDirectory() as home, DevProvider() as provider:
        os.environ["XDG_STATE_HOME"] = home
        sealed, sealed_cookie = asyncio.run(signed_in(provider.issuer, "cookie"))
        stored, stored_cookie = asyncio.run(signed_in(provider.issuer, "lmdb"))
        native, native_len = native_look()
        found = measure(
            {
                "sealed": look(sealed, sealed_cookie),
                "decoded": look_and_decode(sealed, sealed_cookie),
                "stored": look(stored, stored_cookie),
                "native": native,
            }
        )
    size = f"a cookie of {len(sealed_cookie)} bytes"
    print(
        json.dumps(
            [
                row("identify in Python, sealed cookie", found["sealed"], "us",
                    f"Realm.identify and one attribute, {size}", 1),
                row("identify in Python, sealed cookie, claims decoded", found["decoded"], "us",
                    "the same with json.loads of the claims"),
                row("identify in Python, LMDB", found["stored"], "us",
                    "Realm.identify and one attribute, few sessions"),
                row("identify in Python, Streamlit's own", found["native"], "us",
                    f"itsdangerous and json of a cookie of {native_len} bytes"),
            ]
        )
    )  # fmt: skip


if __name__ == "__main__":
    main()
