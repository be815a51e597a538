"""From preferences to something that answers: which provider, key and route a conversation gets; keeps nothing."""

import inspect
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any

from pizzagpt_desktop.domain.addresses import parse_base_url
from pizzagpt_desktop.domain.asking import NAMES, NOTHING_ASKED, inherited
from pizzagpt_desktop.domain.chunks import Usage
from pizzagpt_desktop.domain.conversation import Conversation
from pizzagpt_desktop.domain.entered import Entered
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.domain.models import ModelName
from pizzagpt_desktop.domain.preferences import (
    PROXY_SECRET,
    Live,
    Preferences,
    ServiceSettings,
    passphrase_secret_name,
    proxy_secret_name,
)
from pizzagpt_desktop.domain.proxy import ProxySettings
from pizzagpt_desktop.domain.sight import Sight
from pizzagpt_desktop.domain.window import weight
from pizzagpt_desktop.domain.window_notes import CONTEXT
from pizzagpt_desktop.network.http import limits_for
from pizzagpt_desktop.network.route import Proxy, SystemProxy, proxy_for, refuse_beyond, words
from pizzagpt_desktop.network.tls import Meter, Terms
from pizzagpt_desktop.providers.boundary import cleaned
from pizzagpt_desktop.providers.keys import key_for
from pizzagpt_desktop.providers.registry import Registry
from pizzagpt_desktop.providers.sizes import ASKED_FROM, Sizes, asked_for
from pizzagpt_desktop.typing import Messages

