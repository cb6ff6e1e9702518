"""English times in digits: Django's own say "noon" and "midnight", and the desk counts to 24 everywhere else."""

TIME_FORMAT = "H:i"
DATETIME_FORMAT = "N j, Y, H:i"
SHORT_DATETIME_FORMAT = "m/d/Y H:i"
