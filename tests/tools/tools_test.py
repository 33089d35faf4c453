"""The tools find what they are there to find."""

import subprocess
import sys
from pathlib import Path

import lint_exports
import lint_layers
import lint_places
import pytest
from skips import allowed, read_skips
from taps import Outcome, read_program

ROOT = Path(__file__).resolve().parent.parent.parent


def results(outcomes: list[Outcome]) -> list[tuple[str, str]]:
    return [(one.id, one.result) for one in outcomes]


def test_each_fact_counts_not_the_program() -> None:
    told = "1..3\nok 1 - one\nok 2 - two\nnot ok 3 - three\n# not ok - all\n"
    assert results(read_program("st:base/buf", "FAIL", told)) == [
        ("base/buf::one", "passed"),
        ("base/buf::two", "passed"),
        ("base/buf::three", "failed"),
    ]


def test_a_fact_that_is_skipped_keeps_its_name() -> None:
    for line in (
        "ok 1 # SKIP vectors",
        "not ok 1 # SKIP vectors",
        "ok 1 - vectors # SKIP set STO_VECTORS",
    ):
        assert results(read_program("jose/w", "OK", f"1..1\n{line}\n")) == [
            ("jose/w::vectors", "skipped")
        ]


def test_a_program_that_is_skipped_is_one_skip() -> None:
    (outcome,) = read_program("jose/w", "SKIP", "1..0 # SKIP no vectors\n")
    assert (outcome.id, outcome.result, outcome.detail) == ("jose/w", "skipped", "no vectors")


def test_a_program_that_breaks_off_has_failed() -> None:
    outcomes = read_program("base/buf", "ERROR", "1..3\nok 1 - one\n", "Segmentation fault")
    assert results(outcomes) == [("base/buf::one", "passed"), ("base/buf", "failed")]
    assert "Segmentation fault" in outcomes[1].detail


def test_a_program_that_ends_badly_after_good_facts_has_failed() -> None:
    outcomes = read_program("base/buf", "FAIL", "1..1\nok 1 - one\n", "LeakSanitizer")
    assert results(outcomes) == [("base/buf::one", "passed"), ("base/buf", "failed")]


def test_a_fact_that_cmocka_skipped_makes_no_failure_of_the_program() -> None:
    told = "1..2\nok 1 - one\nnot ok 2 # SKIP two\n"
    facts = [("jose/w::one", "passed"), ("jose/w::two", "skipped")]
    assert results(read_program("jose/w", "FAIL", told, code=0)) == facts
    assert results(read_program("jose/w", "FAIL", told, code=1)) == [*facts, ("jose/w", "failed")]


def test_a_program_without_tap_is_one_fact() -> None:
    assert results(read_program("fuzz/jws", "OK", "replayed 12\n")) == [("fuzz/jws", "passed")]
    assert results(read_program("fuzz/jws", "FAIL", "boom\n")) == [("fuzz/jws", "failed")]
    assert results(read_program("fuzz/jws", "TIMEOUT", "")) == [("fuzz/jws", "failed")]


def test_skips_are_read_with_their_reasons(tmp_path: Path) -> None:
    file = tmp_path / "skips.txt"
    file.write_text("# head\n\na_test.py::test_b: why: because\njose/w*: no vectors\n")
    skips = read_skips(file)
    assert skips == {"a_test.py::test_b": "why: because", "jose/w*": "no vectors"}
    assert allowed("a_test.py::test_b", skips)
    assert allowed("jose/wycheproof::x", skips)
    assert not allowed("a_test.py::test_c", skips)


@pytest.mark.parametrize("line", ["a_test.py::test_b", "a_test.py::test_b: ", ": why"])
def test_a_skip_without_id_or_reason_is_refused(tmp_path: Path, line: str) -> None:
    file = tmp_path / "skips.txt"
    file.write_text(line + "\n")
    with pytest.raises(ValueError, match="skips.txt:1"):
        read_skips(file)


@pytest.mark.parametrize(
    ("path", "include"),
    [
        ("src/jose/jws.c", "http/url.h"),
        ("src/store/memory.c", "transport/transport.h"),
        ("src/transport/curl.c", "store/store.h"),
        ("src/base/buf.c", "jose/jwk.h"),
        ("cli/dev/main.c", "session/keys.h"),
        ("python/_core.c", "gate/op.h"),
        ("include/stoauth/buf.h", "base/json.h"),
    ],
)
def test_an_include_that_points_up_is_found(path: str, include: str) -> None:
    (wrong,) = lint_layers.check_file(Path(path), f'#include <x.h>\n#include "{include}"\n')
    assert wrong.startswith(f"{path}:2: ")


