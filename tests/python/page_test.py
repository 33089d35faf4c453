"""What is written into a page is text, whatever it holds."""

import json

import pytest
from st_oauth import page
from streamlit.testing.v1 import AppTest


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
    text = page.in_script(data)
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


# What a hostile address can make of a link


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("/app?a=1", "/app?a=1"),
        ("/", "/"),
        ("//evil.example/x", "/evil.example/x"),
        ("/\\evil.example", "/evil.example"),
        ("\\\\evil.example", "/evil.example"),
        ("/\t/evil.example", "/evil.example"),
        ("https://evil.example", "/https://evil.example"),
        ("javascript:alert(1)", "/javascript:alert(1)"),
    ],
)
def test_rd_16_the_link_to_try_again_stays_on_this_site(url: str, link: str) -> None:
    script = f"from st_oauth import page\npage.show_retry('Try again', {url!r})\n"
    (html,) = AppTest.from_string(script).run().get("html")
    assert f'href="{link}"' in html.proto.body


def test_rd_18_an_address_ends_no_attribute_and_no_script() -> None:
    hostile = "https://op.example/?a=\"'`<>&</script><script>alert(1)</script>"
    anchor = page.anchor("x", hostile, "id")
    assert "<script" not in anchor
    assert 'href="https://op.example/?a=&quot;&#x27;`&lt;&gt;&amp;&lt;/script&gt;' in anchor
    script = page.in_script({"origin": hostile})
    assert "<" not in script
    assert json.loads(script) == {"origin": hostile}
