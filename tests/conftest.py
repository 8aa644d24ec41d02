"""How many examples a property is tried with: few in `make test`, many in `make soak`."""

from hypothesis import settings

settings.register_profile("quick", max_examples=40)
settings.register_profile("thorough", max_examples=500, deadline=None)
settings.load_profile("quick")
