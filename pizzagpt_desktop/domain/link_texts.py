"""Which hosts the text of a link names, so that it can be held against where the link leads; opens and looks up nothing."""

import re
import unicodedata
from collections.abc import Iterator

READ = 2_000
"""Characters of a text that are looked at."""

INVISIBLE = re.compile(
    "[\\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d159\U0001d173-\U0001d17a\U000e0000-\U000e0fff]+"
)
_BETWEEN = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e0fff]+"
)
"""What may stand within a name without being seen."""
_NAMED = re.compile(
    r"\b(?P<scheme>https?://(?:[^\s/?#\\]*@)?)?(?P<name>(?:[\w\-]{1,63}\.){1,12}[^\W\d_][\w\-]{1,62})\b(?!@)"
    r"|https?://(?:[^\s/?#\\]*@)?(?P<other>\[[0-9a-f:.]+\]|[\w.\-]+)"
    r"|(?<![\w.\-])(?P<number>\d{1,3}(?:\.\d{1,3}){3})(?![\w\-]|\.\w)"
    r"|\b(?P<local>localhost)(?=[:/])"
    r"|(?P<six>\[[0-9a-f:]{0,30}::[0-9a-f:.]{0,30}\])",
    re.I,
)
_FILE_ENDING = re.compile(
    r"bat|bin|c|cc|cfg|cpp|cs|css|csv|doc|docx|gif|go|gz|h|hpp|htm|html|ini|java|jpeg|jpg|js|json|jsx|kt|lock|log|lua|md|mjs|"
    r"mp3|mp4|net|pdf|php|pl|png|ps1|py|pyi|rb|rs|rst|sh|so|sql|svg|swift|tar|toml|ts|tsx|txt|vue|wav|xls|xlsx|xml|yaml|yml|zip"
)


def is_blank(text: str) -> bool:
    """Whether nothing of `text` can be seen."""
    return not INVISIBLE.sub("", text[:READ])


def names_another(text: str, host: str) -> bool:
    """Whether `text` names a host that is neither `host` (in ASCII) nor above it."""
    host = _plain(host)
    return any(host != named and not host.endswith("." + named) for named in _hosts_in(text))


def _hosts_in(text: str) -> Iterator[str]:
    text = text[:READ]
    if not text.isascii():  # what looks like a letter or a dot is read as one
        text = unicodedata.normalize("NFKC", _BETWEEN.sub("", text)).replace("\u3002", ".")
    for match in _NAMED.finditer(text):
        named = _plain(next(filter(None, match.group("name", "other", "number", "local", "six"))))
        if (
            match.group("name")
            and not match.group("scheme")
            and _FILE_ENDING.fullmatch(named.rpartition(".")[2])
        ):
            continue  # README.md is a file far more often than a site in Moldova
        yield named


def _plain(host: str) -> str:
    return host.lower().rstrip(".").removeprefix("www.")
