"""Situations on the machine that a person can mend."""


class Trouble(Exception):
    """Its text is the one sentence that the person at the terminal reads; no traceback is shown."""
