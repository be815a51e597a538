"""Links that are seldom written: each way of judging one that no other test has."""

import pytest

from pizzagpt_desktop.domain.links import Verdict, judge


@pytest.mark.parametrize(
    ("href", "text", "verdict", "why"),
    [
        ("https://ｅxample.com/x", None, Verdict.CONFIRM, "look like others"),
        ("https://example.com/%E2%80%AEx", None, Verdict.CONFIRM, "do not show"),
        ("https://" + "ü" * 100 + ".example/", None, Verdict.DEAD, "not a usable one"),
        ("mailto:a@b.example,c@d.example", None, Verdict.CONFIRM, "more than one reader"),
        ("mailto:me@example.com?subject=" + "x" * 3000, None, Verdict.CONFIRM, "carry away"),
        ("mailto:a%2Cc@b.example", None, Verdict.CONFIRM, "more than one reader"),
        ("mailto:a%40c.example@b.example", None, Verdict.CONFIRM, "more than one reader"),
        ("http://./", None, Verdict.DEAD, "names no host"),
        ("https://example.com/x", "[::1]", Verdict.CONFIRM, "names another place"),
        ("https://example.com/x", "https://[fe80::1]/", Verdict.CONFIRM, "names another place"),
        ("https://example.com/x", "list[1:2]", Verdict.OPEN, ""),
        ("https://example.com/x", "[12:30]", Verdict.OPEN, ""),
        ("mailto:nobody", None, Verdict.DEAD, "not a usable one"),
        ("https://example.com/x", "a page", Verdict.OPEN, ""),
        ("mailto:me@example.com?subject=Hi", "write", Verdict.OPEN, ""),
    ],
)
def test_each_doubt_has_its_words(href: str, text: str | None, verdict: Verdict, why: str) -> None:
    judged = judge(href, text)
    assert judged.verdict is verdict, judged
    assert why in judged.why
    assert bool(judged.why) == bool(why)
