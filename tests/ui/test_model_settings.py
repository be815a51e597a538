"""The form of how models on this computer are run: what it gives back, and what it refuses."""

import pytest

from pizzagpt_desktop.domain.local import LocalSettings
from pizzagpt_desktop.ui.preferences.model_settings import CONTEXT_WORDS, ModelSettings

pytestmark = pytest.mark.usefixtures("qapp")


def test_the_settings_come_back_as_they_were() -> None:
    for local in (
        LocalSettings(),
        LocalSettings(
            files=("/a",), context=8192, threads=3, idle_minutes=0, memory_limit=4_000_000_000, top_k=0, min_p=0.05,
            repeat_penalty=1.1, answer_form='{"type": "object"}', thinking=False,
        ),
    ):  # fmt: skip
        form = ModelSettings()
        form.load(local)
        assert form.is_right()
        assert form.settings() == local


@pytest.mark.parametrize(
    ("field", "text"),
    [("context", "12"), ("threads", "0"), ("idle", "-1"), ("memory", "0.1"), ("top_k", "x"), ("min_p", "2"), ("penalty", "0")],
)  # fmt: skip
def test_a_number_that_is_none_is_said_at_its_field(field: str, text: str) -> None:
    form = ModelSettings()
    form.load(LocalSettings())
    getattr(form, field).setText(text)
    assert not form.is_right()
    assert form.fields[field].error
    assert (form.fields["context"].error == CONTEXT_WORDS) == (field == "context")


def test_an_answer_form_that_is_none_is_said() -> None:
    form = ModelSettings()
    form.load(LocalSettings())
    form.form.setPlainText("please answer in JSON")
    assert not form.is_right()
    form.form.setPlainText('root ::= "yes" | "no"')
    assert form.is_right()
