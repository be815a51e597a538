"""Feeds the reader of model heads with what a coverage-guided fuzzer thinks of; knows no test.

    fuzz_gguf.py SECONDS FOLDER [SEEDS]      FOLDER keeps what is interesting, for the next time

Needs `atheris`, which is no dependency. Ends with a trace for the first input that gives anything but a head or a
refusal in words, or that takes longer than a second.
"""

import io
import sys

import atheris

with atheris.instrument_imports(include=["pizzagpt_desktop"]):
    from pizzagpt_desktop.domain.text import shown
    from pizzagpt_desktop.engine.gguf import NotAModel, parse_head
    from pizzagpt_desktop.engine.memory import Memory, estimate


def one_input(data: bytes) -> None:
    try:
        head = parse_head(io.BytesIO(data), len(data))
    except NotAModel as refusal:
        assert str(refusal).startswith("Not a usable model file")
        return
    need = estimate(head, memory=Memory(10**10, 10**10))
    assert need.needed >= 0
    assert shown(head.name or "") == (head.name or "")


def main() -> None:
    seconds, folder, *seeds = sys.argv[1:]
    options = [f"-max_total_time={seconds}", "-max_len=4096", "-timeout=1", "-print_final_stats=1", folder]
    atheris.Setup([sys.argv[0], *options, *seeds], one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
