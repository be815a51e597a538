"""Probes: ask a service for its models, or whether it answers, from synchronous code; knows no provider by name."""

from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple, Protocol, TypeVar

from pizzagpt_desktop.chat.tasks import TaskScope
from pizzagpt_desktop.domain.faults import Fault
from pizzagpt_desktop.domain.preferences import ServiceSettings
from pizzagpt_desktop.domain.proxy import ProxySettings

T = TypeVar("T")


class ProbeResult(NamedTuple):
    """What came of a test. words: for people. models: what the service offers. seconds: how long the answer took.

    route: in words where the request went.
    """

    ok: bool
    words: str
    models: tuple[str, ...] = ()
    seconds: float = 0.0
    route: str = ""


class _Outcome(Protocol):
    """The fields of `ProbeResult`; providers have a type of their own for it, as they do not know chat."""

    @property
    def ok(self) -> bool: ...
    @property
    def words(self) -> str: ...
    @property
    def models(self) -> tuple[str, ...]: ...
    @property
    def seconds(self) -> float: ...
    @property
    def route(self) -> str: ...


class ProbeRunner(Protocol):
    """What does the asking; `providers.sources.Sources` is one. Raises `Fault` and nothing else."""

    async def list_models(
        self, service: ServiceSettings, key: str | None, proxy: ProxySettings, proxy_password: str | None
    ) -> list[str]: ...

    async def test(
        self, service: ServiceSettings, key: str | None, proxy: ProxySettings, proxy_password: str | None
    ) -> _Outcome: ...


class Probes:
    """Synchronous questions with an answer by call-back. `done` is called at most once, never after a cancel."""

    def __init__(self, scope: TaskScope, run: ProbeRunner) -> None:
        self._scope = scope
        self._run = run

    def list_models(
        self,
        service: ServiceSettings,
        key: str | None,
        proxy: ProxySettings,
        proxy_password: str | None,
        done: Callable[[list[str] | Fault], None],
    ) -> Callable[[], None]:
        """Ask for the service's models; the returned call cancels."""
        return self._start(
            lambda: self._run.list_models(service, key, proxy, proxy_password), done, "list models"
        )

    def test(
        self,
        service: ServiceSettings,
        key: str | None,
        proxy: ProxySettings,
        proxy_password: str | None,
        done: Callable[[ProbeResult], None],
    ) -> Callable[[], None]:
        """Try the connection and say in words what happened; the returned call cancels."""

        def told(outcome: _Outcome | Fault) -> None:
            if isinstance(outcome, Fault):
                words = outcome.detail or outcome.kind.value.replace("_", " ")
                done(ProbeResult(False, f"{words} {outcome.hint}".rstrip()))
            else:
                done(
                    ProbeResult(
                        outcome.ok, outcome.words, tuple(outcome.models), outcome.seconds, outcome.route
                    )
                )

        return self._start(
            lambda: self._run.test(service, key, proxy, proxy_password), told, "test a service"
        )

    def _start(
        self, question: Callable[[], Coroutine[Any, Any, T]], done: Callable[[T | Fault], None], name: str
    ) -> Callable[[], None]:
        cancelled = False

        async def ask() -> None:
            answer: T | Fault
            try:
                answer = await question()
            except Fault as fault:
                answer = fault
            if not cancelled:
                done(answer)

        task = self._scope.spawn(ask(), name)

        def cancel() -> None:
            nonlocal cancelled
            cancelled = True
            task.cancel()

        return cancel
