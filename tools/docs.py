"""make docs: every relative link of README.md and docs/ leads somewhere, and what is generated is fresh."""

import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

ROOT = Path(__file__).resolve().parent.parent
LINK = re.compile(
    r"!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)|(?:src|href)=\"([^\"]+)\""
)
REFERENCE = re.compile(r"^\[[^\]]+\]:\s*(\S+)", re.MULTILINE)
CODE = re.compile(r"^(`{3,}|~{3,}).*?^\1|^(?: {4}|\t).*?$|`[^`\n]*`", re.DOTALL | re.MULTILINE)


def anchors(text: str) -> set[str]:
    """The anchors that the headings of a document make, the way GitHub writes them."""
    headings = re.findall(
        r"^#+\s+(.*?)\s*#*$",
        re.sub(r"^(`{3,}).*?^\1", "", text, flags=re.DOTALL | re.MULTILINE),
        re.MULTILINE,
    )
    made: set[str] = set(re.findall(r"(?:id|name)=\"([^\"]+)\"", text))
    for heading in headings:
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        slug = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
        number = 0
        while (name := f"{slug}-{number}" if number else slug) in made:
            number += 1
        made.add(name)
    return made


def links(text: str) -> list[str]:
    """The targets of all links outside of code."""
    prose = CODE.sub("", text)
    return [one or other for one, other in LINK.findall(prose)] + REFERENCE.findall(prose)


def broken(document: Path) -> list[str]:
    """The links of one document that lead nowhere."""
    wrong: list[str] = []
    for link in links(document.read_text(encoding="utf-8")):
        if re.match(r"[a-z][a-z0-9+.-]*:|//", link, re.IGNORECASE):
            continue
        path, _, anchor = link.partition("#")
        target = (document.parent / unquote(path)) if path else document
        if not target.exists() or not target.resolve().is_relative_to(ROOT):
            wrong.append(f"{document.relative_to(ROOT)}: {link} leads nowhere")
        elif (
            anchor
            and target.suffix == ".md"
            and anchor not in anchors(target.read_text(encoding="utf-8"))
        ):
            wrong.append(f"{document.relative_to(ROOT)}: {link}: no such heading")
    return wrong


def main() -> int:
    documents = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
    wrong = [line for document in documents for line in broken(document)]
    if wrong:
        print("\n".join(wrong), file=sys.stderr)
    fresh = subprocess.run([ROOT / "tools" / "generate", "--check"], check=False).returncode == 0
    print(f"docs: {len(documents)} documents, {len(wrong)} broken links")
    return 1 if wrong or not fresh or not documents else 0


if __name__ == "__main__":
    sys.exit(main())
