"""docs/reasons.md, made from include/stoauth/reasons.def: every refusal, for visitors and operators."""

import re
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCE = ROOT / "include" / "stoauth" / "reasons.def"
TARGET = ROOT / "docs" / "reasons.md"
TEXT = r'((?:"(?:\\.|[^"\\])*"\s*)+)'
ROW = re.compile(
    rf"^\s*STO_REASON\(\s*(\d+)\s*,\s*(\w+)\s*,\s*{TEXT},\s*(\w+)\s*,\s*{TEXT},\s*{TEXT}\)",
    re.MULTILINE,
)
HEADING = re.compile(r"^/\* (\w+): \d+ to \d+ \*/", re.MULTILINE)
INTRO = """# Reasons

<!-- Made by tools/generate from include/stoauth/reasons.def. -->

Every refusal has a number and a name that never change, a sentence for the visitor and a hint for the operator.
"""


class Reason(NamedTuple):
    number: int
    name: str
    group: str
    sentence: str
    hint: str


def unquote(text: str) -> str:
    """A C string literal, or several in a row, as text."""
    return re.sub(r"\\(.)", r"\1", "".join(re.findall(r'"((?:\\.|[^"\\])*)"', text)))


def read(text: str) -> dict[str, list[Reason]]:
    """The reasons by layer, in the order of the file."""
    layers: dict[str, list[Reason]] = {}
    headings = list(HEADING.finditer(text))
    for match in ROW.finditer(text):
        number, _, name, group, sentence, hint = match.groups()
        above = [one.group(1) for one in headings if one.start() < match.start()]
        reason = Reason(int(number), unquote(name), group.lower(), unquote(sentence), unquote(hint))
        layers.setdefault(above[-1], []).append(reason)
    return layers


def check(text: str, layers: dict[str, list[Reason]]) -> None:
    """Every row was understood, and no number or name stands twice."""
    reasons = [reason for rows in layers.values() for reason in rows]
    rows = len(re.findall(r"^\s*STO_REASON\(", text, re.MULTILINE))
    if len(reasons) != rows:
        raise SystemExit(f"{SOURCE.name}: {rows} rows, {len(reasons)} understood")
    for field in ("number", "name"):
        values = [getattr(reason, field) for reason in reasons]
        twice = {str(value) for value in values if values.count(value) > 1}
        if twice:
            raise SystemExit(f"{SOURCE.name}: {field} {', '.join(sorted(twice))} stands twice")


def cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def write(layers: dict[str, list[Reason]]) -> str:
    """The whole document."""
    parts = [INTRO]
    for layer, reasons in layers.items():
        parts.append(
            f"\n## {layer}\n\n| number | name | group | the visitor reads | the operator reads |\n"
        )
        parts.append("| ---: | --- | --- | --- | --- |\n")
        parts += [
            f"| {one.number} | `{one.name}` | {one.group} | {cell(one.sentence)} | {cell(one.hint)} |\n"
            for one in reasons
        ]
    return "".join(parts)


def main() -> int:
    text = SOURCE.read_text(encoding="utf-8")
    layers = read(text)
    check(text, layers)
    made = write(layers)
    if "--check" not in sys.argv[1:]:
        TARGET.parent.mkdir(exist_ok=True)
        TARGET.write_text(made, encoding="utf-8")
        return 0
    if TARGET.exists() and TARGET.read_text(encoding="utf-8") == made:
        return 0
    print(f"{TARGET.relative_to(ROOT)} is not fresh; run tools/generate")
    return 1


if __name__ == "__main__":
    sys.exit(main())
