"""docs/configuration.md, made from src/gate/config_table.c: every key of a configuration."""

import re
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCE = ROOT / "src" / "gate" / "config_table.c"
TARGET = ROOT / "docs" / "configuration.md"
STRING = r'"(?:\\.|[^"\\])*"'
ROW = re.compile(
    rf"\{{\s*({STRING}),\s*([A-Z |]+),\s*STO_CONFIG_(\w+),\s*(NULL|{STRING}),\s*(true|false),\s*(\w+),"
    rf"\s*(-?\d+),\s*(-?\d+),\s*((?:{STRING}\s*)+)\}}"
)
TYPES = {
    "TEXT": "text",
    "URL": "URL",
    "WORDS": "words",
    "LIST": "list of texts",
    "CHOICE": "choice",
    "SECONDS": "seconds",
    "PARAMS": "table",
    "BOOL": "true or false",
    "PATH": "path",
    "TABLE": "table",
}
SCOPES = {"GATE": "gate", "PROVIDER": "provider", "REALM": "app"}
INTRO = """# Configuration

<!-- Made by tools/generate from src/gate/config_table.c. -->

## The sign-in of an app

`[auth]` in `.streamlit/secrets.toml` has what holds for the whole app, and its provider; several providers have a block each:

```toml
[auth]
default_ttl = "7d"

[auth.google]
provider = "google"
client_id = "..."
client_secret = "..."

[auth.work]
server_metadata_url = "https://id.example.org/.well-known/openid-configuration"
client_id = "..."
client_secret = "..."
```

The name of such a block has small letters, digits and `-`. A key that is *shared* may stand in `[auth]` as well and holds for every provider that
does not set it itself; whoever sets it sets all of it, nothing is merged. Every other key of a provider stands in its own block. What
Streamlit's own sign-in reads (`redirect_uri`, `cookie_secret`, `server_metadata_url`, `client_kwargs`, `expose_tokens`) may stay as it is.

Pages are told apart by path: `public = ["/about"]` opens pages to strangers and closes all others, and `roles` asks for a role:

```toml
[auth]
public = ["/", "/about"]

[auth.roles]
"/admin" = "admin"
"/reports" = ["auditor", "admin"]
```

`/admin` fits `/admin` and everything below it, `/` fits the start page alone, and the longest path that fits decides. Without `public` and without
`require_login` only the pages with roles are closed.

The environment variable `ST_OAUTH_AUTH`, a JSON object, takes the place of the whole block, save the keys that its list `from_file` leaves to it. Single keys have variables of
their own, which win over both: `ST_OAUTH_AUTH_CLIENT_SECRET`, and `ST_OAUTH_AUTH_GOOGLE__CLIENT_SECRET` for `[auth.google]`.

## A gate

A gate is a block in `.streamlit/secrets.toml`, whose name `st_oauth()` is given (`oauth` without one), or a dict:

```toml
[myoauth]
issuer = "https://accounts.google.com"
client_id = "..."
client_secret = "..."
redirect_uri = "http://localhost:8501/"
```

Needed are `client_id`, and `issuer` or the three endpoints.

The environment variable `ST_OAUTH_CONFIG`, a JSON object with the same keys, takes the place of every block and dict of the
process; `st-oauth dev app.py` uses it.

## The keys

A key stands in a *gate*'s block, in that of a *provider* of the app (which is `[auth]` itself where there is one provider without a
name), or in `[auth]` for the whole *app*. A URL is https; http is for loopback only. Seconds are a number, or
`"30s"`, `"5m"`, `"12h"`, `"7d"`. Words are one text with blanks between them, or a list. A key that is not in this table is an
error that names the one that was meant, and so is one in the wrong place. A changed file applies at the next rerun.

| key | where | type | default | meaning |
| --- | --- | --- | --- | --- |
"""


class Key(NamedTuple):
    name: str
    where: str
    type: str
    default: str
    secret: bool
    help: str


def unquote(text: str) -> str:
    """A C string literal, or several in a row, as text."""
    return re.sub(r"\\(.)", r"\1", "".join(part[1:-1] for part in re.findall(STRING, text)))


def where_of(scope: str) -> str:
    """The places of a key, as a reader of the document knows them."""
    bits = [bit.strip() for bit in scope.split("|")]
    places = ", ".join(words for bit, words in SCOPES.items() if bit in bits)
    return places + (" (shared)" if "SHARED" in bits else "")


def read(text: str) -> list[Key]:
    """The keys in the order of the table; every row must be understood."""
    table = text[text.index("table[] = {") :]
    table = table[: table.index("\n};")]
    keys = [
        Key(
            unquote(name),
            where_of(scope),
            TYPES[kind] + (f", {low} to {high}" if kind == "SECONDS" else ""),
            "" if default == "NULL" else f"`{unquote(default)}`",
            secret == "true",
            unquote(words),
        )
        for name, scope, kind, default, secret, _, low, high, words in ROW.findall(table)
    ]
    if len(keys) != table.count("STO_CONFIG_"):
        raise SystemExit(
            f"{SOURCE.name}: {table.count('STO_CONFIG_')} rows, {len(keys)} understood"
        )
    return keys


def write(keys: list[Key]) -> str:
    """The whole document."""
    rows = []
    for key in keys:
        kind = key.type + (", secret" if key.secret else "")
        meaning = key.help.replace("|", "\\|").replace("<", "&lt;")
        rows.append(f"| `{key.name}` | {key.where} | {kind} | {key.default} | {meaning} |\n")
    return INTRO + "".join(rows)


def main() -> int:
    made = write(read(SOURCE.read_text(encoding="utf-8")))
    if "--check" not in sys.argv[1:]:
        TARGET.write_text(made, encoding="utf-8")
        return 0
    if TARGET.exists() and TARGET.read_text(encoding="utf-8") == made:
        return 0
    print(f"{TARGET.relative_to(ROOT)} is not fresh; run tools/generate")
    return 1


if __name__ == "__main__":
    sys.exit(main())
