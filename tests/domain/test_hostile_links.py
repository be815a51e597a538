"""Where links may lead, case by case beyond the corpus: numbers, look-alikes, mail, texts that name another place."""

import pytest

from pizzagpt_desktop.domain.inspection import inspection_of
from pizzagpt_desktop.domain.markdown import MarkdownStream, inspect
from pizzagpt_desktop.domain.markdown_inline import SEGMENT_LENGTH

OPEN = (
    "https://a.example", "HTTPS://A.EXAMPLE/", "http://a.example:8080/x", "https://a.example./", "https://a.example/é",
    "https://a.example/a%20b", "https://a.example?q=https://b.example", "https://a.example#@b.example",
    "https://a.example/@b.example", "https://example.com/路径", "mailto:a@b.example", "mailto:a@b.example?subject=hi",
)  # fmt: skip
CONFIRM = (
    "http://0177.0.0.1/", "http://127.1/", "http://0x7f000001/", "http://127.0.0.1./", "http://[::ffff:127.0.0.1]/",
    "http://[2001:db8::1]:80/", "http://router/", "http://nas.local/", "http://x.internal/", "http://a.localhost/",
    "http://x.home.arpa./", "https://exa%6Dple.org/", "https://a.example%2f.b.example/", "https://a..example/",
    "https://a_b.example/", "https://ｅｘａｍｐｌｅ.org/", "https://faß.de/", "https://👍.example/", "https://XN--A.example/",
    "https://u:p@a.example/", "https://a.example:443@b.example/", "https://a.example\\@b.example", "https://a.example/%0d%0aX",
    "https://a.example/%e2%80%ae.exe", "https://a.example/a\u202eb", "https://a.example/a\u200bb", "https://a.example/%00",
    "https://a.example/%c2%85", "https://a.example/?q=" + "a" * 201, "https://a.example/" + "a" * 2_001,
    "https://a.example/" + "a" * 20_000, "mailto:x@y", "mailto:a@127.0.0.1", "mailto:a@аpple.com", "mailto:a@xn--pple-43d.com",
    "mailto:a@b.example,c@d.example", "mailto:a@b.example?cc=c@d.example", "mailto:a@b.example?subject=a%0d%0aBcc:x@y.example",
    "mailto://a@b.example", "mailto:a@b.example?attachment=/etc/passwd", "mailto:a,b@c.example",
    "https://bank.example。evil.example/", "https://a．example/", "https://a｡example:80/x.y", "http://127。0。0。1/",
)  # fmt: skip
DEAD = (
    "javascript:alert(1)", "jAvAsCrIpT:x", "java\\script:x", "&#106;avascript:x", "javascript&colon;x", "java&Tab;script:x",
    "java&NewLine;script:x", "\u200bhttps://a.example", "%6Aavascript:x", "data:,x", "vbscript:x", "file:///x", "ftp://a.example",
    "ws://a.example", "http+unix://x", "httpx://a.example", "feed:https://a.example", "view-source:https://a.example",
    "ms-settings:x", "res://x", "https:a.example", "https:/a.example", "https:\\\\a.example", "https:////a.example", "https://",
    "//a.example", "\\\\srv\\x", "C:\\x", "#x", "?x", "x", "", "mailto:", "mailto:x", "mailto:@b.example", "mailto:a%40b.example",
    "https://a.example:99999/", "https://a.example/" + "a" * 40_000,
)  # fmt: skip


@pytest.mark.parametrize(
    ("address", "verdict"),
    [(a, v) for v, addresses in (("open", OPEN), ("confirm", CONFIRM), ("dead", DEAD)) for a in addresses],
)
def test_an_address_is_judged_by_its_rule_however_it_is_written(address: str, verdict: str) -> None:
    for text in (f"[x](<{address}>)", f"[x][y]\n\n[y]: <{address}>", f"> 1. **[x](<{address}> 'title')**"):
        shown = inspect(text)
        assert [(link.text, link.verdict) for link in shown.links] == [("x", verdict)], text
        assert shown.visible == "x"
        stream = MarkdownStream()
        for at in range(0, len(text), 7):
            stream.feed(text[at : at + 7])
            if at < 600 or not at % 5:
                stream.advance()
        stream.end()
        assert inspection_of(stream.blocks) == shown


