"""What is written into a page is text, whatever it holds."""

import json

import pytest
from st_oauth import page


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("client_id in secrets.toml", "client_id in secrets.toml"),
        ("a *b* [c](d) <e> `f`", r"a \*b\* \[c\](d) \<e\> \`f\`"),
        ("_x_ $y$ ~z~ | # &amp;", r"\_x\_ \$y\$ \~z\~ \| \# \&amp;"),
        (":red[x] at 12:30", r"\:red\[x\] at 12:30"),
        ("back\\slash", r"back\\slash"),
    ],
)
def test_markdown_shows_text_as_it_is(text: str, markdown: str) -> None:
    assert page.plain(text) == markdown


def test_json_in_a_script_ends_no_script() -> None:
    data = {"a": "</script><script>alert(1)</script>", "b": "\u2028&"}
    text = page._in_script(data)
    assert "<" not in text
    assert "&" not in text
    assert json.loads(text) == data


@pytest.mark.parametrize(
    ("color", "background", "text"),
    [
        ("#000000", "#000000", "#ffffff"),
        ("#1565c0", "#1565c0", "#ffffff"),
        ("#ff4b4b", "#d13d3d", "#ffffff"),
        ("#fff", "#fff", "#1a1a1a"),
        ("#ffe94a", "#ffe94a", "#1a1a1a"),
    ],
)
def test_label_can_be_read_on_the_theme_colour(color: str, background: str, text: str) -> None:
    assert page._readable(color) == (background, text)
