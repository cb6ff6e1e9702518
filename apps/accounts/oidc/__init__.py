"""OpenID Connect: what a provider says of itself, asking it who somebody is, and believing what it signed."""
