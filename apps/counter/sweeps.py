"""Background work of the counter: a day that is over."""
