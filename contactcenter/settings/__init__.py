"""Settings: `base` is complete; `dev`, `test` and `production` change only what must differ."""