@pytest.mark.parametrize(
    ("path", "include"),
    [
        ("src/http/url.c", "base/bounds.h"),
        ("src/gate/op.c", "provider/oidc.h"),
        ("src/store/lmdb.c", "lmdb_env.h"),
        ("src/store/lmdb.c", "stoauth/sys/store.h"),
        ("cli/dev/main.c", "jose/jws.h"),
    ],
)
def test_an_include_that_points_down_is_fine(path: str, include: str) -> None:
    assert lint_layers.check_file(Path(path), f'#include "{include}"\n') == []


@pytest.mark.parametrize("name", lint_layers.BANNED)
def test_a_banned_function_is_found(name: str) -> None:
    (wrong,) = lint_layers.check_file(Path("src/base/a.c"), f"x = {name}(a);\n")
    assert f"{name} is banned" in wrong


def test_words_in_comments_and_strings_are_no_calls() -> None:
    text = (
        '/* strcpy(a) */\nsay("sprintf(x)"); // gets(x)\nmy_strcpy(x);\nc = \'"\'; strncpy_s(x);\n'
    )
    assert lint_layers.check_file(Path("src/base/a.c"), text) == []


def test_memcmp_on_a_secret_is_found() -> None:
    for names in ("a->mac,\n b", "x, client_secret", "app_keys[1], b", "key, b"):
        text = f"if (memcmp({names}, 32))\n"
        (wrong,) = lint_layers.check_file(Path("src/base/a.c"), text)
        assert "constant time" in wrong
    for names in ("a, b", "ring->key_ids[i], b", "monkey, machine"):
        text = f"if (memcmp({names}, STO_KEY_ID_LEN))\n"
        assert lint_layers.check_file(Path("src/base/a.c"), text) == []


def test_an_attribute_outside_of_its_header_is_found() -> None:
    text = "int f(void) __attribute__((pure));\n"
    assert len(lint_layers.check_file(Path("src/base/a.c"), text)) == 1
    assert lint_layers.check_file(lint_layers.EXTENSIONS, text) == []


def test_long_functions_and_files_are_found() -> None:
    function = "int f(void)\n{\n" + "\tx();\n" * 81 + "}\n"
    (wrong,) = lint_layers.check_file(Path("src/base/a.c"), function)
    assert "81 lines" in wrong
    assert lint_layers.check_file(Path("src/base/a.c"), function.replace("\tx();\n", "", 1)) == []
    (wrong,) = lint_layers.check_file(Path("src/base/a.c"), "int x;\n" * 701)
    assert "701 lines" in wrong


def test_declared_names_are_read_from_headers() -> None:
    text = """
    /* STO_API int sto_not(void); */
    #define STO_API __attribute__((visibility("default")))
    STO_API const char *sto_a(void);
    STO_API STO_CHECKED STO_PRINTF(3, 4) int sto_b(struct sto_error *err,
                                                   int code);
    STO_API extern const struct sto_x sto_c;
    int sto_hidden(void);
    """
    assert lint_exports.declared(text) == {"sto_a", "sto_b", "sto_c"}


def test_places_of_a_machine_are_found() -> None:
    own = lint_places.places()
    registry = "files.python" + "hosted.org"
    for text in (f"see {ROOT}/x", f"https://{registry}/simple"):
        assert lint_places.check(Path("a.md"), f"fine\n{text}\n", own)[0].startswith("a.md:2: ")
    assert lint_places.check(Path("a.md"), "https://example.org/home/ada/\n", own) == []


def run_driver(*args: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "tools" / "test.py"), *args]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_run_without_any_test_fails() -> None:
    code = "import test; test.PYTEST_STAGES.append('none'); import sys; sys.argv=['x','none']; sys.exit(test.main())"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT / "tools",
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == "0 passed, 0 failed, 0 skipped"


def test_an_unknown_stage_is_refused() -> None:
    done = run_driver("nonsense")
    assert done.returncode == 2
    assert "nonsense" in done.stderr


def test_a_skip_that_nobody_allowed_fails() -> None:
    import test

    skipped = Outcome("a::b", "skipped", "no reason")
    assert test.judge([skipped], {})[0].result == "failed"
    assert test.judge([skipped], {"a::b": "why"}) == [skipped]


def test_the_lock_of_the_node_packages_names_no_registry() -> None:
    lock = (ROOT / "tests" / "servers" / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in lock
    assert lint_places.REGISTRIES.search(lock) is None
