import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.quotes import split_quote, split_quote_html
from apps.core.richtext import html_to_text
from tests.core.test_richtext import BOMBS

pytestmark = pytest.mark.unit

OWN = "Thank you, that works.\n谢谢，已经解决了。"

TEXTS = {
    "gmail": "On Mon, May 4, 2026 at 10:00 AM Ming <ming@example.com> wrote:\n> Hello\n> there",
    "gmail wrapped": "On Mon, May 4, 2026 at 10:00 AM Support Team\n<support@a-rather-long-name.example.com>\nwrote:\n\n> Hello",
    "gmail zh": "Ming <ming@example.com> 于2026年5月4日周一 10:00写道：\n\n> 您好\n>\n> 客服",
    "apple": "> On 4 May 2026, at 10:00, Support <s@example.com> wrote:\n> \n> Hello",
    "apple zh": "在 2026年5月4日，上午10:00，客服 <s@example.com> 写道：\n\n> 您好",
    "outlook": "-----Original Message-----\nFrom: Support\nSent: Monday\nTo: Ming\nSubject: Hello\n\nText",
    "outlook headers": "From: Support <s@example.com>\nSent: Monday, May 4, 2026 10:00\nTo: Ming\nSubject: RE: Hello\n\nText",
    "outlook rule": "________________________________\nFrom: Support\nSent: Monday\nTo: Ming\nSubject: Hello\n\nText",
    "outlook zh": "发件人: 客服 <s@example.com>\n发送时间: 2026年5月4日 10:00\n收件人: 王小明\n主题: 您好\n\n正文",
    "outlook zh-hant": "寄件者: 客服\n寄件日期: 2026年5月4日\n收件者: 王\n主旨: 您好\n\n正文",
    "qq": '------------------ 原始邮件 ------------------\n发件人: "客服" <s@example.com>;\n发送时间: 2026年5月4日\n\n您好',
    "qq forward": "------------------&nbsp;原始邮件&nbsp;------------------\n发件人: 客服\n发送时间: x\n收件人: y\n主题: z".replace(
        "&nbsp;", " "
    ),
    "163": '在 2026-05-04 10:00:00，"客服" <s@example.com> 写道：\n\n您好\n请问',
    "163 new": "---- 回复的原邮件 ----\n发件人 客服\n日期 2026\n\n您好",
    "foxmail": "发件人： 客服\n发送时间： 2026-05-04 10:00\n收件人： wang\n主题： 您好\n您好",
    "at": 'At 2026-05-04 10:00:00, "Support" <s@example.com> wrote:\n\n>Hello',
    "thunderbird": "Am 04.05.26 um 10:00 schrieb Support:\n> Hello",
    "bare": "> Hello\n> there",
}


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_the_quote_is_parted_from_the_text(name: str, newline: str) -> None:
    own, quote = split_quote(f"{OWN}\n\n{TEXTS[name]}".replace("\n", newline))
    if name == "thunderbird":  # its introduction in a language that we do not read stays with the text
        own = own.replace("\nAm 04.05.26 um 10:00 schrieb Support:", "").strip()
    assert own.strip() == OWN
    assert quote
    assert quote.split("\n")[-1].strip() == TEXTS[name].split("\n")[-1].strip()


@pytest.mark.parametrize(
    "text",
    [
        "just text",
        "",
        "From: my side all is well.\nThank you",
        "On Monday I wrote:\nplease call me at 5",
        "在 2026年5月4日 我写了一封信。\n没有回复。",
        "a > b and b > c",
        "Dear team,\n- one\n- two\n-----\nregards",
        "> first question\nanswer one\n\n> second question\nanswer two",
        "On Mon, May 4, 2026, Ming <m@x.example> wrote:\n> one?\nYes.\n> two?\nNo.",
        "主题: 关于退货\n您好",
    ],
)
def test_what_is_no_quote_stays(text: str) -> None:
    assert split_quote(text) == (text, "")


@pytest.mark.parametrize("name", TEXTS)
def test_a_mail_that_only_quotes_is_shown(name: str) -> None:
    own, _quote = split_quote(TEXTS[name])
    assert own.strip()


BODY = "<div>Thanks, 好的</div>"
HTMLS = {
    "gmail": '<br><div class="gmail_quote gmail_quote_container"><div class="gmail_attr">On Mon wrote:</div>old</div>',
    "outlook": '<div id="appendonsend"></div><hr><div id="divRplyFwdMsg" dir="ltr"><b>From:</b> x<br>old</div>',
    "outlook desktop": "<div style='border:none;border-top:solid #E1E1E1 1.0pt'><p><b>From:</b> old</p></div>",
    "apple": '<br><blockquote type="cite"><div>On 4 May wrote:</div>old</blockquote>',
    "thunderbird": '<div class="moz-cite-prefix">On 4/5/26 wrote:</div><blockquote type="cite" cite="mid:x">old</blockquote>',
    "qq": '<div><br></div><div style="x"><div>------------------&nbsp;原始邮件&nbsp;------------------</div>old</div>',
    "qq box": '<div class="qmbox"><div>old</div></div>',
    "163": '<div id="isReplyContent"><pre>old</pre></div>',
    "163 new": '<div class="ntes-mailmaster-quote" id="ntes-pcmac-quote">---- 回复的原邮件 ----old</div>',
    "yahoo": '<div id="yahoo_quoted_1" class="yahoo_quoted">old</div>',
    "proton": '<div class="protonmail_quote">old</div>',
}


@pytest.mark.parametrize("name", HTMLS)
def test_the_quote_is_parted_from_the_html(name: str) -> None:
    own, quote = split_quote_html(BODY + HTMLS[name])
    assert html_to_text(own) == "Thanks, 好的"
    assert "old" in html_to_text(quote)


@pytest.mark.parametrize("name", HTMLS)
def test_html_that_only_quotes_is_shown(name: str) -> None:
    assert split_quote_html(HTMLS[name]) == (HTMLS[name], "")


@pytest.mark.parametrize(
    "html",
    [
        "<p>no quote</p>",
        "",
        BODY + '<blockquote type="cite">old</blockquote><p>my answer below</p>',
        "<blockquote>wise words</blockquote><p>as they say</p>",
    ],
)
def test_html_without_a_quote_to_fold_stays(html: str) -> None:
    assert split_quote_html(html) == (html, "")


@given(st.text(alphabet="<>ab \n>|:：写道wroteOnFrom发件人-_@1", max_size=200))
def test_nothing_is_lost(text: str) -> None:
    own, quote = split_quote(text)
    assert "".join((own + quote).split()) == "".join(text.split())


@pytest.mark.parametrize("name", [*BOMBS, "lines", "introductions", "headers", "styles"])
def test_a_megabyte_of_anything_takes_bounded_time(name: str) -> None:
    more = {
        "lines": ">\n" * 500_000,
        "introductions": "On 1 \n" * 160_000,
        "headers": "From: \n" * 140_000,
        "styles": "<style>" * 140_000 + "<div class=gmail_quote>",
    }
    text = more.get(name) or BOMBS[name]
    started = time.process_time()
    split_quote(text)
    split_quote_html(text)
    assert time.process_time() - started < 5
