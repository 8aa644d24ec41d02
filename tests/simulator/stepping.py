"""The same simulation driven step by step from outside, for a state machine."""

import asyncio
import contextlib
from dataclasses import replace
from typing import Any

from tests.cache.making import scratch
from tests.simulator.clockwork import Clockwork, pass_time
from tests.simulator.dying import ClientDied, connections_of
from tests.simulator.ends import check_end
from tests.simulator.profile import Profile
from tests.simulator.world import Simulation, finish

__all__ = ["Stepping"]


class Stepping:
    """A run whose next step somebody else chooses. Close it when done."""

    def __init__(self, seed: int) -> None:
        self._around = contextlib.ExitStack()
        directory = self._around.enter_context(scratch())
        self._loop = Clockwork()
        self._loop.set_exception_handler(lambda loop, context: None)
        self.simulation = Simulation(seed, Profile(rows=2, arrivals=1e9), directory / "data", self._loop)
        self._around.enter_context(connections_of(self.simulation.current))
        self.simulation.open_files()
        self._clients = self._loop.create_task(self.simulation.clients())
        self.passes(2.0)

    def weather(self, **chances: Any) -> None:
        """From now on these things go wrong."""
        weather = self.simulation.weather
        weather.profile = replace(weather.profile, **chances)

    def passes(self, seconds: float) -> None:
        """Let virtual time pass; raises the Violation there was."""
        self._loop.run_until_complete(pass_time(seconds))
        if self.simulation.record.broken is not None:
            raise self.simulation.record.broken

    def kill(self) -> None:
        """The client is killed where it stands."""
        life = self.simulation.life
        if life is not None:
            life.die("killed from outside")

    def kill_later(self, steps: int) -> None:
        """The client is killed after a number of durable steps or turns of the wire."""
        life = self.simulation.life
        if life is not None and not life.dead:
            life.dies_at = life.steps + steps

    def jump(self, seconds: float) -> None:
        """The wall clock is set."""
        self._loop.skew += seconds
        self.simulation.record.add("clock", jump=seconds)

    def comes_to_rest(self) -> None:
        """Faults stop; everything has to settle and to hold."""
        simulation = self.simulation

        async def calm() -> None:
            simulation.calm()
            await simulation.quiet()

        self._loop.run_until_complete(calm())
        check_end(simulation.files, simulation.server, simulation.judge)
        simulation.person.rule(chance=1.0)
        self._loop.run_until_complete(simulation.quiet())
        check_end(simulation.files, simulation.server, simulation.judge)

    def close(self) -> None:
        """Leave nothing behind."""
        self._clients.cancel()
        with contextlib.suppress(asyncio.CancelledError, ClientDied):
            self._loop.run_until_complete(self._clients)
        self.simulation.close()
        finish(self._loop)
        self._around.close()
