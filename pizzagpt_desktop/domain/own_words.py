"""How the program itself tells what a service did, where that sent no words worth showing; knows no window.

What a service says is shown in quotation marks as its own. What begins as one of these sentences is ours.
"""

from collections.abc import Mapping

from pizzagpt_desktop.domain.faults import FaultKind
from pizzagpt_desktop.domain.window_notes import NOTHING_SENT

OWN_WORDS: Mapping[FaultKind, str] = {
    FaultKind.AUTH: "The service did not accept the key",
    FaultKind.QUOTA: "The account has no credit left",
    FaultKind.FORBIDDEN: "The service does not allow this",
    FaultKind.NOT_FOUND: "The service has nothing at this address",
    FaultKind.TOO_LARGE: "The request is too large for the service",
    FaultKind.RATE_LIMIT: "The service asks to slow down",
    FaultKind.BAD_REQUEST: "The service did not accept the request",
    FaultKind.TIME_OUT: "The service gave up waiting",
    FaultKind.CONTENT_FILTER: "The service's filter stopped this",
    FaultKind.SERVER: "The service has a fault",
    FaultKind.PROXY: "The proxy wants a name and password",
}
LOADING = "The model is still being loaded"
REFUSED = "The model refused to answer."
HELD_BACK = "A filter of the service held the reply back."
HAD_A_FAULT = "The service had a fault while it answered."
TOO_LARGE_HERE = " is too large (over "
"""Between what of an answer went over a limit of the program's own, and that limit."""

_BEGINNINGS = (*OWN_WORDS.values(), LOADING, REFUSED, HELD_BACK, HAD_A_FAULT, NOTHING_SENT)


def is_ours(detail: str) -> bool:
    """Whether a fault's detail is a sentence of the program's."""
    return detail.startswith(_BEGINNINGS) or TOO_LARGE_HERE in detail
