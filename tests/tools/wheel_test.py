"""What looks into the wheel finds what is missing there."""

from pathlib import Path

import st_oauth
import wheel_check

PACKAGE = Path(st_oauth.__file__).parent


def test_a_wheel_that_leans_on_this_machine_is_found() -> None:
    # The one in this environment is as it was built: its libraries are the machine's.
    wrong = wheel_check.wrong_with(PACKAGE)
    for library in ("libcurl", "libcrypto", "libjansson"):
        assert any(f" takes {library}" in line for line in wrong), library
    assert any("libcurl" in line and "was loaded from outside" in line for line in wrong)


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    assert wheel_check.missing(PACKAGE) == []
    assert wheel_check.missing(tmp_path)[-1] == "_bin/st-oauth-run is not in the wheel"
    assert len(wheel_check.missing(tmp_path)) == len(wheel_check.WANTED)


def test_what_every_linux_has_is_no_fault() -> None:
    inside = PACKAGE.parent.resolve()
    program = (PACKAGE / "_bin" / "st-oauth").resolve()
    assert wheel_check.needs_from_outside(program, inside) == []
