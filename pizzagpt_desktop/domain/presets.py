"""Services as people know them: name, address, dialect, where a key comes from; what may have changed, is only a beginning.

The addresses, those of the pages for keys too, were checked against public sources (November 2026), not by asking the
services. Nothing here is asked before the user says so.
"""

from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import urlsplit

from pizzagpt_desktop.domain.addresses import is_loopback


class Preset(NamedTuple):
    """One service. provider: id of its dialect. base_url: "" where everyone has their own; `example` shows its form.

    keys_at: the page on which its keys are made. needs_key, lists_models: what can be said of it beforehand.
    port: of a server on this computer, 0 for others. note: what to know before using it, a sentence.
    """

    id: str
    label: str
    provider: str
    base_url: str
    keys_at: str = ""
    needs_key: bool = True
    lists_models: bool = True
    port: int = 0
    example: str = ""
    note: str = ""

    @property
    def is_local(self) -> bool:
        return self.port > 0


def _local(id_: str, label: str, provider: str, port: int, note: str = "", *, path: str = "/v1") -> Preset:
    key = id_ == "jan"
    address = f"http://127.0.0.1:{port}{path}"
    return Preset(id_, label, provider, address, needs_key=key, port=port, note=note)


PRESETS: tuple[Preset, ...] = (
    Preset(
        "openai", "OpenAI", "openai", "https://api.openai.com/v1", "https://platform.openai.com/api-keys"
    ),
    Preset(
        "openai-responses",
        "OpenAI (Responses)",
        "responses",
        "https://api.openai.com/v1",
        "https://platform.openai.com/api-keys",
    ),
    Preset(
        "anthropic",
        "Anthropic",
        "anthropic",
        "https://api.anthropic.com/v1",
        "https://console.anthropic.com/settings/keys",
    ),
    Preset(
        "gemini",
        "Google Gemini",
        "openai",
        "https://generativelanguage.googleapis.com/v1beta/openai",
        "https://aistudio.google.com/apikey",
    ),
    Preset(
        "mistral", "Mistral", "openai", "https://api.mistral.ai/v1", "https://console.mistral.ai/api-keys"
    ),
    Preset(
        "deepseek", "DeepSeek", "openai", "https://api.deepseek.com", "https://platform.deepseek.com/api_keys"
    ),
    Preset("groq", "Groq", "openai", "https://api.groq.com/openai/v1", "https://console.groq.com/keys"),
    Preset(
        "openrouter", "OpenRouter", "openai", "https://openrouter.ai/api/v1", "https://openrouter.ai/keys"
    ),
    Preset("xai", "xAI", "openai", "https://api.x.ai/v1", "https://console.x.ai"),
    Preset(
        "together",
        "Together AI",
        "openai",
        "https://api.together.xyz/v1",
        "https://api.together.ai/settings/api-keys",
    ),
    Preset(
        "fireworks",
        "Fireworks AI",
        "openai",
        "https://api.fireworks.ai/inference/v1",
        "https://app.fireworks.ai/settings/users/api-keys",
    ),
    Preset("cerebras", "Cerebras", "openai", "https://api.cerebras.ai/v1", "https://cloud.cerebras.ai"),
    Preset(
        "perplexity",
        "Perplexity",
        "openai",
        "https://api.perplexity.ai",
        "https://www.perplexity.ai/settings/api",
        lists_models=False,
        note="Its models have to be typed, for example sonar.",
    ),
    Preset(
        "azure",
        "Azure OpenAI",
        "openai",
        "",
        "https://portal.azure.com",
        example="https://your-resource.openai.azure.com/openai/v1",
        note="The address holds the name of your resource. The model is the name of your deployment.",
    ),
    Preset(
        "github",
        "GitHub Models",
        "openai",
        "https://models.github.ai/inference",
        "https://github.com/settings/tokens",
        lists_models=False,
        note="The key is an access token that may read models. A model is written as openai/gpt-4.1.",
    ),
    Preset(
        "huggingface",
        "Hugging Face",
        "openai",
        "https://router.huggingface.co/v1",
        "https://huggingface.co/settings/tokens",
        note="The key is an access token that may call inference providers.",
    ),
    Preset(
        "nvidia", "NVIDIA NIM", "openai", "https://integrate.api.nvidia.com/v1", "https://build.nvidia.com"
    ),
    _local("ollama", "Ollama", "ollama", 11434, path=""),
    _local("lmstudio", "LM Studio", "openai", 1234, "Start its server on the Developer page."),
    _local("llamacpp", "llama.cpp", "openai", 8080, "Start it with llama-server."),
    _local("vllm", "vLLM", "openai", 8000, "Start it with vllm serve."),
    _local("jan", "Jan", "openai", 1337, "Start its server in Settings, Local API Server; its key is set there."),
    _local("textgen", "text-generation-webui", "openai", 5000, "Start it with --api."),
    _local("litellm", "LiteLLM", "openai", 4000),
)  # fmt: skip
LOCAL_PORTS = tuple(preset.port for preset in PRESETS if preset.is_local)
"""Where `Look for local servers` looks, on this computer only."""
_AZURE_HOSTS = (".openai.azure.com", ".cognitiveservices.azure.com", ".services.ai.azure.com")


def preset(preset_id: str) -> Preset | None:
    """The service with this id."""
    return next((known for known in PRESETS if known.id == preset_id), None)


def preset_for(base_url: str, provider: str = "", presets: Iterable[Preset] = PRESETS) -> Preset | None:
    """The service at an address, by its host; with a `provider`, the one of its entries that speaks so, if any.

    A server on this computer is known by its port.
    """
    try:
        parts = urlsplit(base_url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    if host.endswith(_AZURE_HOSTS):
        return preset("azure")
    found = [known for known in presets if known.base_url and _is_at(known, host, port)]
    fitting = (known for known in found if known.provider == provider)
    return next(fitting, found[0] if found else None)


def _is_at(known: Preset, host: str, port: int | None) -> bool:
    if known.is_local:
        return is_loopback(host) and port == known.port
    return urlsplit(known.base_url).hostname == host
