"""PostgreSQL and Valkey from Python wheels, for trying, developing and testing: no installation, no daemon.

Both are children of the process that starts them, listen on loopback behind random ports and passwords, and are
stopped by it; `docs/decisions/0001-embedded-services.md` says why it is done this way.
"""
