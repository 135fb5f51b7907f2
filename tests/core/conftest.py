"""Properties are not timed: a busy machine breaks none of them."""

import os

from hypothesis import settings

settings.register_profile("untimed", deadline=None)
# A mutant is judged by the same examples each time, and by few: it runs thousands of times.
settings.register_profile("mutants", deadline=None, derandomize=True, database=None, max_examples=25)
settings.load_profile("mutants" if "MUTANT_UNDER_TEST" in os.environ else "untimed")
