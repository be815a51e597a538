"""Writes a half-megabyte llama-architecture model that recites one text; runs in .venv-counterparts, knows no server.

Nothing is downloaded: all weights come from a seeded generator. Why it recites: attention and feed-forward
weights are tiny, so a token's hidden state is nearly its own random +-1 code, and the output row of the
token that follows in the text is that code; at temperature 0 the argmax walks the chain. Every piece of the
text has its own token, so the chain never branches.

    make_tiny_gguf.py OUT [--text TEXT] [--loop] [--pad MIB]      --loop never ends; --pad makes it as large and slow
"""

import argparse
import itertools
import re
from pathlib import Path

import numpy
from gguf import GGUFWriter, TokenType
from recited_text import RECITED

DIM, LAYERS, HEADS, FEED_FORWARD, CONTEXT = 64, 2, 4, 128, 2048
BYTE_0 = 3  # the token of byte 0x00; unknown, begin and end stand before it
CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + "
    "'<|im_end|>' + '\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


class Vocabulary:
    """The tokens, their scores and kinds; knows no weights."""

    def __init__(self) -> None:
        self.tokens: list[bytes] = []
        self.scores: list[float] = []
        self.kinds: list[int] = []
        self.begin_end = [
            self.add(text, 0.0, kind)
            for text, kind in (
                ("<unk>", TokenType.UNKNOWN),
                ("<s>", TokenType.CONTROL),
                ("</s>", TokenType.CONTROL),
            )
        ]
        for byte in range(256):
            self.add(f"<0x{byte:02X}>", 0.0, TokenType.BYTE)
        self.message_start = self.add("<|im_start|>", 0.0, TokenType.CONTROL)
        self.message_end = self.add("<|im_end|>", 0.0, TokenType.CONTROL)
        for letter in map(chr, range(33, 127)):  # so that a prompt costs one token a character
            self.add(letter, -1000.0, TokenType.NORMAL)
        self.add("\u2581", -1000.0, TokenType.NORMAL)

    def add(self, text: str, score: float, kind: TokenType) -> int:
        self.tokens.append(text.encode())
        self.scores.append(score)
        self.kinds.append(int(kind))
        return len(self.tokens) - 1

    def chain(self, text: str) -> list[int]:
        """The tokens that spell `text`; the first character beyond U+FFFF comes as its raw bytes."""
        pieces = re.findall(r" ?[A-Za-z]+|[^\x00-\uffff]|[\s\S]", text)
        taken = set(self.tokens) | {b"\n"}  # the newline byte ends the prompt and must not stand in the chain
        bytes_taken: set[int] = set()
        result = []
        at = 0
        while at < len(pieces):
            piece = pieces[at]
            at += 1
            raw = piece.encode()
            if ord(piece[-1]) > 0xFFFF and not bytes_taken & set(raw):
                bytes_taken |= set(raw)
                result += [BYTE_0 + byte for byte in raw]
                continue
            # llama.cpp aborts on two equal tokens: glue pieces together until this one is new.
            while piece.replace(" ", "\u2581").encode() in taken and at < len(pieces):
                piece += pieces[at]
                at += 1
            spelled = piece.replace(" ", "\u2581")
            if spelled.encode() in taken:
                raise ValueError(f"the text must not end in a piece that came before: {piece!r}")
            taken.add(spelled.encode())
            result.append(self.add(spelled, -2000.0 - len(self.tokens), TokenType.NORMAL))
        return result


def write(path: Path, text: str, *, loop: bool, pad: int = 0) -> None:
    """Write the model that recites `text` and stops, or with `loop` begins again for ever.

    pad: about how many MiB of weights without effect every token has to be drawn through.
    """
    random = numpy.random.default_rng(1)
    feed_forward = max(FEED_FORWARD, pad * 2**20 // (3 * DIM * 4 * LAYERS) // 32 * 32)
    words = Vocabulary()
    chain = words.chain(text)
    count = len(words.tokens)
    embedding = random.choice([-1.0, 1.0], (count, DIM))
    output = random.normal(0, 0.02, (count, DIM))
    order = [BYTE_0 + 10, *chain] + ([chain[0]] if loop else [words.message_end, words.begin_end[2]])
    for token, follower in itertools.pairwise(order):
        output[follower] += embedding[token] * (30.0 / DIM)

    writer = GGUFWriter(path, "llama")
    writer.add_name("tiny-parrot")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(DIM)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(feed_forward)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(DIM // HEADS)
    writer.add_vocab_size(count)
    writer.add_file_type(0)
    writer.add_tokenizer_model("llama")
    writer.add_token_list(words.tokens)
    writer.add_token_scores(words.scores)
    writer.add_token_types(words.kinds)
    unknown, begin, end = words.begin_end
    writer.add_unk_token_id(unknown)
    writer.add_bos_token_id(begin)
    writer.add_eos_token_id(end)
    writer.add_eot_token_id(words.message_end)
    writer.add_add_bos_token(True)
    writer.add_add_eos_token(False)
    writer.add_add_space_prefix(False)
    writer.add_chat_template(CHATML)

    def tensor(name: str, values: numpy.ndarray) -> None:
        writer.add_tensor(name, numpy.ascontiguousarray(values, dtype=numpy.float32))

    tensor("token_embd.weight", embedding)
    tensor("output_norm.weight", numpy.ones(DIM))
    tensor("output.weight", output)
    for layer in range(LAYERS):
        for norm in ("attn_norm", "ffn_norm"):
            tensor(f"blk.{layer}.{norm}.weight", numpy.ones(DIM))
        for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
            tensor(f"blk.{layer}.{name}.weight", random.normal(0, 0.002, (DIM, DIM)))
        for name, shape in (
            ("ffn_gate", (feed_forward, DIM)),
            ("ffn_up", (feed_forward, DIM)),
            ("ffn_down", (DIM, feed_forward)),
        ):
            tensor(
                f"blk.{layer}.{name}.weight", numpy.zeros(shape) if pad else random.normal(0, 0.002, shape)
            )
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--text", default=RECITED)
    parser.add_argument("--loop", action="store_true")
    parser.add_argument("--pad", type=int, default=0, metavar="MIB")
    arguments = parser.parse_args()
    write(arguments.out, arguments.text, loop=arguments.loop, pad=arguments.pad)
