"""The reader of GGUF heads: what a model file says of itself, every part of it checked; runs nothing it reads.

Only the head is read, never the weights. What is accepted is what the engine can load (llama.cpp: versions 2 and 3,
little-endian, no array within an array, tensors one behind the other) and what cannot harm it: it aborts the process
on an empty key and on an alignment of the wrong type, and divides by a dimension of zero. Format: ggml, docs/gguf.md.
"""

import contextlib
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from struct import Struct
from typing import BinaryIO, TypeAlias

from pizzagpt_desktop.domain.text import shown, storable
from pizzagpt_desktop.engine.foreign import ENOUGH, open_file, what_it_is
from pizzagpt_desktop.engine.head_bytes import HeadBytes, NotAModel
from pizzagpt_desktop.engine.kinds import (
    ARRAY,
    BOOL,
    NUMBERS,
    STRING,
    TENSORS,
    U32,
    WHOLE_NUMBERS,
    quantisation,
)
from pizzagpt_desktop.engine.words import amount

__all__ = ["ModelHead", "NotAModel", "parse_head", "read_head"]

MOST_ENTRIES = 16_384
MOST_TENSORS = 32_768
MOST_TEXTS = 1_000_000
"""Over all arrays of texts; the largest vocabulary in use has under 800,000 with its merges."""
LONGEST_KEY = 65_535  # the specification's
LONGEST_TEXT = 64 * 1024
LONGEST_TEMPLATE = 1024 * 1024
LONGEST_TENSOR_NAME = 63
MOST_DIMENSIONS = 4
MOST_LAYERS = 4_096
MOST_LISTED = 65_536  # numbers in lists that are kept
LARGEST_ALIGNMENT = 1024 * 1024
_LARGEST = 2**63 - 1
_U32, _U64 = Struct("<I"), Struct("<Q")
_LEAST_ENTRY = 8 + 1 + 4 + 1  # bytes: length, key, type, value
_LEAST_TENSOR = 8 + 4 + 4 + 8  # bytes: length, dimensions, type, offset

ARCHITECTURE = "general.architecture"
NAME = "general.name"
TEMPLATE = "tokenizer.chat_template"
ALIGNMENT = "general.alignment"
_TEXTS = {ARCHITECTURE, NAME, TEMPLATE, "general.license", "general.license.name", "general.type", "general.size_label"}  # fmt: skip
_WHOLE = {ALIGNMENT, "general.file_type", "split.no", "split.count"}
_OF_THE_ARCHITECTURE = {
    "context_length", "block_count", "embedding_length", "feed_forward_length", "vocab_size",
    "attention.head_count", "attention.head_count_kv", "attention.key_length", "attention.value_length",
    "expert_count", "expert_used_count", "pooling_type",
}  # fmt: skip
_LIST_OF_TOKENS = "tokenizer.ggml.tokens"


class _Unfit:
    """Stands for a value of a kind that its key cannot have."""


_UNFIT = _Unfit()
Value: TypeAlias = int | str | tuple[int, ...] | _Unfit


@dataclass(frozen=True, slots=True)
class ModelHead:
    """What a model file says of itself. Texts are foreign: plain, without control characters, never to be run.

    `bytes` is the file's size, `weights` the tensors' in it, `parameters` their elements. Numbers of heads are a
    tuple, one a layer, where they differ; what the head does not say is None.
    """

    version: int
    architecture: str
    name: str | None
    licence: str | None
    kind: str | None
    size_label: str | None
    quantisation: str | None
    context: int | None
    chat_template: str | None
    bytes: int
    weights: int
    parameters: int
    tensors: int
    layers: int | None
    embedding: int | None
    feed_forward: int | tuple[int, ...] | None
    vocabulary: int | None
    heads: int | tuple[int, ...] | None
    kv_heads: int | tuple[int, ...] | None
    key_length: int | None
    value_length: int | None
    experts: int | None
    pooling: int | None
    """How a model that does not answer makes one result of a text; None for one that writes."""
    part: int | None
    """From 1, of a model that is split over `parts` files."""
    parts: int | None


