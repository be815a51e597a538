"""What every service with a chat over HTTP has alike: one request, an answer, a list of models; knows no dialect.

A provider of a dialect says where its requests go, what they hold and how the answer is read, and nothing else.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping
from contextlib import aclosing, asynccontextmanager
from typing import Any, ClassVar

from pizzagpt_desktop import __version__
from pizzagpt_desktop.domain.addresses import check_key, parse_base_url
from pizzagpt_desktop.domain.extras import put_into
from pizzagpt_desktop.domain.faults import NO_KEY_SENT, Fault, FaultKind
from pizzagpt_desktop.domain.models import ModelName, context_of
from pizzagpt_desktop.domain.text import shown
from pizzagpt_desktop.domain.window_notes import NOTHING_SENT
from pizzagpt_desktop.network.http import Answer, Limits, open_http
from pizzagpt_desktop.network.route import from_url
from pizzagpt_desktop.network.tls import Terms
from pizzagpt_desktop.providers.answers import fault_from_error, not_the_api, read_json
from pizzagpt_desktop.providers.base_provider import AsyncGeneratorProvider, ProviderModelMixin
from pizzagpt_desktop.providers.event_stream import Dialect, read_reply, refuse_status
from pizzagpt_desktop.providers.helper import json_body
from pizzagpt_desktop.typing import Messages

USER_AGENT = f"PizzaGPT-Desktop/{__version__}"
EVENTS = "text/event-stream"
MODEL_LIMIT = 20_000
_PAGES = 20
LIST_S = 60.0
"""The most that a page of the list may take once it comes."""


class HttpProvider(AsyncGeneratorProvider, ProviderModelMixin):
    """A chat and a list of models under one root. chat_path: what is asked for a reply. takes: what is accepted."""

    working = True
    default_model = ""
    models: ClassVar[list[str]] = []
    retries: ClassVar[int] = 5
    chat_path: ClassVar[str] = ""
    takes: ClassVar[str] = EVENTS

    @classmethod
    async def create_async_generator(
        cls,
        model: str,
        messages: Messages,
        proxy: str | None = None,
        *,
        api_key: str | None = None,
        base_url: str = "",
        limits: Limits | None = None,
        terms: Terms | None = None,
        extra_headers: Mapping[str, str] | None = None,
        extra_body: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[Any]:
        """Ask once; see `AsyncGeneratorProvider`. Other keywords than those of `request_body` are ignored.

        extra_headers, extra_body: what the user adds to the request, before what is usual there.
        """
        root = cls.root(base_url)
        secrets = (api_key,) if api_key else ()
        try:
            async with (
                asking(
                    cls.address(root, cls.chat_path),
                    headers=joined({**cls.headers(api_key, root), "Accept": cls.takes}, extra_headers or {}),
                    body=put_into(cls.request_body(root, model, messages, kwargs), extra_body or {}),
                    secrets=secrets,
                    proxy=proxy,
                    limits=limits,
                    terms=terms,
                ) as answer,
                aclosing(cls.read(answer, secrets)) as chunks,
            ):
                async for chunk in chunks:
                    yield chunk
        except Fault as fault:
            fault.hint = cls.hint(fault, model) or _without_key(fault, api_key) or fault.hint
            raise

    @classmethod
    async def list_models(
        cls,
        *,
        base_url: str = "",
        api_key: str | None = None,
        proxy: str | None = None,
        limits: Limits | None = None,
        terms: Terms | None = None,
        extra_headers: Mapping[str, str] | None = None,
    ) -> list[str]:
        """The names of the service's models, as it orders them, all pages of the list; raises Fault."""
        root = cls.root(base_url)
        secrets = (api_key,) if api_key else ()
        names: dict[str, None] = {}
        after = ""
        for _ in range(_PAGES):
            try:
                async with asking(
                    cls.list_address(root, after),
                    headers=joined(
                        {**cls.headers(api_key, root), "Accept": "application/json"}, extra_headers or {}
                    ),
                    secrets=secrets,
                    proxy=proxy,
                    limits=limits,
                    terms=terms,
                ) as answer:
                    body = await answer.body(seconds=LIST_S)
            except Fault as fault:
                fault.hint = _without_key(fault, api_key) or fault.hint
                raise
            value = json_of(body, secrets)
            page = model_names(value, body, secrets)
            names.update(dict.fromkeys(page))
            after = cls.next_page(value)
            if not page or not after:
                break
        return list(names)

    @classmethod
    def root(cls, base_url: str) -> str:
        """The service's root as an address; raises Fault(SETTINGS)."""
        return root_of(base_url or cls.default_base_url)

    @classmethod
    def address(cls, root: str, path: str) -> str:
        """Where a request goes."""
        return f"{root}/{path}"

    @classmethod
    def list_address(cls, root: str, after: str) -> str:
        """Where the list of models is asked for. after: what `next_page` gave."""
        return cls.address(root, "models")

    @classmethod
    def next_page(cls, value: Any) -> str:
        """What the next page of the list is asked with, "" where this one was the last."""
        return ""

    @classmethod
    def headers(cls, api_key: str | None, root: str) -> dict[str, str]:
        """What every request carries; the key only if there is one. Raises Fault(AUTH) for what cannot be one."""
        return key_headers(api_key)

    @classmethod
    def request_body(
        cls, root: str, model: str, messages: Messages, parameters: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The request, as the dialect writes it."""
        raise NotImplementedError

    @classmethod
    def hint(cls, fault: Fault, model: str) -> str:
        """What to do about a fault, where the dialect's server is known well enough to say it better."""
        return ""

    @classmethod
    def events(cls, secrets: Iterable[str]) -> Dialect:
        """A reader of one reply, for dialects of server-sent events."""
        raise NotImplementedError

    @classmethod
    def read(cls, answer: Answer, secrets: Iterable[str]) -> AsyncGenerator[Any, None]:
        """The chunks of an answer."""
        return read_reply(answer, secrets, cls.events(secrets))


@asynccontextmanager
async def asking(
    url: str,
    *,
    headers: Mapping[str, str],
    body: Mapping[str, Any] | None = None,
    secrets: Iterable[str] = (),
    proxy: str | None,
    limits: Limits | None,
    terms: Terms | None,
) -> AsyncIterator[Answer]:
    """Send one request and give its answer; raises Fault, also for a status that is no success."""
    async with open_http(
        "GET" if body is None else "POST",
        url,
        headers=headers if body is None else {"Content-Type": "application/json", **headers},
        body=None if body is None else await json_body(body),
        proxy=from_url(proxy) if proxy else None,
        limits=limits,
        terms=terms,
    ) as answer:
        await refuse_status(answer, secrets)
        yield answer


def joined(ours: Mapping[str, str], more: Mapping[str, str]) -> dict[str, str]:
    """Both sets of headers; where both have a name, in whatever case, `more` has the word."""
    theirs = {name.lower() for name in more}
    return {**{name: value for name, value in ours.items() if name.lower() not in theirs}, **more}


def root_of(base_url: str) -> str:
    """A service's root as an address, or Fault(SETTINGS) with words."""
    try:
        return parse_base_url(base_url)
    except ValueError as error:
        raise Fault(FaultKind.SETTINGS, str(error), hint="Check the address in the preferences.") from None


def _without_key(fault: Fault, api_key: str | None) -> str:
    """What to do where a service refuses the key, and none was sent."""
    return NO_KEY_SENT if fault.kind is FaultKind.AUTH and not api_key else ""


def key_headers(api_key: str | None, name: str = "Authorization", form: str = "Bearer {}") -> dict[str, str]:
    """The program's name, and the key where there is one; raises Fault(AUTH) for what cannot be a key."""
    common = {"User-Agent": USER_AGENT}
    if not api_key:
        return common
    try:
        return {**common, name: form.format(check_key(api_key))}
    except ValueError as error:
        words = str(error)
        raise Fault(
            FaultKind.AUTH,
            f"{NOTHING_SENT}{words[0].lower()}{words[1:]}",
            hint="Check the key in the preferences.",
        ) from None


def json_of(body: bytes, secrets: Iterable[str]) -> Any:
    """A body's JSON; raises Fault(NOT_THE_API) where it is something else."""
    try:
        return read_json(body)
    except ValueError:
        raise not_the_api(body, secrets) from None


def model_names(value: Any, body: bytes, secrets: Iterable[str]) -> list[str]:
    """The names in a list of models, in any of its forms, each once; raises Fault where it is none."""
    if isinstance(value, dict):
        if value.get("error"):
            raise fault_from_error(value["error"], secrets)
        entries = value.get("data", value.get("models"))
    else:
        entries = value
    if not isinstance(entries, list):
        raise not_the_api(body, secrets)
    names: dict[str, None] = {}
    for entry in entries[:MODEL_LIMIT]:
        name = entry if isinstance(entry, str) else _name(entry)
        if isinstance(name, str) and name.strip():
            names[ModelName(shown(name), context_of(entry))] = None
    if entries and not names:
        raise not_the_api(body, secrets)
    return list(names)


def _name(entry: Any) -> Any:
    if not isinstance(entry, dict):
        return None
    return next((entry[key] for key in ("id", "name", "model") if entry.get(key)), None)
