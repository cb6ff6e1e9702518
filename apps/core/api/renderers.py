"""How answers are written. Refusals travel as application/problem+json (RFC 9457), everything else as JSON."""

PROBLEM = "application/problem+json"
