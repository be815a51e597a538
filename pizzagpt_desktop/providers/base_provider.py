"""The classes that providers derive from, by the seed's names; knows no protocol."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from pizzagpt_desktop.typing import AsyncResult, Messages


class AsyncGeneratorProvider(ABC):
    """A service that answers as an async generator. Used as a class, never instantiated.

    url: the service's site. working: False for an unofficial service that may refuse. label: its name for
    people. parameters: which of temperature, top_p, max_tokens, seed and stop it takes. retries: how often the
    program may send a request again after a refusal that allows it; 0 where it must not.
    """

    url: str = ""
    working: bool = True
    label: str = ""
    needs_key: ClassVar[bool] = False
    default_base_url: ClassVar[str] = ""
    parameters: ClassVar[frozenset[str]] = frozenset()
    retries: ClassVar[int] = 0

    @classmethod
    @abstractmethod
    def create_async_generator(
        cls, model: str, messages: Messages, proxy: str | None = None, **kwargs: Any
    ) -> AsyncResult:
        """Ask once. Yields `str` pieces of the reply and, from providers that know them, `domain.chunks`.

        proxy: the address of the proxy to go through, with its login, or None for straight. kwargs: api_key,
        base_url and the parameters, each only if it was set; terms (`network.tls.Terms`), only if the signature
        takes it, for `open_http`: whom to trust beside the system's store; and limits (`network.http.Limits`) in the same way: how long to wait.
        """


class ProviderModelMixin:
    """The models of a provider that knows them beforehand."""

    default_model: str = ""
    models: ClassVar[list[str]] = []
