"""Faults: what can go wrong with a reply, typed by cause; knows no library's exceptions.

    Fault                  anything below, as a value to store and an exception to raise
      RefusedByService     the service says it does not want this program; also a ValueError (the seed's contract)

Exceptions of libraries become faults once, in `network.http`; words for people are made in `ui.strings`
and in the `hint` given here.
"""

from enum import StrEnum
from typing import NamedTuple


class FaultKind(StrEnum):
    """Causes, named as in the corpus."""

    AUTH = "auth"
    QUOTA = "quota"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    PROXY = "proxy"
    TOO_LARGE = "too_large"
    RATE_LIMIT = "rate_limit"
    BAD_REQUEST = "bad_request"
    REDIRECT = "redirect"
    SERVER = "server"
    CONTENT_FILTER = "content_filter"
    REFUSED_BY_SERVICE = "refused_by_service"
    UNEXPECTED_ANSWER = "unexpected_answer"
    DAMAGED = "damaged"
    NOT_THE_API = "not_the_api"
    EMPTY = "empty"
    NETWORK = "network"
    TLS = "tls"
    TIME_OUT = "time_out"
    SETTINGS = "settings"
    """The preferences do not say where to send this; nothing was sent."""
    BUDGET = "budget"
    """The user's own limit of what may be spent; nothing was sent."""
    ENGINE = "engine"
    """The model on this computer: it could not be loaded, or its process ended."""
    STORAGE = "storage"
    """The disk did not take it; the reply itself may be fine."""


NO_KEY_SENT = "No key was sent. Enter the service's key in the preferences."
"""What to do where a service refused a request that had no key."""
RETRYABLE = frozenset(
    {
        FaultKind.RATE_LIMIT,
        FaultKind.SERVER,
        FaultKind.EMPTY,
        FaultKind.NETWORK,
        FaultKind.TIME_OUT,
        FaultKind.DAMAGED,
        FaultKind.UNEXPECTED_ANSWER,
        FaultKind.NOT_THE_API,
        FaultKind.PROXY,
        FaultKind.ENGINE,
    }
)
"""Kinds for which pressing Retry without changing anything can help."""


class Full(NamedTuple):
    """In tokens. size: what the model can look at. needed: what the request would have taken, None where it is not told."""

    size: int
    needed: int | None = None


class Fault(Exception):
    """One failure with its cause.

    kind: the cause. detail: plain text for people, from the service where it said something (at most 500
    characters, no control or bidi characters, secrets masked; see `domain.text.shown`).
    hint: what to do next, or "". retry_after_s: seconds the service asked to wait, or None.
    untaken: the service said that it did not take the request, or to ask again: doing so cannot be paid twice.
    full: where the service refused what is longer than its model can look at, and told the numbers.
    """

    kind: FaultKind
    detail: str
    hint: str
    retry_after_s: float | None
    untaken: bool
    full: Full | None

    def __init__(
        self,
        kind: FaultKind,
        detail: str = "",
        *,
        hint: str = "",
        retry_after_s: float | None = None,
        untaken: bool = False,
        full: Full | None = None,
    ) -> None:
        super().__init__(detail or kind.value)
        self.kind = kind
        self.detail = detail
        self.hint = hint
        self.retry_after_s = retry_after_s
        self.untaken = untaken
        self.full = full

    @property
    def retryable(self) -> bool:
        """Whether the same request may succeed later."""
        return self.kind in RETRYABLE

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.kind.value!r}, {self.detail!r})"


class RefusedByService(Fault, ValueError):
    """The service refuses automated clients and said so; never retried by the program."""

    def __init__(self, detail: str, *, hint: str = "") -> None:
        super().__init__(FaultKind.REFUSED_BY_SERVICE, detail, hint=hint)