def read_head(path: str | Path) -> ModelHead:
    """The checked head of the file at `path`. Raises `NotAModel`, and nothing else, for any other file."""
    stream, size = open_file(path)
    with contextlib.closing(stream):
        return parse_head(stream, size)


def parse_head(stream: BinaryIO, size: int) -> ModelHead:
    """The head of a seekable stream of `size` bytes. Raises `NotAModel`."""
    source = HeadBytes(stream, size)
    if size < 4 or source.take(4) != b"GGUF":
        raise NotAModel(what_it_is(HeadBytes(stream, size).take(min(size, ENOUGH)) if size else b""))
    version = source.whole(_U32)
    _refuse_other_versions(version)
    tensor_count, entry_count = source.length(), source.length()
    _refuse_count("entries", entry_count, MOST_ENTRIES, source.left // _LEAST_ENTRY)
    _refuse_count("tensors", tensor_count, MOST_TENSORS, source.left // _LEAST_TENSOR)
    said = _Said(source)
    for _ in range(entry_count):
        said.read_entry()
    said.refuse_unfit()
    weights = _Tensors(source, said.alignment)
    for _ in range(tensor_count):
        weights.read_info()
    weights.refuse_beyond(size)
    return said.head(version, size, weights)


def _refuse_other_versions(version: int) -> None:
    if version in (2, 3):
        return
    if version == 0:
        raise NotAModel("it says it is of version 0 of the format, which never was.")
    if version & 0xFFFF == 0:
        raise NotAModel("its byte order (big-endian) is not supported. Fetch the little-endian file.")
    if version == 1:
        raise NotAModel("it is of version 1 of the format, which engines no longer read. Fetch a newer file.")
    raise NotAModel(f"it is of version {version} of the format; this program reads versions 2 and 3.")


def _refuse_count(what: str, count: int, most: int, room: int) -> None:
    if count > most:
        raise NotAModel(f"it declares {count} {what}, more than any model has.")
    if count > room:
        raise NotAModel(f"it declares {count} {what}, more than the file can hold. It may be cut short.")


@dataclass(slots=True)
class _Said:
    """The entries of a head: all checked, the few that matter kept."""

    source: HeadBytes
    kept: dict[str, Value] = field(default_factory=dict)
    tokens: int | None = None
    alignment: int = 32
    _keys: set[bytes] = field(default_factory=set)
    _texts: int = 0
    _listed: int = 0

    def read_entry(self) -> None:
        source = self.source
        length = source.length()
        if not 0 < length <= LONGEST_KEY:
            raise NotAModel("the name of an entry is empty or too long. The file is damaged.")
        raw = source.take(length)
        mark = raw if length <= 64 else blake2b(raw, digest_size=32).digest() + b"long"
        if mark in self._keys:
            raise NotAModel(f"the entry “{_plain(raw)}” stands in it twice.")
        self._keys.add(mark)
        key = raw.decode("utf-8", "replace") if length <= 200 else ""
        kind = source.whole(_U32)
        value = self._value(key, kind)
        if key == ALIGNMENT:
            self._align(kind, value)
        if value is not None:
            self.kept[key] = value

    def _value(self, key: str, kind: int) -> Value | None:
        """The value, if `key` is one to keep; the place behind it in any case."""
        source = self.source
        whole = key in _WHOLE or key.partition(".")[2] in _OF_THE_ARCHITECTURE
        otherwise = _UNFIT if whole or key in _TEXTS else None
        if kind == STRING:
            return self._text(key, otherwise)
        if kind == ARRAY:
            return self._array(key, source.whole(_U32), whole, otherwise)
        form = NUMBERS.get(kind)
        if form is None:
            raise NotAModel(f"an entry is of the unknown type {kind}. The file is damaged or too new.")
        number = source.number(form)
        if kind == BOOL and number not in (0, 1):
            raise NotAModel("a yes-or-no entry is neither. The file is damaged.")
        return int(number) if whole and kind in WHOLE_NUMBERS else otherwise

    def _text(self, key: str, otherwise: Value | None) -> Value | None:
        source = self.source
        length = source.length()
        longest = LONGEST_TEMPLATE if key == TEMPLATE else LONGEST_TEXT
        if key not in _TEXTS:
            source.skip(length)
            return otherwise
        if length > longest and length <= source.left:
            raise NotAModel(f"its entry “{key}” is far too long.")
        if length > source.left:
            source.skip(length)  # says what is wrong
        return source.take(length).decode("utf-8", "replace")

    def _array(self, key: str, kind: int, whole: bool, otherwise: Value | None) -> Value | None:
        source = self.source
        count = source.length()
        if key == _LIST_OF_TOKENS:
            self.tokens = count
        if kind == STRING:
            self._texts += count
            if self._texts > MOST_TEXTS:
                raise NotAModel("it declares more texts than any vocabulary has.")
            source.skip_texts(count)
            return otherwise
        if kind == ARRAY:
            raise NotAModel("it has lists within lists, which engines do not read.")
        form = NUMBERS.get(kind)
        if form is None:
            raise NotAModel(f"a list is of the unknown type {kind}. The file is damaged or too new.")
        if whole and kind in WHOLE_NUMBERS and count <= MOST_LAYERS and count * form.size <= source.left:
            self._listed += count
            if self._listed > MOST_LISTED:
                raise NotAModel("it says far more of its layers than any model does.")
            return tuple(source.whole(form) for _ in range(count))
        source.skip(count * form.size)
        return otherwise

    def _align(self, kind: int, value: Value | None) -> None:
        if kind != U32 or not isinstance(value, int):
            raise NotAModel("its alignment is not a number of the right type.")
        if value < 8 or value & (value - 1) or value > LARGEST_ALIGNMENT:
            raise NotAModel(f"its alignment is {value}, which is not a usable power of two.")
        self.alignment = value

    def refuse_unfit(self) -> None:
        """What must be there, and the kinds of what an engine asks for."""
        architecture = self.kept.get(ARCHITECTURE)
        if architecture is None:
            raise NotAModel("it does not say of which architecture the model is.")
        if not isinstance(architecture, str) or not _usable_name(architecture):
            raise NotAModel("the name of its architecture is not usable.")
        for key, value in self.kept.items():
            asked = key in (NAME, TEMPLATE) or key in _WHOLE or key.startswith(f"{architecture}.")
            if asked and isinstance(value, _Unfit):
                raise NotAModel(f"its entry “{_plain(key.encode())}” is of the wrong type.")

    def head(self, version: int, size: int, weights: "_Tensors") -> ModelHead:
        architecture = self._plain_text(ARCHITECTURE) or ""
        template = self.kept.get(TEMPLATE)
        part, parts = self._number("split.no"), self._number("split.count")
        split = part is not None and parts is not None and parts > 1 and 0 <= part < parts

        def own(key: str) -> int | tuple[int, ...] | None:
            value = self.kept.get(f"{architecture}.{key}")
            return value if isinstance(value, int | tuple) else None

        def number(key: str) -> int | None:
            value = own(key)
            if isinstance(value, tuple):
                value = max(value, default=0)
            return value if value and value > 0 else None

        return ModelHead(
            version=version,
            architecture=architecture,
            name=self._plain_text(NAME),
            licence=self._plain_text("general.license.name") or self._plain_text("general.license"),
            kind=self._plain_text("general.type"),
            size_label=self._plain_text("general.size_label"),
            quantisation=quantisation(self._number("general.file_type"), weights.bytes_by_type),
            context=number("context_length"),
            chat_template=storable(template) if isinstance(template, str) else None,
            bytes=size,
            weights=sum(weights.bytes_by_type.values()),
            parameters=weights.elements,
            tensors=len(weights.names),
            layers=number("block_count"),
            embedding=number("embedding_length"),
            feed_forward=own("feed_forward_length"),
            vocabulary=self.tokens or number("vocab_size"),
            heads=own("attention.head_count"),
            kv_heads=own("attention.head_count_kv"),
            key_length=number("attention.key_length"),
            value_length=number("attention.value_length"),
            experts=number("expert_count"),
            pooling=number("pooling_type"),
            part=part + 1 if split and part is not None else None,
            parts=parts if split else None,
        )

    def _plain_text(self, key: str) -> str | None:
        value = self.kept.get(key)
        return (" ".join(shown(value).split()) or None) if isinstance(value, str) else None

    def _number(self, key: str) -> int | None:
        value = self.kept.get(key)
        return value if isinstance(value, int) else None


@dataclass(slots=True)
class _Tensors:
    """The descriptions of the weights, and where the weights would stand; the weights are not read."""

    source: HeadBytes
    alignment: int
    names: set[bytes] = field(default_factory=set)
    bytes_by_type: dict[int, int] = field(default_factory=dict)
    elements: int = 0
    _padded: int = 0
    _end: int = 0

    def read_info(self) -> None:
        source = self.source
        length = source.length()
        if length > LONGEST_TENSOR_NAME:
            raise NotAModel("the name of a tensor is too long. The file is damaged.")
        name = source.take(length)
        if b"\0" in name:
            raise NotAModel("the name of a tensor is not usable. The file is damaged.")
        if name in self.names:
            raise NotAModel(f"the tensor “{_plain(name)}” stands in it twice.")
        self.names.add(name)
        dimensions = source.whole(_U32)
        if dimensions > MOST_DIMENSIONS:
            raise NotAModel(f"the tensor “{_plain(name)}” has {dimensions} dimensions; 4 are the most.")
        row, elements = 1, 1
        for index in range(dimensions):
            extent = source.whole(_U64)
            elements *= extent
            if not 0 < elements < _LARGEST:
                raise NotAModel(f"the size of the tensor “{_plain(name)}” is not possible.")
            row = extent if index == 0 else row
        kind = source.whole(_U32)
        if kind not in TENSORS:
            raise NotAModel(f"the tensor “{_plain(name)}” is of the unknown type {kind}.")
        _, block_elements, block_bytes = TENSORS[kind]
        if row % block_elements:
            raise NotAModel(f"the rows of the tensor “{_plain(name)}” do not fit its type.")
        if source.whole(_U64) != self._padded:
            raise NotAModel(f"the tensor “{_plain(name)}” is not where the one before it ends.")
        size = elements // block_elements * block_bytes
        self.elements += elements
        self.bytes_by_type[kind] = self.bytes_by_type.get(kind, 0) + size
        self._end = self._padded + size
        self._padded = self._aligned(self._end)

    def refuse_beyond(self, size: int) -> None:
        """All weights must stand within a file of `size` bytes."""
        if not self.names:
            return
        wanted = self._aligned(self.source.position) + self._end
        if wanted > size:
            raise NotAModel(
                f"{amount(wanted - size)} of its {amount(wanted)} are missing. Fetch or copy it again."
                if wanted < _LARGEST
                else "the size of its tensors is not possible."
            )

    def _aligned(self, position: int) -> int:
        return -(-position // self.alignment) * self.alignment


def _usable_name(architecture: str) -> bool:
    return (
        0 < len(architecture) <= 64
        and architecture.isascii()
        and architecture.replace("-", "").replace("_", "").isalnum()
    )


def _plain(raw: bytes) -> str:
    """A foreign name as it may stand in a sentence."""
    text = " ".join(shown(raw.decode("utf-8", "replace")).split())
    return text if len(text) <= 80 else text[:79] + "…"
