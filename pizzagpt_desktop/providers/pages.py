"""Bodies that are no answer but a page or a text: in which encoding, with which title; knows no service.

Sources: the WHATWG Encoding and HTML standards ("Determining the character encoding"), as far as a title needs them.
"""

import codecs
import re

ERROR_BODY = 64 * 1024
"""How many bytes of a refusal or a page are read for its words."""
_TITLE = re.compile(r"<title(?:\s[^<>]*)?>(.*?)(?:</title|$)", re.I | re.S)
_DECLARED = re.compile(
    rb"<(?:meta|\?xml)\s[^<>]{0,200}?(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.I
)
_TEXTS = re.compile(
    r"(ascii|big5|cp\d|euc_|gb|hz|iso2022|iso8859|johab|koi8|kz1048|mac-|ptcp|shift_ji|tis|utf-(8|16|32))"
)
"""The encodings of texts; Python knows others that are programs, or slow."""
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def text_of(body: bytes, charset: str = "") -> str:
    """A body as text: by its mark, else as UTF-8 if it is that, else as `charset` or the page itself says."""
    for mark, name in _MARKS:
        if body.startswith(mark):
            return body.decode(name, "replace")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        declared = _DECLARED.search(body[:2048])
        return decoded(body, charset or (declared[1].decode("ascii", "replace") if declared else ""))


def decoded(body: bytes, charset: str) -> str:
    """A body in an encoding of texts; in UTF-8 where it is none that is known."""
    try:
        name = codecs.lookup(charset or "utf-8").name
    except (LookupError, ValueError):
        name = "utf-8"
    if name == "iso8859-1":
        name = "cp1252"  # what the label means on the web
    return body.decode(name if _TEXTS.match(name) else "utf-8", "replace")


def page_title(text: str) -> str:
    """The title of a web page as plain text, "" where there is none."""
    import html

    found = _TITLE.search(text[:ERROR_BODY])
    return " ".join(html.unescape(found[1]).split()) if found else ""


def looks_like_page(text: str) -> bool:
    """Whether a body is a web page."""
    return text.lstrip("\ufeff \t\r\n")[:1] == "<"
