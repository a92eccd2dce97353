"""Settings for the property tests of the domain."""

from __future__ import annotations

from hypothesis import settings

# The machine's speed is no property of the domain.
settings.register_profile("domain", deadline=None)
settings.load_profile("domain")
