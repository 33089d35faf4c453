"""What `make threats` and `make mutate` must notice."""

from pathlib import Path

import mutate
import pytest
import threats

TABLE = """
| id | class | here |
| --- | --- | --- |
| TV-01 | a | test: `src/a_test.c:tv_01_fact`, `tests/python/b_test.py:test_b` |
| TV-02 | b | later: refresh tokens |
| TV-03 | c | n/a: no such thing |
"""
C_TEST = "static void tv_01_fact(void **state)\n{\n}\n"
PASSED = ["jose/a::tv_01_fact", "python/b_test.py::test_b[1]"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in (("src/a_test.c", C_TEST), ("tests/python/b_test.py", "def test_b():\n")):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def wrong(root: Path, table: str = TABLE, passed: list[str] = PASSED) -> list[str]:
    rows, found = threats.read_rows(table)
    return found + threats.check(root, rows, passed, {})


def test_a_table_that_is_right_passes(root: Path) -> None:
    assert wrong(root) == []


def test_a_row_that_is_missing_twice_or_unknown_is_named() -> None:
    rows, _ = threats.read_rows(TABLE + "| TV-03 | c | n/a: again |\n")
    assert threats.compare(rows, ["TV-01", "TV-03", "TV-04"]) == [
        "TV-04 is missing",
        "TV-03 stands 2 times",
        "TV-02 is not in threats.txt",
    ]


def test_a_row_of_no_kind_is_named(root: Path) -> None:
    assert wrong(root, "| TV-01 | a | perhaps |") == ["TV-01 is neither test, later nor n/a"]
    assert wrong(root, "| TV-01 | a | test: trust me |") == ["TV-01 names no test"]


def test_a_test_that_does_not_exist_is_named(root: Path) -> None:
    (root / "src" / "a_test.c").write_text("FACT(tv_01_fact)")
    assert wrong(root) == ["TV-01: there is no test tv_01_fact in src/a_test.c"]


def test_a_test_that_did_not_pass_is_named(root: Path) -> None:
    assert len(wrong(root, passed=PASSED[:1])) == 1
    assert len(wrong(root, passed=["jose/a::tv_01_fact_of_another_name", PASSED[1]])) == 1
    assert len(wrong(root, passed=[PASSED[0], "tools/b_test.py::test_b"])) == 1


def test_a_feature_that_is_there_by_now_is_named(root: Path) -> None:
    file = root / "src" / "provider" / "oidc" / "refresh.c"
    file.parent.mkdir(parents=True)
    file.write_text("")
    assert wrong(root) == ["TV-02: refresh tokens is there by now"]
    assert "knows no feature" in wrong(root, "| TV-02 | b | later: some day |")[0]


def test_a_row_whose_test_exists_is_neither_later_nor_not_applicable(root: Path) -> None:
    (root / "src" / "a_test.c").write_text(C_TEST + "static void tv_03_too(void **state)\n")
    assert wrong(root) == ["TV-03 is n/a, and there is tv_03_too"]


# Mutations


def read(tmp_path: Path, text: str) -> list[mutate.Mutation]:
    file = tmp_path / "mutations.txt"
    file.write_text(text)
    return mutate.read_list(file)


def test_a_mutation_has_four_parts(tmp_path: Path) -> None:
    (one,) = read(tmp_path, "# head\n\nsrc/a.c | x \\|\\| y\\n\\tz | q | jose/a jose/b\n")
    assert (one.file, one.old, one.new) == ("src/a.c", "x || y\n\tz", "q")
    assert (one.line, one.tests) == (3, ("jose/a", "jose/b"))
    for line in ("a | b | c", "a | b | b | t", "a | b | c | "):
        with pytest.raises(mutate.MutationError):
            read(tmp_path, line)


def test_a_mutation_must_fit_exactly_once(tmp_path: Path) -> None:
    (one,) = read(tmp_path, "src/a.c | if (x) | if (y) | jose/a\n")
    assert mutate.mutated("a; if (x) b;", one) == "a; if (y) b;"
    for text in ("", "if (x) if (x)"):
        with pytest.raises(mutate.MutationError):
            mutate.mutated(text, one)
