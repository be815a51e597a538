"""Writes GGUF heads byte by byte, right ones and wrong ones; knows nothing of the reader."""

import struct
from typing import Any

U8, I8, U16, I16, U32, I32, F32, BOOL, TEXT, LIST, U64, I64, F64 = range(13)
_FORMS = {U8: "B", I8: "b", U16: "H", I16: "h", U32: "I", I32: "i", F32: "f", BOOL: "B", U64: "Q", I64: "q", F64: "d"}  # fmt: skip


def text(value: str | bytes) -> bytes:
    raw = value.encode() if isinstance(value, str) else value
    return struct.pack("<Q", len(raw)) + raw


def value(kind: int, content: Any) -> bytes:
    if kind == TEXT:
        return text(content)
    if kind == LIST:
        inner, items = content
        return struct.pack("<IQ", inner, len(items)) + b"".join(value(inner, item) for item in items)
    return struct.pack("<" + _FORMS[kind], content)


def entry(key: str | bytes, kind: int, content: Any) -> bytes:
    return text(key) + struct.pack("<I", kind) + value(kind, content)


def tensor(name: str | bytes, extents: tuple[int, ...], kind: int = 0, offset: int = 0) -> bytes:
    form = f"<I{len(extents)}QIQ"
    return text(name) + struct.pack(form, len(extents), *extents, kind, offset)


ARCHITECTURE = entry("general.architecture", TEXT, "llama")


def head(
    *entries: bytes,
    tensors: tuple[bytes, ...] = (),
    version: int = 3,
    counts: tuple[int, int] | None = None,
    architecture: bytes = ARCHITECTURE,
) -> bytes:
    """A head with an architecture unless that is empty; `counts` of tensors and entries lie if given."""
    everything = [architecture, *entries] if architecture else list(entries)
    declared = counts or (len(tensors), len(everything))
    return b"GGUF" + struct.pack("<IQQ", version, *declared) + b"".join(everything) + b"".join(tensors)


def padded(start: bytes, data: int, alignment: int = 32) -> bytes:
    """`start`, then `data` bytes of weights where they belong."""
    return start + bytes(-len(start) % alignment) + bytes(data)


def whole_model() -> bytes:
    """A small model with everything in its head that a reader looks at."""
    return padded(
        head(
            entry("general.name", TEXT, "Small Parrot"),
            entry("general.license", TEXT, "apache-2.0"),
            entry("general.size_label", TEXT, "1K"),
            entry("general.file_type", U32, 15),
            entry("general.alignment", U32, 64),
            entry("llama.context_length", U32, 8192),
            entry("llama.block_count", U32, 4),
            entry("llama.embedding_length", U32, 256),
            entry("llama.feed_forward_length", LIST, (I32, [512, 512, 1024, 512])),
            entry("llama.attention.head_count", U32, 8),
            entry("llama.attention.head_count_kv", U64, 2),
            entry("tokenizer.chat_template", TEXT, "{{ messages }}"),
            entry("tokenizer.ggml.tokens", LIST, (TEXT, ["a", b"\xff\xfe", "", "d" * 70])),
            entry("tokenizer.ggml.scores", LIST, (F32, [0.0, 1.0, 2.0, 3.0])),
            entry("tokenizer.ggml.add_bos_token", BOOL, 1),
            entry("rope.scale", F64, 1.5),
            tensors=(
                tensor("norm", (256,), 0, 0),
                tensor("mat", (256, 3), 12, 1024),
                tensor("one", (2, 2, 2, 2), 1, 1472),
            ),
        ),
        1472 + 32,
        64,
    )
