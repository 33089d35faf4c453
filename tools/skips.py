"""tests/skips.txt: the tests that may be skipped, each with its reason."""

from pathlib import Path


def read_skips(path: Path) -> dict[str, str]:
    """The test ids and their reasons. A line that is not `<test id>: reason` is an error."""
    skips: dict[str, str] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        test, colon, reason = line.partition(": ")
        if not colon or not test.strip() or not reason.strip():
            raise ValueError(f"{path}:{number}: not `<test id>: reason`")
        skips[test.strip()] = reason.strip()
    return skips


def allowed(test: str, skips: dict[str, str]) -> bool:
    """Whether a test may be skipped: its id stands there, or the beginning of it followed by `*`."""
    return test in skips or any(
        test.startswith(name[:-1]) for name in skips if name.endswith("*") and len(name) > 1
    )
