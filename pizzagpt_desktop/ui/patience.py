"""What to say of a reply while it is waited for, second by second; knows no widget and asks no clock."""

from dataclasses import dataclass

from pizzagpt_desktop.domain.steps import Step
from pizzagpt_desktop.ui import strings

PATIENCE_S = 3.0
"""For so long nothing needs to be explained."""
SILENCE_S = 30.0
"""After so long without anything new it is said that nothing comes."""
STOPS = "Esc stops."


@dataclass(slots=True)
class Waited:
    """One reply that is being written. Times are seconds of one clock that only goes forward.

    near: the model runs on this computer or in its network, and may have to load. step: how far the request is, None
    while nobody said. moved_at: when something of the reply came last. asked_again_at: when the request goes out again.
    """

    begun_at: float
    near: bool = False
    step: Step | None = None
    moved_at: float | None = None
    asked_again_at: float = 0.0

    def reached(self, step: Step | None, now: float) -> None:
        """The request came to a step; None: something of the reply came."""
        if step is None:
            self.moved_at = now
            return
        self.step = step
        if step is Step.CONNECTING:
            self.asked_again_at = 0.0

    def words(self, now: float, of_the_model: str = "") -> str:
        """The line to show now. of_the_model: what the engine on this computer says of itself, before words of waiting."""
        if self.asked_again_at > now:
            left = strings.duration(self.asked_again_at - now)
            return f"The service asks to wait. The request goes out again in {left}. {STOPS}"
        if self.moved_at is not None:
            silent = now - self.moved_at
            if silent < SILENCE_S:
                return f"Answering. {STOPS}"
            return f"No data for {strings.duration(silent)}. {STOPS}"
        if self.step is Step.SUMMARISING:
            return f"The model summarises the oldest messages first. {STOPS}"
        if of_the_model:
            return f"{of_the_model} {STOPS}"
        elapsed = now - self.begun_at
        if elapsed < PATIENCE_S:
            return f"Waiting for the answer. {STOPS}"
        if self.step is Step.CONNECTING:
            return f"Still connecting… {strings.duration(elapsed)}. {STOPS}"
        loading = " A local model may still be loading." if self.near else ""
        return f"Still waiting for the answer, {strings.duration(elapsed)}.{loading} {STOPS}"


def again_words(left_s: float) -> str:
    """What to say once a service has refused and said when to come back."""
    if left_s > 0:
        return f"The service asks to wait. Try again in {strings.duration(left_s)}."
    return "The service can be asked again now."
