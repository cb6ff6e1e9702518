from rest_framework.renderers import JSONRenderer

PROBLEM = "application/problem+json"


class ProblemRenderer(JSONRenderer):
    """Refusals travel as application/problem+json (RFC 9457), whatever the client asked for."""

    media_type = PROBLEM
    format = "problem"
