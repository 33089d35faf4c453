"""`st-oauth check`: what it says about configurations, good and bad, against real providers."""

from __future__ import annotations

import http.server
import json
import os
import pty
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))
from servers.dev import DevProvider, bin_dir

CANARY = "canary-7secret-canary"
DEAD = "http://localhost:1"


@dataclass
class Said:
    code: int
    out: str
    err: str

    @property
    def blocks(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.out)["blocks"]
        return found

    def finding(self, code: str) -> dict[str, Any]:
        """The only finding of that code."""
        found = [one for block in self.blocks for one in block["findings"] if one["code"] == code]
        assert len(found) == 1, self.out
        return dict(found[0])


def check(*arguments: str, code: int = 0, **env: str) -> Said:
    done = subprocess.run(
        [str(bin_dir() / "st-oauth"), "check", *arguments],
        check=False,
        env={**os.environ, **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert CANARY not in done.stdout + done.stderr
    return Said(code, done.stdout, done.stderr)


def secrets(text: str, folder: str = ".") -> None:
    path = Path(folder) / ".streamlit" / "secrets.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def block(issuer: str, more: str = "", name: str = "oauth") -> str:
    return (
        f'[{name}]\nissuer = "{issuer}"\nclient_id = "dev"\nclient_secret = "{CANARY}"\n'
        f'redirect_uri = "http://localhost:{{port}}/"\n{more}\n'
    )


@pytest.fixture(scope="module")
def provider() -> Iterator[DevProvider]:
    with DevProvider() as running:
        yield running


class Liar:
    """A provider on loopback that says whatever a test wants, at whatever time it wants."""

    def __init__(self) -> None:
        self.clock_offset = 0
        self.documents: dict[str, Any] = {}
        liar = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = liar.documents.get(self.path)
                text = b"" if body is None else json.dumps(body).encode()
                self.send_response_only(404 if body is None else 200)
                self.send_header("Date", formatdate(time.time() + liar.clock_offset, usegmt=True))
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        self.documents["/.well-known/openid-configuration"] = {
            "issuer": self.issuer,
            "authorization_endpoint": self.issuer + "/authorize",
            "token_endpoint": self.issuer + "/token",
            "jwks_uri": self.issuer + "/jwks",
        }
        self.documents["/jwks"] = {
            "keys": [
                {
                    "kty": "OKP",
                    "crv": "Ed25519",
                    "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",  # RFC 8037 appendix A.2
                }
            ]
        }

    @property
    def metadata(self) -> dict[str, Any]:
        said: dict[str, Any] = self.documents["/.well-known/openid-configuration"]
        return said


@pytest.fixture
def liar() -> Iterator[Liar]:
    made = Liar()
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


def test_a_good_configuration_ends_with_0(provider: DevProvider) -> None:
    secrets(block(provider.issuer))
    said = check()
    assert said.out.startswith("[oauth] of .streamlit/secrets.toml\n")
    assert said.out.endswith("\n0 errors, 0 warnings\n")
    assert f"names the issuer {provider.issuer}" in said.out
    assert "/jwks has 3 keys that can be used, and 0 that cannot" in said.out
    assert "this machine's clock agrees with the provider's" in said.out
    assert "comes back to http://localhost:8501/" in said.out
    assert "\033" not in said.out
    assert said.err == ""


def test_nobody_is_signed_in_by_a_check() -> None:
    with DevProvider() as provider:
        secrets(block(provider.issuer))
        check()
        asked = {request["path"] for request in provider.requests()}
        assert asked == {"/.well-known/openid-configuration", "/jwks"}


def test_the_machine_form_is_one_object(provider: DevProvider) -> None:
    secrets(block(provider.issuer))
    said = check("--json")
    assert json.loads(said.out)["ok"] is True
    (one,) = said.blocks
    assert (one["block"], one["file"], one["ok"]) == ("oauth", ".streamlit/secrets.toml", True)
    for finding in one["findings"]:
        assert finding.keys() == {
            *("severity", "code", "file", "block", "key", "line", "message", "mend")
        }


def test_a_wrong_issuer_is_said_letter_by_letter(provider: DevProvider) -> None:
    secrets(block(provider.issuer + "/"))
    said = check("--json", code=1)
    finding = said.finding("discovery_issuer")
    assert finding["message"] == (
        f"issuer is {provider.issuer}/, and the provider says it is {provider.issuer}"
    )
    assert finding["mend"] == f'Set issuer = "{provider.issuer}"'
    assert (finding["key"], finding["line"]) == ("issuer", 2)
    text = check(code=1).out
    assert "  error    .streamlit/secrets.toml, line 2: issuer is " in text
    assert text.endswith("\n1 error, 0 warnings\n")


def test_a_provider_that_is_not_there() -> None:
    secrets(block(DEAD))
    finding = check("--json", code=1).finding("fetch_connect")
    assert finding["message"].startswith(DEAD + "/.well-known/openid-configuration cannot be used")
    assert finding["mend"].startswith("Is the provider running there?")


def test_offline_asks_nobody() -> None:
    secrets(block(DEAD))
    assert "4 keys were read, and every one is fine" in check("--offline").out


def test_an_address_that_is_no_providers(liar: Liar) -> None:
    secrets(block(liar.issuer + "/realms/none"))
    finding = check("--json", code=1).finding("provider_status")
    assert finding["message"].endswith("discovery answered with HTTP 404")


@pytest.mark.parametrize(
    ("offset", "severity", "words"),
    [
        (0, "ok", "agrees with"),
        (-15, "warning", "ahead of the provider's; 30 s are allowed"),
        (15, "warning", "behind the provider's; 30 s are allowed"),
        (3600, "error", "behind the provider's"),
        (-3600, "error", "ahead of the provider's"),
    ],
)
def test_a_wrong_clock_is_named(liar: Liar, offset: int, severity: str, words: str) -> None:
    liar.clock_offset = offset
    secrets(block(liar.issuer))
    finding = check("--json", code=1 if severity == "error" else 0).finding("clock")
    assert finding["severity"] == severity
    assert words in finding["message"]
    if offset:
        said = int(finding["message"].split("clock is ")[1].split(" s ")[0])
        assert abs(said - abs(offset)) <= 2


def test_algorithms_and_scopes_are_compared(liar: Liar) -> None:
    liar.metadata["id_token_signing_alg_values_supported"] = ["EdDSA"]
    liar.metadata["scopes_supported"] = ["openid"]
    secrets(block(liar.issuer, 'algorithms = ["RS256"]\nscope = "openid emial"'))
    said = check("--json")
    assert said.finding("algorithms")["severity"] == "warning"
    assert said.finding("algorithms")["line"] == 6
    assert "asks for emial" in said.finding("scope")["message"]


def test_what_a_provider_says_cannot_move_the_cursor(liar: Liar) -> None:
    liar.metadata["issuer"] = liar.issuer + "/\033[2J\u009b"
    secrets(block(liar.issuer))
    said = check(code=1)
    assert "\033" not in said.out
    assert "\u009b" not in said.out
    assert f"the provider says it is {liar.issuer}/?[2J" in said.out


def test_an_unknown_key_has_its_line_and_a_guess(provider: DevProvider) -> None:
    secrets(block(provider.issuer, f'client_secert = "{CANARY}"'))
    finding = check("--json", code=1).finding("unknown_key")
    assert (finding["key"], finding["line"]) == ("client_secert", 6)
    assert finding["mend"] == "Did you mean client_secret?"
    text = check(code=1).out
    assert ".streamlit/secrets.toml, [oauth], line 6: client_secert is no key of st_oauth\n" in text
    assert "\n           Did you mean client_secret?\n" in text


def test_a_table_of_parameters_is_read(provider: DevProvider) -> None:
    secrets(block(provider.issuer, '[oauth.authorize_params]\nprompt = "login"'))
    check()


def test_no_file_at_all(tmp_path: Path) -> None:
    finding = check("--json", code=1).finding("missing_file")
    assert f"{tmp_path}/.streamlit/secrets.toml and .streamlit/secrets.toml" in finding["message"]


def test_a_broken_file_is_told_by_its_line() -> None:
    secrets(f"[oauth]\nclient_secret = {CANARY}\n")
    said = check("--json", code=1)
    assert said.finding("broken_file")["line"] == 2
    assert "line 2" in check(code=1).out


@pytest.mark.parametrize(
    "text",
    [
        f"[oauth]\nclient_secret {CANARY}\n",
        f"[oauth]\nclient_secret = t{CANARY}\n",
        f"[oauth]\nclient_secret = '{CANARY}\n",
        f"{CANARY}\n",
        f"[{CANARY}\n",
        f'[oauth]\n"{CANARY}" = 1\n"{CANARY}" = 2\n',
        f"[oauth]\nx = {{ {CANARY} }}\n",
    ],
)
def test_lg_nothing_that_stands_in_a_broken_file_is_repeated(text: str) -> None:
    secrets(text)
    check(code=1)
    check("--json", code=1)


def test_a_missing_block_has_a_guess(provider: DevProvider) -> None:
    secrets(block(provider.issuer, name="myoauth"))
    finding = check("--json", "myouath", code=1).finding("missing_block")
    assert "the blocks that exist are [myoauth]" in finding["message"]
    assert finding["mend"] == 'Did you mean st_oauth("myoauth")?'


def test_without_a_name_every_block_with_a_client_is_taken(provider: DevProvider) -> None:
    secrets(block(provider.issuer, name="one") + "[db]\nurl = 'x'\n" + block(DEAD, name="two"))
    said = check("--json", code=1)
    assert [(one["block"], one["ok"]) for one in said.blocks] == [("one", True), ("two", False)]


def test_the_folder_of_the_app_wins_over_home(provider: DevProvider, tmp_path: Path) -> None:
    home = tmp_path / "home"
    secrets(block(DEAD), str(home))
    secrets(block(provider.issuer))
    check(HOME=str(home))


def test_a_file_of_ones_own(provider: DevProvider) -> None:
    Path("other.toml").write_text(block(provider.issuer))
    assert check("--file", "other.toml").out.startswith("[oauth] of other.toml\n")


def test_the_environment_takes_the_place_of_every_block(provider: DevProvider) -> None:
    secrets(block(DEAD))
    config = {
        "issuer": provider.issuer,
        "client_id": "dev",
        "client_secret": CANARY,
        "redirect_uri": "http://localhost:8501/",
    }
    said = check("any", ST_OAUTH_CONFIG=json.dumps(config))
    assert said.out.startswith("[any] of ST_OAUTH_CONFIG\n")
    finding = check(
        "--json", code=1, ST_OAUTH_CONFIG=json.dumps(config | {"client_idd": "x"})
    ).finding("unknown_key")
    assert finding["message"].startswith("the environment variable ST_OAUTH_CONFIG: client_idd ")


def test_a_broken_environment_is_told_by_its_column() -> None:
    said = check("--json", code=1, ST_OAUTH_CONFIG=f'{{"client_secret": {CANARY}}}')
    assert "is no JSON (line 1, column " in said.finding("broken_file")["message"]


def auth(issuer: str, more: str = "") -> str:
    return (
        f'[auth]\ndefault_ttl = "7d"\n{more}\n[auth.first]\nissuer = "{issuer}"\nclient_id = "dev"\n'
        f'client_secret = "{CANARY}"\n[auth.second]\nissuer = "{DEAD}"\nclient_id = "dev"\n'
    )


def test_every_provider_of_auth_is_asked(provider: DevProvider) -> None:
    secrets(auth(provider.issuer))
    said = check("--json", code=1)
    assert [(one["block"], one["ok"]) for one in said.blocks] == [
        ("auth", True),
        ("auth.first", True),
        ("auth.second", False),
    ]
    unreached = next(f for f in said.blocks[2]["findings"] if f["severity"] == "error")
    assert (unreached["block"], unreached["key"], unreached["line"]) == ("auth.second", "issuer", 9)
    text = check("--offline").out
    assert text.startswith("[auth] of .streamlit/secrets.toml\n")
    assert "6 keys were read, and every one is fine" in text


def test_a_provider_in_auth_itself_is_told_there(provider: DevProvider) -> None:
    secrets(f'[auth]\nissuer = "{provider.issuer}"\nclient_id = "dev"\nidle_ttl = "1h"\n')
    said = check("--json")
    assert [one["block"] for one in said.blocks] == ["auth"]
    codes = {finding["code"] for finding in said.blocks[0]["findings"]}
    assert "settings" in codes
    assert len(codes) > 3
    assert "comes back to http://localhost:8501/auth/callback" in check().out


def test_mistakes_of_auth_and_of_its_providers_come_together() -> None:
    secrets(auth("https://op.example", 'idle_ttl = "x"\ndefualt_ttl = 1') + "leway = 1\n")
    said = check("--json", code=1)
    errors = {(f["block"], f["key"], f["line"]) for f in said.blocks[0]["findings"]}
    assert errors == {
        ("auth", "idle_ttl", 3),
        ("auth", "defualt_ttl", 4),
        ("auth.second", "leway", 12),
    }


def test_variables_of_auth_are_where_their_findings_are(provider: DevProvider) -> None:
    secrets(auth(provider.issuer))
    said = check("--offline", "--json", code=1, ST_OAUTH_AUTH_FIRST__CLIENT_ID="")
    finding = said.finding("empty")
    assert finding["file"] == "ST_OAUTH_AUTH_FIRST__CLIENT_ID"
    assert finding["message"].startswith(
        "the environment variable ST_OAUTH_AUTH_FIRST__CLIENT_ID: client_id is empty"
    )
    assert check("--offline", "--file", ".streamlit/secrets.toml", ST_OAUTH_AUTH_X="1").code == 0


def test_auth_and_a_gate_are_both_checked(provider: DevProvider) -> None:
    secrets(block(provider.issuer) + auth(provider.issuer))
    said = check("--offline", "--json")
    assert [one["block"] for one in said.blocks] == ["auth", "oauth"]


def test_the_port_of_the_app_is_compared(provider: DevProvider) -> None:
    secrets(block(provider.issuer).replace("{port}", "8501"))
    finding = check("--json", "--port", "9000").finding("redirect_port")
    assert "goes to port 8501, and the app listens on 9000" in finding["message"]
    assert finding["line"] == 5
    Path(".streamlit/config.toml").write_text('[server]\nport = 8501\nbaseUrlPath = "foo"\n')
    finding = check("--json", code=1).finding("other_path")
    assert finding["mend"] == 'Write redirect_uri = "http://localhost:8501/foo/"'


def on_a_terminal(**env: str) -> str:
    """What the command prints where somebody looks at it."""
    ours, theirs = pty.openpty()
    command = [str(bin_dir() / "st-oauth"), "check", "--offline"]
    environment = {**os.environ, "TERM": "xterm", **env}
    subprocess.run(command, env=environment, stdout=theirs, timeout=60, check=True)
    os.close(theirs)
    said = b""
    with suppress(OSError):  # how a terminal without anybody behind it ends
        while chunk := os.read(ours, 65536):
            said += chunk
    os.close(ours)
    assert said.rstrip(b"\033[0m\r\n").endswith(b" warnings")
    return said.decode()


def test_colour_is_for_terminals_that_want_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    secrets(block(DEAD))
    assert "\033[32mok" in on_a_terminal()
    assert "\033" not in on_a_terminal(NO_COLOR="1")
    assert "\033" not in on_a_terminal(TERM="dumb")


def test_wrong_arguments_end_with_2() -> None:
    said = check("--ofline", code=2)
    assert said.out == ""
    assert "did you mean '--offline'?" in said.err


def test_help_names_every_option() -> None:
    said = check("--help")
    for option in ("--file", "--port", "--offline", "--json", "BLOCK"):
        assert option in said.out


def test_a_pipe_that_is_closed_is_no_crash(provider: DevProvider) -> None:
    secrets(block(provider.issuer))
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [str(bin_dir() / "st-oauth"), "check"],
        check=False,
        stdout=writer,
        stderr=subprocess.PIPE,
        timeout=60,
    )
    os.close(writer)
    assert done.returncode == 1
    assert done.stderr == b"st-oauth check: the output cannot be written\n"
