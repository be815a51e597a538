"""`model check`: its words, its JSON, its exit status, and that no engine is touched."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pizzagpt_desktop import __main__, cli
from tests.helpers.corpus import CORPUS, cases
from tests.helpers.gguf_bytes import TEXT, U16, U32, entry, head, padded, tensor, whole_model

ROOT = Path(__file__).parents[1]


@pytest.fixture
def check(capsys):
    def check(*words):
        status = __main__.main(["model", "check", *map(str, words)])
        return status, capsys.readouterr().out

    return check


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "small.gguf"
    path.write_bytes(whole_model())
    return path


@pytest.mark.parametrize("case", cases("gguf"))
def test_a_case_of_the_corpus(check, case):
    status, out = check(CORPUS / "gguf" / f"{case['id']}.gguf", "--json")
    said = json.loads(out)
    assert said["result"] == case["result"]
    assert status == (0 if case["result"] == "head accepted" else 1)
    for part in case["shows"]:
        assert part in said["message"].lower()


def test_json_has_the_same_keys_accepted_or_refused(check, model, tmp_path):
    status, out = check(model, "--json", "--context", "1000")
    said = json.loads(out)
    assert status == 0
    assert (said["result"], said["name"], said["architecture"]) == ("head accepted", "Small Parrot", "llama")
    assert (said["context"], said["quantisation"], said["licence"]) == (8192, "Q4_K_M", "apache-2.0")
    assert said["chat_template"] == "{{ messages }}"
    assert said["memory"]["context"] == 1000
    assert said["memory"]["fit"] in ("fits", "tight", "will not fit", "unknown")
    status, out = check(tmp_path / "none.gguf", "--json")
    refused = json.loads(out)
    assert status == 1
    assert refused.keys() == said.keys()
    assert refused["result"] == "refused"
    assert refused["message"] == "Not a usable model file: there is no such file."
    assert refused["name"] is refused["context"] is refused["memory"] is None


def test_plain_words_for_people(check, model, tmp_path):
    status, out = check(model)
    assert status == 0
    assert out.startswith("Head accepted\nName:          Small Parrot\n")
    assert "Size:          1.0K parameters, 2.5 kB\n" in out
    assert "Context:       8192 tokens\n" in out
    status, out = check(tmp_path)
    assert (status, out.startswith("Not a usable model file: it is a folder.")) == (1, True)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (head(), "holds no weights"),
        (head(entry("general.type", TEXT, "mmproj")), "addition to a model"),
        (padded(head(tensors=(tensor("t", (1,)),)), 4), "no chat template"),
        (head(entry("llama.context_length", U32, 100)), "at most 100 tokens"),
        (head(entry("llama.pooling_type", U32, 3)), "embedding model"),
        (head(architecture=entry("general.architecture", TEXT, "nomic-bert")), "embedding model"),
        (head(architecture=entry("general.architecture", TEXT, "wavtokenizer-dec")), "made for sounds"),
    ],
)
def test_doubts_are_said_with_the_acceptance(check, tmp_path, raw, words):
    (tmp_path / "m.gguf").write_bytes(raw)
    status, out = check(tmp_path / "m.gguf", "--json", "--context", "5000")
    assert status == 0
    assert words in json.loads(out)["message"]


def test_a_model_too_large_for_the_memory_is_said_so(check, model):
    status, out = check(model, "--context", "100000000")
    assert status == 0
    assert "will not fit into the free memory at 100000000 tokens" in out


def test_the_parts_of_a_split_model_are_named(check, tmp_path):
    def part(number):
        path = tmp_path / f"big-{number:05}-of-00003.gguf"
        path.write_bytes(head(entry("split.no", U16, number - 1), entry("split.count", U16, 3)))
        return path

    first, second = part(1), part(2)
    said = json.loads(check(first, "--json")[1])
    assert (said["part"], said["parts"]) == (1, 3)
    assert said["missing_parts"] == ["big-00003-of-00003.gguf"]
    assert "Missing beside it: big-00003-of-00003.gguf." in said["message"]
    part(3)
    assert json.loads(check(first, "--json")[1])["missing_parts"] == []
    assert "Open the first one, big-00001-of-00003.gguf." in check(second)[1]
    alone = second.rename(tmp_path / "renamed.gguf")
    assert "does not show which the others are" in check(alone)[1]


@pytest.mark.parametrize(
    "words", [["check"], [], ["look", "x"], ["check", "x", "--context", "0"], ["check", "x", "-j"]]
)
def test_wrong_usage_ends_with_2(words):
    with pytest.raises(SystemExit) as ended:
        cli.main(["model", *words])
    assert ended.value.code == 2


def test_no_engine_is_imported_and_nothing_is_written(model, tmp_path):
    code = (
        "import sys; from pizzagpt_desktop import __main__\n"
        "status = __main__.main(sys.argv[1:])\n"
        "native = {'xllamacpp', 'llama_cpp', 'gguf', 'numpy', 'jinja2', 'PySide6', 'mmap'} & set(sys.modules)\n"
        "sys.exit(str(native) if native else status)"
    )
    home = tmp_path / "another home"
    home.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", code, "model", "check", str(model), "--json"],
        cwd=ROOT,
        env=os.environ | {"HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["name"] == "Small Parrot"
    assert list(home.rglob("*")) == []
