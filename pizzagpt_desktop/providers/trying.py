"""A test of the whole way to a service, from the name look-up to the model's first word; keeps nothing."""

import time
from contextlib import aclosing, suppress
from typing import Any

from pizzagpt_desktop.domain.addresses import host_and_port, is_loopback
from pizzagpt_desktop.domain.chunks import Reasoning
from pizzagpt_desktop.domain.entered import Entered
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.domain.proxy import ProxyMode
from pizzagpt_desktop.domain.text import masked
from pizzagpt_desktop.domain.trial import State, Step, Trial
from pizzagpt_desktop.domain.trust import CertificateFacts, place_of
from pizzagpt_desktop.network.http import open_http
from pizzagpt_desktop.network.route import Proxy
from pizzagpt_desktop.network.walk import Tell, walk
from pizzagpt_desktop.providers.http_provider import USER_AGENT
from pizzagpt_desktop.providers.sources import Sources

QUESTION = "Say only: OK"
_ANSWERED = frozenset(
    {
        FaultKind.AUTH,
        FaultKind.QUOTA,
        FaultKind.FORBIDDEN,
        FaultKind.NOT_FOUND,
        FaultKind.RATE_LIMIT,
        FaultKind.BAD_REQUEST,
        FaultKind.TOO_LARGE,
        FaultKind.REFUSED_BY_SERVICE,
        FaultKind.CONTENT_FILTER,
    }
)
"""Refusals in the service's own words: it is there, and the way to it works."""


async def try_route(
    sources: Sources, entered: Entered, tell: Tell = lambda _step: None, *, ask_model: bool = False
) -> Trial:
    """Walk the way and ask for the models; raises nothing. tell: hears each step as it ends.

    ask_model: also have the model answer, which a service may charge for.
    """
    trying = _Trying(sources, entered, tell)
    with suppress(Fault):  # it was told as the failure of its step
        await trying.run(ask_model)
    return trying.trial()


