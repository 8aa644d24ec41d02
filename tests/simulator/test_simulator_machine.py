"""Hypothesis chooses what happens next; it finds the shortest way to whatever breaks."""

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from cache.models import TRIAGE_FIELDS
from tests.simulator.stepping import Stepping

_CHANCES = ("lost_before", "lost_after", "zombie", "duplicate", "slow_read", "fault", "unreadable", "ambush")


class Client(RuleBasedStateMachine):
    """inv 1-13, 15, 16, 19: the real engine under whatever order of troubles."""

    @initialize(seed=st.integers(0, 1_000))
    def begin(self, seed: int) -> None:
        self.stepping = Stepping(seed)

    @rule(seconds=st.sampled_from((0.3, 2.0, 5.0, 30.0, 65.0)))
    def time_passes(self, seconds: float) -> None:
        self.stepping.passes(seconds)

    @rule(row=st.integers(1, 2), name=st.sampled_from(TRIAGE_FIELDS))
    def the_person_edits(self, row: int, name: str) -> None:
        if f"s00{row}" in self.stepping.simulation.files.rows:
            self.stepping.simulation.person.edit(f"s00{row}", (name,))

    @rule(redo=st.booleans())
    def the_person_takes_back(self, redo: bool) -> None:
        self.stepping.simulation.person.undo(redo=redo)

    @rule()
    def the_person_rules(self) -> None:
        self.stepping.simulation.person.rule(chance=1.0)

    @rule(row=st.integers(1, 2), name=st.sampled_from(TRIAGE_FIELDS))
    def somebody_else_writes(self, row: int, name: str) -> None:
        self.stepping.simulation.others.change(f"s00{row}", name)

    @rule(kind=st.sampled_from(_CHANCES), chance=st.sampled_from((0.0, 0.5, 1.0)))
    def the_weather_changes(self, kind: str, chance: float) -> None:
        self.stepping.weather(**{kind: chance})

    @rule(steps=st.integers(1, 12))
    def the_client_will_die(self, steps: int) -> None:
        self.stepping.kill_later(steps)

    @rule()
    def the_client_dies(self) -> None:
        self.stepping.kill()

    @rule(seconds=st.sampled_from((-3e8, -60.0, 60.0, 3e8)))
    def the_clock_is_set(self, seconds: float) -> None:
        self.stepping.jump(seconds)

    def teardown(self) -> None:
        if not hasattr(self, "stepping"):
            return
        try:
            if self.stepping.simulation.record.broken is None:
                self.stepping.comes_to_rest()
        finally:
            self.stepping.close()


TestClient = Client.TestCase
TestClient.settings = settings(
    max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