_CHOOSE = "Choose a service in the preferences."


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One service with its settings and route, ready to be asked (see `chat.ports.ReplySource`).

    context: how many tokens the model can look at, None where it is not known. sized, measure: the same, and the
    tokens of messages, exactly, where the model is on this computer; only from so many tokens on. learn: is told what replies and refusals say.
    ratio: of this model's tokens to estimates, at least, as a refusal showed.
    """

    provider: str
    model: str
    route: str
    system_prompt: str = ""
    retries: int = 0
    start: Callable[[Messages], Any] = field(repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    built_in: bool = True
    context: int | None = None
    max_tokens: int | None = None
    sized: Callable[[], Awaitable[int | None]] | None = field(default=None, repr=False)
    sized_from: int = 0
    measure: Callable[[Messages], Awaitable[int]] | None = field(default=None, repr=False)
    learn: Callable[..., None] = field(default=lambda *_sizes: None, repr=False, compare=False)
    ratio: float = 1.0
    meter: Meter = field(default_factory=Meter, repr=False, compare=False)

    async def stream(self, messages: Messages) -> AsyncGenerator[Any, None]:
        """Ask once. Yields `str` and `domain.chunks`; raises `Fault` and nothing else. Close it to stop."""
        chunks = cleaned(
            lambda: self.start(messages), self.provider, secrets=self.secrets, built_in=self.built_in
        )
        async with aclosing(chunks):
            try:
                async for chunk in chunks:
                    if isinstance(chunk, Usage) and (size := chunk.counts.get(CONTEXT)):
                        self.learn(size)
                    yield chunk
            except Fault as fault:
                if fault.full is not None:
                    self.learn(fault.full.size, fault.full.needed, sum(map(weight, messages)))
                raise

    @property
    def traffic(self) -> tuple[int, int]:
        """The bytes of the requests and of the answers so far, without heads and encryption."""
        return self.meter.sent, self.meter.received


class Sources:
    """Makes sources from the preferences of the moment. secret: reads a key or password by its name.

    system: what the system says of proxies, see `network.route.proxy_for`. computer: what models in files are run
    with, for providers that take it; None where there is none.
    """

    def __init__(
        self,
        registry: Registry,
        preferences: Live[Preferences],
        secret: Callable[[str], str | None],
        system: SystemProxy | None = None,
        computer: Any = None,
        sizes: Sizes | None = None,
    ) -> None:
        self._registry = registry
        self._preferences = preferences
        self._secret = secret
        self._system = system
        self._computer = computer
        self.sizes = sizes or Sizes()

    def choose(self, conversation: Conversation) -> Source:
        """The source that answers a conversation now; raises Fault(SETTINGS) where none can."""
        asked = self.entered(conversation.service)
        preferences = self._preferences.value
        persona = preferences.personas.get(conversation.persona, NOTHING_ASKED)
        held = inherited(conversation.asking, persona, asked.service, preferences.asking)
        return self.source_for(
            replace(asked.service, **{name: getattr(held, name) for name in NAMES}),
            key=asked.key,
            proxy=asked.proxy,
            proxy_password=asked.proxy_password,
            retries=preferences.retries,
            model=conversation.model,
            passphrase=asked.passphrase,
            lasting=not conversation.temporary,
        )

    def source_for(
        self,
        service: ServiceSettings,
        *,
        key: str | None,
        proxy: ProxySettings,
        proxy_password: str | None,
        retries: int = 0,
        model: str = "",
        passphrase: str | None = None,
        lasting: bool = False,
    ) -> Source:
        """A source with these settings. `model` goes before the service's. lasting: see `Sizes`. Raises Fault(SETTINGS)."""
        provider = self._registry.provider(service.provider)
        url, way = self.way(service, proxy, proxy_password)
        meter = Meter()
        terms = replace(self.terms(service, passphrase), meter=meter)
        model = model or service.model or str(getattr(provider, "default_model", "") or "")
        options = _options(provider, service, key)
        limits = limits_for(url, 60.0 * self._preferences.value.local_wait_min)
        options |= _with_terms(
            provider.create_async_generator,
            terms=terms,
            limits=limits,
            extra_headers=service.extras.headers_with(key),
            extra_body=service.extras.body(),
            computer=self._computer,
        )

        def start(messages: Messages) -> Any:
            return provider.create_async_generator(
                model=model, messages=messages, proxy=way.url if way else None, **options
            )

        return Source(
            provider=service.provider,
            model=model,
            route=self.route_of(service, url, way),
            system_prompt=service.system_prompt,
            retries=min(retries, int(getattr(provider, "retries", 0))),
            start=start,
            secrets=_secrets(key, proxy_password, way, passphrase),
            built_in=self._registry.is_built_in(service.provider),
            meter=meter,
            context=self.sizes.of(service, model),
            max_tokens=service.max_tokens,
            learn=lambda *sizes: self.sizes.learn(service, model, *sizes, lasting=lasting),
            ratio=self.sizes.ratio(service, model),
            **self._counting(
                provider, service, model, {"api_key": key, "proxy": way.url if way else None, "terms": terms}
            ),
        )

    def _counting(
        self, provider: type[Any], service: ServiceSettings, model: str, way: Mapping[str, Any]
    ) -> dict[str, Any]:
        """How tokens are counted exactly, for a model that runs here, and whom to ask how many there may be."""
        count, computer = getattr(provider, "count_tokens", None), self._computer
        tell = getattr(provider, "told_context", None)
        if tell is not None and self.sizes.now(service, model) is None:
            return {
                "sized_from": ASKED_FROM,
                "sized": lambda: asked_for(
                    self.sizes, service, model, tell(model, base_url=service.base_url, **way)
                ),
            }
        if count is None or computer is None or service.base_url:
            return {}

        async def sized() -> int:
            size = int((await computer.load_for(model)).context)
            return min(size, service.context or size)

        return {"sized": sized, "measure": lambda messages: count(messages, model, computer)}

    def sight_of(self, conversation: Conversation) -> Sight:
        """How many tokens the model that answers a conversation can look at. Asks nobody, nor for any key."""
        preferences = self._preferences.value
        service = preferences.service_settings(conversation.service)
        if service is None:
            return Sight()
        try:
            default = getattr(self.provider(service), "default_model", "")
        except Fault:
            return Sight()
        model = conversation.model or service.model or str(default or "")
        persona = preferences.personas.get(conversation.persona, NOTHING_ASKED)
        held = inherited(conversation.asking, persona, service, preferences.asking)
        size, ratio = self.sizes.of(service, model), self.sizes.ratio(service, model)
        return Sight(size, model, held.system_prompt, held.max_tokens, ratio)

    async def list_models(
        self,
        service: ServiceSettings,
        key: str | None,
        proxy: ProxySettings,
        proxy_password: str | None,
        passphrase: str | None = None,
    ) -> list[str]:
        """The models the service offers, or those the provider knows beforehand; raises Fault."""
        provider = self._registry.provider(service.provider)
        ask = getattr(provider, "list_models", None)
        if ask is None:
            return [str(model) for model in getattr(provider, "models", None) or ()]
        _, way = self.way(service, proxy, proxy_password)
        more = _with_terms(
            ask,
            terms=self.terms(service, passphrase),
            extra_headers=service.extras.headers_with(key),
            computer=self._computer,
        )
        wanted = {"base_url": service.base_url, "api_key": key, "proxy": way.url if way else None}
        found: list[str] = []

        async def asked() -> AsyncGenerator[Any, None]:
            names = ask(**wanted, **more)
            for name in await names if inspect.isawaitable(names) else names:
                found.append(name if isinstance(name, ModelName) else str(name))
            yield Usage()  # a generator, so that the boundary holds for this too

        built_in = self._registry.is_built_in(service.provider)
        async for _ in cleaned(
            asked, service.provider, secrets=_secrets(key, proxy_password, way, passphrase), built_in=built_in
        ):
            pass
        self.sizes.note(service, found)
        return found

    async def models_of(self, service_name: str = "") -> list[str]:
        """The models of a service of the preferences, with its own key and route; raises Fault."""
        return await self.list_models(*self.entered(service_name))

    def entered(self, service_name: str = "") -> Entered:
        """A service of the preferences with all that is needed to ask it; raises Fault(SETTINGS)."""
        name, service = self._service(service_name)
        proxy, password = self._proxy(name, service)
        return Entered(service, self.key_of(name, service), proxy, password, self._passphrase(name, service))

    def key_of(self, name: str, service: ServiceSettings) -> str | None:
        """The key of a service; raises Fault(AUTH) where it was entered for another address than this one."""
        return key_for(self._secret, name, _target(self._registry.provider(service.provider), service))

    def terms_of_none(self) -> Terms:
        """On what terms an address is connected to that is no service yet."""
        return Terms(local_only=self._preferences.value.local_only)

    def provider(self, service: ServiceSettings) -> type[Any]:
        """The class that asks it; raises Fault(SETTINGS)."""
        return self._registry.provider(service.provider)

    def route_words(self, service_name: str = "") -> str:
        """Where the next message of a service goes, for the status line: "→ api.example.com via proxy corp:8080"."""
        try:
            name, service = self._service(service_name)
            proxy, password = self._proxy(name, service, ask_secret=False)
            url, way = self.way(service, proxy, password)
            return f"→ {self.route_of(service, url, way)}" if url else ""
        except Fault as fault:
            return fault.detail

    def route_of(self, service: ServiceSettings, url: str, way: Proxy | None) -> str:
        """A route in words."""
        return _route(self.provider(service), service, url, way)

    def way(
        self, service: ServiceSettings, proxy: ProxySettings, password: str | None
    ) -> tuple[str, Proxy | None]:
        """Where a service's requests go and through which proxy; raises Fault where they may or can not."""
        return self.way_for(_target(self._registry.provider(service.provider), service), proxy, password)

    def way_for(
        self, url: str, proxy: ProxySettings, password: str | None = None
    ) -> tuple[str, Proxy | None]:
        """The same for an address."""
        local_only = self._preferences.value.local_only
        if local_only:
            refuse_beyond(url)  # before the system is asked for a proxy, which may ask the network
        way = proxy_for(url, proxy, password or "", self._system) if url else None
        if local_only:
            refuse_beyond(url, way)
        return url, way

    def way_to(self, url: str) -> tuple[Proxy | None, Terms]:
        """The program's own way to a file's address, without any service's; raises Fault where it may not be asked."""
        settings = self._preferences.value.proxy
        password = self._secret(PROXY_SECRET) if settings.username else None
        return self.way_for(url, settings, password)[1], self.terms_of_none()

    def terms(self, service: ServiceSettings, passphrase: str | None = None) -> Terms:
        """On what terms a service is connected to."""
        return Terms(
            trust=service.trust,
            passphrase=passphrase or "",
            local_only=self._preferences.value.local_only,
        )

    def _passphrase(self, name: str, service: ServiceSettings) -> str | None:
        return self._secret(passphrase_secret_name(name)) if service.trust.certificate else None

    def _service(self, name: str) -> tuple[str, ServiceSettings]:
        preferences = self._preferences.value
        name = name or preferences.service
        if not name:
            raise Fault(FaultKind.SETTINGS, "No service is chosen yet.", hint=_CHOOSE)
        service = preferences.services.get(name)
        if service is None:
            raise Fault(FaultKind.SETTINGS, f"The service “{name}” is not set up any more.", hint=_CHOOSE)
        return name, service

    def _proxy(
        self, name: str, service: ServiceSettings, *, ask_secret: bool = True
    ) -> tuple[ProxySettings, str | None]:
        own = service.proxy is not None
        settings = service.proxy if service.proxy is not None else self._preferences.value.proxy
        if not ask_secret or not settings.username:
            return settings, None
        return settings, self._secret(proxy_secret_name(name) if own else PROXY_SECRET)


