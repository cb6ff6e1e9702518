"""The processes of the contact center and the supervisor that runs them under one command."""
