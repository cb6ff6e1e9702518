"""System checks: mistakes that would leak or lose data are refused at start."""

from __future__ import annotations
