"""The command `model check`: what a model file says of itself, judged before an engine sees it; starts no engine."""

import argparse
from collections.abc import Sequence
from typing import Any

from pizzagpt_desktop.console import Out
from pizzagpt_desktop.domain.text import shown
from pizzagpt_desktop.engine.gguf import ModelHead, NotAModel, read_head
from pizzagpt_desktop.engine.look import cannot_answer
from pizzagpt_desktop.engine.memory import Estimate, Fit, estimate
from pizzagpt_desktop.engine.parts import Parts, parts_of
from pizzagpt_desktop.engine.words import amount, parameters

COMMAND = "model"
ACCEPTED, REFUSED = "head accepted", "refused"
LARGEST_CONTEXT = 100_000_000


def add_parsers(commands: Any, parents: Sequence[argparse.ArgumentParser]) -> None:
    """Add the command to the command line's; `parents` have --json."""
    model = commands.add_parser(COMMAND, allow_abbrev=False, help="look at a model file")
    acts = model.add_subparsers(dest="act", required=True, metavar="check")
    check = acts.add_parser(
        "check",
        parents=list(parents),
        allow_abbrev=False,
        help="say whether a GGUF file can be used here, without loading it",
    )
    check.add_argument("file", metavar="FILE", help="a model file, *.gguf")
    check.add_argument(
        "--context", type=_tokens, metavar="N", help="estimate the memory for N tokens of context"
    )


def run(options: argparse.Namespace, out: Out) -> bool:
    """Print what the file is; whether it was accepted."""
    try:
        head = read_head(options.file)
    except NotAModel as refusal:
        if options.json:
            out.json(facts(None, None, None, str(refusal)))
        else:
            out.line(str(refusal))
        return False
    parts = parts_of(options.file, head)
    need = estimate(head, options.context, weights=parts.bytes if parts else None)
    if options.json:
        out.json(facts(head, need, parts, message(head, need, parts)))
    else:
        for line in plain(head, need, parts):
            out.line(line)
    return True


def message(head: ModelHead, need: Estimate, parts: Parts | None) -> str:
    """One or more sentences: that it was accepted, and what a person should know before loading it."""
    return " ".join([f"The head of this {head.architecture} model is sound.", *doubts(head, need, parts)])


def doubts(head: ModelHead, need: Estimate, parts: Parts | None) -> list[str]:
    """What may keep a sound file from being of use, in sentences."""
    said = []
    if head.parts is not None:
        said.append(f"It is part {head.part} of {head.parts} of a model that is split over files.")
        if parts is None:
            said.append("Its name does not show which the others are.")
        elif parts.missing:
            missing = shown(", ".join(parts.missing[:3])) + (" and more" if len(parts.missing) > 3 else "")
            said.append(f"Missing beside it: {missing}.")
        elif head.part != 1:
            said.append(f"Open the first one, {shown(parts.first)}.")
    if why := cannot_answer(head):
        said.append(why)
    elif head.chat_template is None and head.part in (None, 1):
        said.append("It has no chat template: it may not have been made for conversations.")
    if head.context is not None and need.context > head.context:
        said.append(f"It was made for a context of at most {head.context} tokens.")
    if need.fit in (Fit.TIGHT, Fit.WILL_NOT_FIT):
        fits = "will not fit into" if need.fit is Fit.WILL_NOT_FIT else "is tight for"
        said.append(f"It {fits} the free memory at {need.context} tokens of context.")
    return said


def facts(head: ModelHead | None, need: Estimate | None, parts: Parts | None, words: str) -> dict[str, Any]:
    """What a program reads; the same keys whether accepted or refused."""
    memory = need and {
        "fit": need.fit.value,
        "context": need.context,
        "needed_bytes": need.needed,
        "weights_bytes": need.weights,
        "cache_bytes": need.cache,
        "overhead_bytes": need.overhead,
        "free_bytes": need.free,
    }
    return {
        "result": ACCEPTED if head else REFUSED,
        "message": words,
        "name": head and head.name,
        "architecture": head and head.architecture,
        "parameters": head.parameters if head else None,
        "size_label": head and head.size_label,
        "bytes": head.bytes if head else None,
        "quantisation": head and head.quantisation,
        "context": head and head.context,
        "chat_template": head and head.chat_template,
        "licence": head and head.licence,
        "version": head and head.version,
        "tensors": head.tensors if head else None,
        "part": head and head.part,
        "parts": head and head.parts,
        "missing_parts": list(parts.missing) if parts else [],
        "memory": memory or None,
    }


def plain(head: ModelHead, need: Estimate, parts: Parts | None) -> list[str]:
    """Lines for people."""
    size = " ".join(filter(None, (parameters(head.parameters), "parameters,", amount(head.bytes))))
    rows = {
        "Name": head.name or "(none)",
        "Architecture": head.architecture,
        "Size": size,
        "Quantisation": head.quantisation or "not said",
        "Context": f"{head.context} tokens" if head.context else "not said",
        "Chat template": "yes" if head.chat_template is not None else "none",
        "Licence": head.licence or "not said",
        "Memory": memory_words(need),
    }
    return [
        "Head accepted",
        *(f"{label + ':':<15}{value}" for label, value in rows.items()),
        *doubts(head, need, parts),
    ]


def memory_words(need: Estimate) -> str:
    """The estimate in a line: "fits: about 1.2 GB at 4096 tokens of context, 6.3 GB free"."""
    free = f"{amount(need.free)} free" if need.free is not None else "free memory not known"
    least = "about" if need.cache is not None else "at least"
    return f"{need.fit.value}: {least} {amount(need.needed)} at {need.context} tokens of context, {free}"


def _tokens(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and 0 < int(text) <= LARGEST_CONTEXT):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 to {LARGEST_CONTEXT}")
    return int(text)
