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
    rf"\{{\s*({STRING}),\s*STO_CONFIG_(\w+),\s*(NULL|{STRING}),\s*(true|false),\s*(\w+),"
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
}
INTRO = """# Configuration

<!-- Made by tools/generate from src/gate/config_table.c. -->

A configuration is a block in `.streamlit/secrets.toml`, whose name `st_oauth()` is given (`oauth` without one), or a dict:

```toml
[myoauth]
issuer = "https://accounts.google.com"
client_id = "..."
client_secret = "..."
redirect_uri = "http://localhost:8501/"
```

Needed are `client_id`, and `issuer` or the three endpoints. A URL is https; http is for loopback only. Seconds are a number, or
`"30s"`, `"5m"`, `"12h"`, `"7d"`. Words are one text with blanks between them, or a list. A key that is not in this table is an
error that names the one that was meant. A changed file applies at the next rerun.

The environment variable `ST_OAUTH_CONFIG`, a JSON object with the same keys, takes the place of every block and dict of the
process; `st-oauth dev app.py` uses it.

| key | type | default | meaning |
| --- | --- | --- | --- |
"""


class Key(NamedTuple):
    name: str
    type: str
    default: str
    secret: bool
    help: str


def unquote(text: str) -> str:
    """A C string literal, or several in a row, as text."""
    return re.sub(r"\\(.)", r"\1", "".join(part[1:-1] for part in re.findall(STRING, text)))


def read(text: str) -> list[Key]:
    """The keys in the order of the table; every row must be understood."""
    table = text[text.index("table[] = {") :]
    table = table[: table.index("\n};")]
    keys = [
        Key(
            unquote(name),
            TYPES[kind] + (f", {low} to {high}" if kind == "SECONDS" else ""),
            "" if default == "NULL" else f"`{unquote(default)}`",
            secret == "true",
            unquote(words),
        )
        for name, kind, default, secret, _, low, high, words in ROW.findall(table)
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
        rows.append(f"| `{key.name}` | {kind} | {key.default} | {meaning} |\n")
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
