"""On which line of a TOML text a setting stands. The text was parsed already: it is well-formed."""

from __future__ import annotations

import re

_PART = re.compile(r"""\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([A-Za-z0-9_-]+))\s*""")


def setting_lines(text: str) -> dict[tuple[str, ...], int]:
    """The line (from 1) of every table and every key, by its full path."""
    lines: dict[tuple[str, ...], int] = {}
    rows = text.splitlines()
    table: tuple[str, ...] = ()
    row = 0
    while row < len(rows):
        content = rows[row].lstrip()
        if content.startswith("["):
            table, _ = _key(content.lstrip("["), 0)
            lines.setdefault(table, row + 1)
        elif content and not content.startswith("#"):
            key, end = _key(content, 0)
            lines.setdefault(table + key, row + 1)
            row = _last_row(rows, row, content[end:])
        row += 1
    return lines


def _key(text: str, at: int) -> tuple[tuple[str, ...], int]:
    """A key with dots, and where it ends."""
    parts: list[str] = []
    while match := _PART.match(text, at):
        parts.append(next(part for part in match.groups() if part is not None))
        at = match.end()
        if text[at : at + 1] != ".":
            break
        at += 1
    return tuple(parts), at


def _last_row(rows: list[str], row: int, rest: str) -> int:
    """The row a value that starts in `rest` ends in: arrays and long strings span several."""
    depth = 0
    quote = ""
    while True:
        at = 0
        while at < len(rest):
            char = rest[at]
            if quote:
                if char == "\\" and quote[0] == '"':
                    at += 1
                elif rest.startswith(quote, at):
                    at += len(quote) - 1
                    quote = ""
            elif char == "#":
                break
            elif char in "\"'":
                quote = char * 3 if rest.startswith(char * 3, at) else char
                at += len(quote) - 1
            else:
                depth += (char in "[{") - (char in "]}")
            at += 1
        if len(quote) == 1:
            quote = ""
        if (not quote and depth <= 0) or row + 1 >= len(rows):
            return row
        row += 1
        rest = rows[row]
