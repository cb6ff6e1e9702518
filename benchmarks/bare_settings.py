"""The settings of the benchmarks, with one address more."""

from contactcenter.settings.dev import *  # noqa: F403 (all of them)

ROOT_URLCONF = "benchmarks.bare"