def _route(provider: type[Any], service: ServiceSettings, url: str, way: Proxy | None) -> str:
    if getattr(provider, "on_this_computer", False) and not service.base_url:
        return "this computer"
    return words(url, way)


def _target(provider: type[Any], service: ServiceSettings) -> str:
    """The address that decides the route: the service's own, the provider's root, or its site; "" for none."""
    url = service.base_url or getattr(provider, "default_base_url", "") or getattr(provider, "url", "") or ""
    if not url:
        return ""
    try:
        return parse_base_url(str(url))
    except ValueError as error:
        raise Fault(FaultKind.SETTINGS, str(error), hint="Check the address in the preferences.") from None


def _options(provider: type[Any], service: ServiceSettings, key: str | None) -> dict[str, Any]:
    """The keywords of a request: only what was set, and only what the provider's signature takes."""
    wanted: dict[str, Any] = {
        "api_key": key or None,
        "base_url": service.base_url or None,
        "temperature": service.temperature,
        "top_p": service.top_p,
        "max_tokens": service.max_tokens,
        "seed": service.seed,
        "stop": list(service.stop) or None,
    }
    options = {name: value for name, value in wanted.items() if value is not None}
    try:
        taken = inspect.signature(provider.create_async_generator).parameters.values()
    except (TypeError, ValueError):
        return options
    if any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in taken):
        return options
    names = {parameter.name for parameter in taken}
    return {name: value for name, value in options.items() if name in names}


def _with_terms(ask: Callable[..., Any], **given: Any) -> dict[str, Any]:
    """The keywords for who takes them by name: an add-on may hand all others on as they are."""
    try:
        taken = inspect.signature(ask).parameters
    except (TypeError, ValueError):
        return {}
    return {name: value for name, value in given.items() if name in taken}


def _secrets(
    key: str | None, password: str | None, way: Proxy | None, passphrase: str | None
) -> tuple[str, ...]:
    own = (key, key.strip() if key else None, password, passphrase)
    known: Iterable[str | None] = (*own, *(way.secrets if way else ()))
    return tuple({secret for secret in known if secret})