@pytest.mark.parametrize(
    ("text", "host", "verdict"),
    [
        ("bank.example", "evil.example", "confirm"),
        ("bank\u200b.example", "evil.example", "confirm"),
        ("bank․example", "evil.example", "confirm"),
        ("ｂａｎｋ．ｅｘａｍｐｌｅ", "evil.example", "confirm"),
        ("bank。example", "evil.example", "confirm"),
        ("пример.рф", "evil.example", "confirm"),
        ("**bank**.example", "evil.example", "confirm"),
        ("![bank.example](http://x.example)", "evil.example", "confirm"),
        ("`bank.example`", "evil.example", "confirm"),
        ("https://u@bank.example/", "evil.example", "confirm"),
        ("http://1.2.3.4/", "evil.example", "confirm"),
        ("1.2.3.4", "evil.example", "confirm"),
        ("localhost:8080", "evil.example", "confirm"),
        ("http://[::1]/", "evil.example", "confirm"),
        ("a\u202eb", "evil.example", "confirm"),
        ("bank.example", "bank.example.evil.example", "confirm"),
        ("\u200b \u2060", "evil.example", "confirm"),
        ("&nbsp;", "evil.example", "confirm"),
        ("![](http://x.example/y)", "evil.example", "confirm"),
        ("a.example", "www.a.example", "open"),
        ("WWW.A.example", "a.example", "open"),
        ("a.example", "sub.a.example", "open"),
        ("README.md and index.html", "a.example", "open"),
        ("v1.2.3", "a.example", "open"),
        ("https://a.example/?to=https://b.example/", "a.example/?to=https://b.example/", "open"),
        ("https://a.example/?to=https://b.example/", "a.example/", "confirm"),
        ("a.example/?to=https://b.example/", "a.example/?to=https://b.example/", "confirm"),
        ("\u2800", "a.example", "confirm"),
        ("\uffa0\U0001d159\ufff9", "a.example", "confirm"),
        ("first.last@a.example", "a.example", "open"),
    ],
)
def test_a_text_that_names_another_place_is_asked_about(text: str, host: str, verdict: str) -> None:
    assert [link.verdict for link in inspect(f"[{text}](https://{host})").links] == [verdict]
    if text.isascii() and "@" not in text and "/?" not in host:
        assert [link.verdict for link in inspect(f"[{text}](mailto:a@{host})").links] == [verdict]


@pytest.mark.parametrize("length", [1_500, SEGMENT_LENGTH + 500, 300_000])
@pytest.mark.parametrize("size", [64, 4_000])
def test_an_address_of_any_length_is_one(length: int, size: int) -> None:
    data = "iVBORw0K" * (length // 8)
    text = f"so ![a picture](data:image/png;base64,{data}==) and [a link](https://a.example/{data} 'title') longlong0x"
    shown = inspect(text)
    assert [(image.alt, image.src) for image in shown.images] == [
        ("a picture", f"data:image/png;base64,{data}==")
    ]
    assert [(link.text, link.href) for link in shown.links] == [("a link", f"https://a.example/{data}")]
    assert shown.visible == "so a picture and a link longlong0x"
    stream = MarkdownStream()
    for at in range(0, len(text), size):
        stream.feed(text[at : at + size])
        stream.advance()
    stream.end()
    assert inspection_of(stream.blocks) == shown


def test_a_long_stretch_that_is_no_address_stays_as_it_is() -> None:
    for text in (
        "a](data:" + "A" * 9_000 + ")",
        "x " + "A" * 9_000 + ") [y](",
        "`](" + "A" * 5_000 + ")`",
        "\\](" + "A" * 5_000 + ")",
    ):
        assert inspect(text).visible == text.replace("`", "").replace("\\]", "]")
        assert not inspect(text).links


@pytest.mark.parametrize("dot", "。．｡")
def test_a_host_whose_dots_only_look_like_dots_is_asked_about_by_its_true_name(dot: str) -> None:
    (link,) = inspect(f"[x](https://bank.example{dot}evil.example:80/a{dot}b)").links
    assert link.href.startswith("https://bank.example.evil.example:80/a%")
    assert link.verdict == "confirm"
    assert inspect(f"[x](https://bank.example/a{dot}b)").links[0].verdict == "open"


@pytest.mark.parametrize(
    "address", ["https://xn--80ak6aa92e.com/%20%0a", "https://a.example/%E2%80%AEx", "mailto:a%20b@c.example"]
)
def test_an_address_in_pointed_brackets_is_shown_as_it_was_written(address: str) -> None:
    assert inspect(f"<{address}>").visible == address


@pytest.mark.parametrize(
    "address",
    [
        "https://archive.example/web/https://b.example/x",
        "https://a.example/?to=https://b.example",
        "http://a",
    ],
)
def test_an_address_that_holds_another_one_names_only_where_it_leads(address: str) -> None:
    (bare,) = inspect(f"see {address}, yes").bare
    (marked,) = inspect(f"<{address}>").links
    verdict = "open" if "." in address else "confirm"
    assert (bare.href, bare.verdict) == (marked.href, marked.verdict) == (address, verdict)
