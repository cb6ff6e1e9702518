"""Plays days of a contact center in minutes, with the real routing engine: what a floor would reach, and what it would need."""
