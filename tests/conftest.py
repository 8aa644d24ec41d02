"""What holds for all tests: what they share, and how many examples a property is tried with."""

import gc

from hypothesis import HealthCheck, settings

from tests.style_sheets import share_style_sheets

# Almost as seldom as the program looks for it: by default that is a tenth of all the computing.
gc.set_threshold(50_000, 10, 10)
share_style_sheets()

# A run that decides whether a change lands tries the same few examples every time; the soak tries new ones.
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