class _Trying:
    def __init__(self, sources: Sources, entered: Entered, tell: Tell) -> None:
        self._sources = sources
        self._entered = entered
        self._hear = tell
        self._steps: list[Step] = []
        self._route = ""
        self._url = ""
        self._models: tuple[str, ...] = ()
        self._certificate: CertificateFacts | None = None
        self._secrets = tuple(
            secret
            for secret in (entered.key, entered.proxy_password, entered.passphrase)
            if secret is not None
        )

    async def run(self, ask_model: bool) -> None:
        service, sources = self._entered.service, self._sources
        try:
            provider = sources.provider(service)
        except Fault as fault:
            self._fail("route", fault)
            raise
        if getattr(provider, "on_this_computer", False) and not service.base_url:
            self._route = "this computer"
            self._tell("route", State.OK, "The model runs inside this program; nothing leaves this computer.")
            await self._list()
            await self._word(provider, ask_model)
            return
        url, way = self._choose_way()
        seen = await walk(url, way, sources.terms(service, self._entered.passphrase), self._note)
        self._certificate = seen.certificate
        if seen.refusal is not None:
            raise seen.refusal
        if hasattr(provider, "list_models"):
            await self._list()
        else:
            await self._knock(url, way)
        await self._word(provider, ask_model)

    async def _word(self, provider: Any, ask_model: bool) -> None:
        if not getattr(provider, "working", True):
            self._tell("word", State.SKIPPED, "Not asked: it may refuse programs.")
        elif not ask_model:
            self._tell("word", State.SKIPPED, "Not asked.")
        else:
            await self._ask()

    def trial(self) -> Trial:
        return Trial(
            route=self._route,
            steps=tuple(self._steps),
            models=self._models,
            certificate=self._certificate,
            place=place_of(self._url) if self._url else "",
        )

    def _choose_way(self) -> tuple[str, Proxy | None]:
        service, proxy = self._entered.service, self._entered.proxy
        try:
            url, way = self._sources.way(service, proxy, self._entered.proxy_password)
            if not url:
                raise Fault(FaultKind.SETTINGS, "This add-on does not say where it sends to.")
        except Fault as fault:
            self._fail("route", fault)
            raise
        if way is not None:
            self._secrets += way.secrets
        self._route, self._url = self._sources.route_of(service, url, way), url
        whose = "its own settings" if service.proxy is not None else "the program's settings"
        if way is not None and proxy.mode is ProxyMode.SYSTEM:
            why = "as the system says"
        elif way is not None:
            why = f"by {whose}"
        elif is_loopback(host_and_port(url)[0]) and proxy.mode is not ProxyMode.NONE:
            why = "straight, because it is this computer"
        elif proxy.mode is ProxyMode.MANUAL:
            why = "straight, because it is in the list of those that go round the proxy"
        elif proxy.mode is ProxyMode.SYSTEM:
            why = "straight, because the system names no proxy for it"
        else:
            why = f"straight, by {whose}"
        self._tell("route", State.OK, f"{self._route}, {why}.")
        return url, way

    async def _list(self) -> None:
        begun = time.monotonic()
        try:
            found = await self._sources.list_models(*self._entered)
        except Fault as fault:
            seconds = time.monotonic() - begun
            if fault.kind not in _ANSWERED:
                self._fail("answer", fault, seconds)
                raise
            self._tell("answer", State.OK, "The service answers.", seconds)
            model = self._entered.service.model
            if fault.kind is FaultKind.NOT_FOUND and model:
                # Some have no list at this address; the model may answer all the same.
                self._tell("models", State.SKIPPED, f"The service shows no list of models: {fault.detail}")
                return
            self._fail("models", fault)
            raise
        self._models = tuple(found)
        self._tell("answer", State.OK, "The service answers.", time.monotonic() - begun)
        offer = f"{len(found)} model{'' if len(found) == 1 else 's'}" if found else "The list is empty"
        model = self._entered.service.model
        if model and found and model not in found:
            offer += f"; “{model}” is not among them"
        self._tell("models", State.OK, f"{offer}.")

    async def _knock(self, url: str, way: Proxy | None) -> None:
        """For a service without a list of models: whether anything answers there."""
        begun = time.monotonic()
        terms = self._sources.terms(self._entered.service, self._entered.passphrase)
        try:
            async with open_http(
                "HEAD", url, headers={"User-Agent": USER_AGENT}, proxy=way, terms=terms
            ) as answer:
                status = answer.status
            if status >= 500:
                raise Fault(FaultKind.SERVER, f"The service has a fault (status {status}).")
        except Fault as fault:
            self._fail("answer", fault, time.monotonic() - begun)
            raise
        self._tell("answer", State.OK, f"The site answers (status {status}).", time.monotonic() - begun)
        provider = self._sources.provider(self._entered.service)
        self._models = tuple(str(model) for model in getattr(provider, "models", None) or ())
        unofficial = "This way in is unofficial, and whether" if not provider.working else "Whether"
        self._tell(
            "models",
            State.SKIPPED,
            f"Nothing was asked of it. {unofficial} it takes messages from this program shows with the first one.",
        )

    async def _ask(self) -> None:
        begun = time.monotonic()
        e = self._entered
        try:
            source = self._sources.source_for(
                e.service,
                key=e.key,
                proxy=e.proxy,
                proxy_password=e.proxy_password,
                passphrase=e.passphrase,
            )
            if not source.model and self._models:
                self._tell("word", State.SKIPPED, "Not asked: no model is chosen yet.")
                return
            first = ""
            async with aclosing(source.stream([{"role": "user", "content": QUESTION}])) as chunks:
                async for chunk in chunks:
                    piece = chunk.text if isinstance(chunk, Reasoning) else chunk
                    if isinstance(piece, str) and piece.strip():
                        first = piece
                        break
            if not first:
                raise Fault(FaultKind.EMPTY, "The model sent an empty reply.", hint="Try another model.")
        except Fault as fault:
            self._fail("word", fault, time.monotonic() - begun)
            raise
        self._tell(
            "word", State.OK, f"{source.model or 'The model'} began to answer.", time.monotonic() - begun
        )

    def _tell(self, name: str, state: State, text: str, seconds: float | None = None, hint: str = "") -> None:
        self._note(Step(name=name, state=state, words=text, hint=hint, seconds=seconds))

    def _fail(self, name: str, fault: Fault, seconds: float | None = None) -> None:
        text = fault.detail or fault.kind.value.replace("_", " ")
        self._tell(name, State.FAILED, text, seconds, fault.hint)

    def _note(self, step: Step) -> None:
        """Keep and tell a step, its words without any secret."""
        safe = Step(
            name=step.name,
            state=step.state,
            words=masked(step.words, self._secrets),
            hint=masked(step.hint, self._secrets),
            seconds=step.seconds,
        )
        self._steps.append(safe)
        self._hear(safe)
