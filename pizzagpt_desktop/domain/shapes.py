"""The shapes in which a secret may stand in a text: as it is, halved, or written in the codes that services and programs use.

Knows nothing of where secrets come from. Loaded with the first secret, not before the first picture.
"""

import base64
import json
from functools import lru_cache
from urllib.parse import quote

LONG = 16
"""Only of such a secret, halves and codes are looked for."""
_BETWEEN = ("\x00", "\N{REPLACEMENT CHARACTER}")
"""What stands between the letters where UTF-16 was read as something else."""


@lru_cache(maxsize=64)
def shapes_of(secret: str) -> tuple[str, ...]:
    """All shapes of a secret, the longest first; the secret itself among them."""
    found = {secret}
    if len(secret) >= LONG:
        raw = secret.encode("utf-8", "replace")
        half = len(secret) // 2
        found |= {secret[:half], secret[half:]}
        found |= {quote(raw, safe=""), quote(raw), json.dumps(secret)[1:-1]}
        found |= {raw.hex(), raw.hex().upper()}
        found |= {between.join(secret) for between in _BETWEEN}
        for code in (base64.b64encode, base64.urlsafe_b64encode):
            found |= {_inside(code(b"\x00" * before + raw).decode(), before, len(raw)) for before in range(3)}
    return tuple(sorted(found, key=len, reverse=True))


def _inside(coded: str, before: int, length: int) -> str:
    """The letters of a text in base64 that depend on the secret alone, whatever stands around it."""
    return coded[-(-8 * before // 6) : 8 * (before + length) // 6]
