"""How many examples a property is tried with: few in `make test`, many in `make soak`."""

from hypothesis import HealthCheck, settings

# A run that decides whether a change lands tries the same examples every time; the soak tries new ones.
settings.register_profile(
    "quick",
    max_examples=40,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "thorough", max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("quick")
