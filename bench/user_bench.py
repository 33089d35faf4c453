"""What a script pays for asking who uses it: time of one question inside a rerun of a real app, served by Streamlit,
asked over a real WebSocket by somebody who is signed in."""

import json
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from lib import sign_in, visitor
from lib.rows import row
from servers.dev import DevProvider
from servers.process import free_port
from servers.streamlit_app import StreamlitApp

ROUNDS = 12
CALLS = 10_000
SCRIPT = """
import json, os, time
import streamlit as st, st_oauth
from st_oauth import user

app = st.App(__file__, **st_oauth.app())

def best(ask):
    found = []
    for _ in range({rounds}):
        begun = time.perf_counter_ns()
        for _ in range({calls}):
            ask()
        found.append((time.perf_counter_ns() - begun) / {calls} / 1000)
    return min(found)

if user.logged_in():
    asked = {{
        "logged_in": best(lambda: user.logged_in()),
        "name": best(lambda: user.name),
        "native": best(lambda: st.user.is_logged_in),
    }}
    with open({out!r} + ".part", "w") as file:
        json.dump(asked, file)
    os.rename({out!r} + ".part", {out!r})
st.write("done")
"""


def get(url: str, jar: visitor.Jar) -> str:
    """Location of the answer; its cookies go into the jar."""
    headers = {name.decode(): value.decode() for name, value in visitor.NAVIGATION}
    headers |= {"cookie": jar.header(), "host": url.split("/")[2]}
    opener = urllib.request.build_opener(visitor.Stay)
    try:
        answer = opener.open(urllib.request.Request(url, headers=headers))
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        jar.take(answer.headers.get_all("set-cookie") or ())
        return str(answer.headers["Location"])


def run_script(port: int, jar: visitor.Jar, out: Path) -> dict[str, float]:
    """Open a tab, and wait until the script has measured."""
    from streamlit.proto.BackMsg_pb2 import BackMsg
    from websockets.sync.client import connect

    message = BackMsg()
    message.rerun_script.query_string = ""
    with connect(
        f"ws://localhost:{port}/_stcore/stream",
        additional_headers={"Cookie": jar.header()},
        origin=f"http://localhost:{port}",  # type: ignore[arg-type]
        subprotocols=["streamlit"],  # type: ignore[list-item]
        max_size=None,
    ) as socket:
        socket.send(message.SerializeToString())
        deadline = time.monotonic() + 60
        while not out.exists():
            if time.monotonic() > deadline:
                raise SystemExit("the script measured nothing")
            time.sleep(0.1)
    found: dict[str, float] = json.loads(out.read_text(encoding="utf-8"))
    return found


def measured(issuer: str, folder: Path) -> dict[str, float]:
    port, out = free_port(), folder / "result.json"
    script = SCRIPT.format(rounds=ROUNDS, calls=CALLS, out=str(out))
    auth = {**sign_in.settings(issuer), "redirect_uri": f"http://localhost:{port}/auth/callback"}
    secrets = "[auth]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in auth.items())
    with StreamlitApp(script, secrets=secrets, port=port) as app:
        jar = visitor.Jar()
        steps = [get(f"{app.url}{target}", jar) for target in sign_in.LOGIN]
        get(visitor.choose_persona(steps[-1]), jar)
        return run_script(port, jar, out)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, DevProvider() as provider:
        found = measured(provider.issuer, Path(folder))
    note = f"best of {ROUNDS} rounds of {CALLS} calls in a rerun, LMDB"
    print(
        json.dumps(
            [
                row("rerun, user.logged_in()", found["logged_in"], "us", note, 10),
                row("rerun, user.name", found["name"], "us", "the same, with the claims decoded"),
                row("rerun, st.user.is_logged_in", found["native"], "us",
                    "native: as it was when the tab connected"),
            ]
        )
    )  # fmt: skip


if __name__ == "__main__":
    main()
