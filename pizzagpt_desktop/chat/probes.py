"""Probes: ask a service for its models, test the way to it, find out what it is, from synchronous code; knows no provider."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from pizzagpt_desktop.chat.tasks import TaskScope
from pizzagpt_desktop.domain.faults import Fault

if TYPE_CHECKING:
    from pizzagpt_desktop.domain.detection import Found
    from pizzagpt_desktop.domain.entered import Entered
    from pizzagpt_desktop.domain.proxy import ProxySettings
    from pizzagpt_desktop.domain.trial import Step, Trial

T = TypeVar("T")


class ProbeRunner(Protocol):
    """What does the asking; `providers.probing.Prober` is one. Raises `Fault` and nothing else."""

    async def list_models(self, entered: Entered) -> list[str]: ...
    async def models_of(self, service_name: str) -> list[str]: ...
    async def try_route(self, entered: Entered, tell: Callable[[Step], None], ask_model: bool) -> Trial: ...
    async def detect(self, text: str, proxy: ProxySettings, proxy_password: str | None) -> Found: ...
    async def look_for_local_servers(self) -> list[Found]: ...


class Probes:
    """Synchronous questions with an answer by call-back.

    `done` is called at most once, never after a cancel; each call returns the one that cancels.
    """

    def __init__(self, scope: TaskScope, run: Callable[[], ProbeRunner]) -> None:
        """run: what does the asking, fetched with each question."""
        self._scope = scope
        self._run = run

    def list_models(self, entered: Entered, done: Callable[[list[str] | Fault], None]) -> Callable[[], None]:
        """Ask for a service's models, as it was entered."""
        return self._start(lambda: self._run().list_models(entered), done, "list models")

    def models_of(self, service_name: str, done: Callable[[list[str] | Fault], None]) -> Callable[[], None]:
        """Ask for the models of a service of the preferences, "" for the current one."""
        return self._start(lambda: self._run().models_of(service_name), done, "list models")

    def try_route(
        self,
        entered: Entered,
        on_step: Callable[[Step], None],
        done: Callable[[Trial | Fault], None],
        *,
        ask_model: bool = False,
    ) -> Callable[[], None]:
        """Test the whole way to a service; `on_step` hears each step as it ends, not after a cancel."""
        live = True

        def tell(step: Step) -> None:
            if live:
                on_step(step)

        stop = self._start(lambda: self._run().try_route(entered, tell, ask_model), done, "test a route")

        def cancel() -> None:
            nonlocal live
            live = False
            stop()

        return cancel

    def detect(
        self,
        text: str,
        proxy: ProxySettings,
        proxy_password: str | None,
        done: Callable[[Found | Fault], None],
    ) -> Callable[[], None]:
        """Find out what speaks at an address."""
        return self._start(lambda: self._run().detect(text, proxy, proxy_password), done, "detect a service")

    def look_for_local_servers(self, done: Callable[[list[Found] | Fault], None]) -> Callable[[], None]:
        """Find the services on this computer."""
        return self._start(lambda: self._run().look_for_local_servers(), done, "look for local servers")

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
