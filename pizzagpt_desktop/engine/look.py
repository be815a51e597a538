"""What can be said of the model files of this computer before any is loaded: from their heads, and the free memory."""

from collections.abc import Iterable
from dataclasses import dataclass

from pizzagpt_desktop.engine.files import ModelFile
from pizzagpt_desktop.engine.gguf import ModelHead, NotAModel, read_head
from pizzagpt_desktop.engine.memory import Estimate, Fit, estimate
from pizzagpt_desktop.engine.parts import parts_of
from pizzagpt_desktop.engine.words import amount, parameters

_FITS = {
    Fit.FITS: "Fits",
    Fit.TIGHT: "Tight",
    Fit.WILL_NOT_FIT: "Will not fit",
    Fit.UNKNOWN: "May fit",
}


_ENCODERS = frozenset({
    "bert", "modern-bert", "nomic-bert", "nomic-bert-moe", "neo-bert", "jina-bert-v2", "jina-bert-v3", "eurobert",
    "gemma-embedding", "t5encoder",
})  # fmt: skip
"""Architectures that read texts and write none."""


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """One file. problem: why it cannot be used, in words, "" where it can; head and need are None then."""

    file: ModelFile
    head: ModelHead | None
    need: Estimate | None
    problem: str = ""


def look_at(files: Iterable[ModelFile], context: int = 0) -> list[ModelFacts]:
    """Read every head; some take a tenth of a second. context: tokens, 0 for the usual."""
    found = []
    for file in files:
        try:
            head = read_head(file.path)
        except NotAModel as refusal:
            found.append(ModelFacts(file, None, None, str(refusal)))
            continue
        parts = parts_of(file.path, head)
        need = estimate(head, context or None, weights=parts.bytes if parts else None)
        found.append(ModelFacts(file, head, need, cannot_answer(head)))
    return found


def cannot_answer(head: ModelHead) -> str:
    """Why a sound file is no model to talk with, in a sentence; "" where it may be one."""
    if head.kind in ("adapter", "mmproj", "imatrix") or head.architecture == "clip":
        return "It is an addition to a model and cannot answer by itself."
    if head.architecture == "wavtokenizer-dec":
        return "It was made for sounds and cannot answer."
    if head.pooling or head.architecture in _ENCODERS:
        return "It was made for searching in texts (an embedding model) and cannot answer."
    if not head.tensors and head.parts is None:
        return "It holds no weights and cannot answer."
    return ""


def fact_words(facts: ModelFacts) -> str:
    """What it is, in a line: "qwen3 · 596M · Q8_0 · 639 MB · context 40,960 · apache-2.0"."""
    head = facts.head
    if head is None:
        return ""
    return " · ".join(
        filter(
            None,
            (
                head.architecture,
                parameters(head.parameters) if head.parameters else "",
                head.quantisation or "",
                amount(head.bytes),
                f"context {head.context:,}" if head.context else "",
                head.licence or "licence not said",
                "" if head.chat_template is not None else "no chat template",
            ),
        )
    )


def fit_words(need: Estimate) -> str:
    """Whether it fits, in a line: "Fits: about 1.6 GB at 4,096 tokens of context, 6.3 GB free"."""
    free = f"{amount(need.free)} free" if need.free is not None else "the free memory is not known"
    least = "about" if need.cache is not None else "at least"
    return f"{_FITS[need.fit]}: {least} {amount(need.needed)} at {need.context:,} tokens of context, {free}."
