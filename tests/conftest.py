"""Settings for all tests."""

import hypothesis
import jax

# Peers are compared in double precision.
jax.config.update("jax_enable_x64", True)

# The same inputs in every run: a failure is then a change, not a draw.
hypothesis.settings.register_profile(
    "book",
    derandomize=True,
    max_examples=60,
    # A busy machine is no failure.
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("book")
