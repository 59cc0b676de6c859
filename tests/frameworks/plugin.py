"""Settings for the environments of frameworks; those of `tests/conftest.py` are not read there."""

from hypothesis import settings

# How long an example takes says how busy the machine is.
settings.register_profile("frameworks", deadline=None)
settings.load_profile("frameworks")
