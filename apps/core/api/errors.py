"""Refusals that only the API knows: requests that are malformed, unknown, too large, repeated."""

from django.utils.translation import gettext_lazy as _

from apps.core.errors import AppError


class ApiError(AppError):
    """Base of what the API itself refuses, before any service is asked."""

    code = "api.bad_request"
    status = 400
    message = _("The request could not be understood.")


class MalformedBody(ApiError):
    code = "api.malformed_body"
    message = _("The body is not valid: %(reason)s.")


class BodyTooLarge(ApiError):
    code = "api.body_too_large"
    status = 413
    message = _("The body is larger than %(limit)s bytes.")


class InvalidRequest(ApiError):
    """Fields or parameters that do not fit what the schema declares; `errors` names each."""

    code = "api.invalid_request"
    message = _("Some values are missing or wrong.")


class UnknownParameter(ApiError):
    code = "api.unknown_parameter"
    message = _("This address knows no parameter “%(name)s”.")


class RepeatedParameter(ApiError):
    code = "api.repeated_parameter"
    message = _("Parameter “%(name)s” is given more than once.")


class InvalidParameter(ApiError):
    code = "api.invalid_parameter"
    message = _("Parameter “%(name)s” has no valid value.")


class NotAuthenticated(ApiError):
    """No credential, or one that is wrong, expired, revoked or of somebody who was deactivated: the answer is the same."""

    code = "api.not_authenticated"
    status = 401
    message = _("A valid API token is needed.")


class MethodNotAllowed(ApiError):
    code = "api.method_not_allowed"
    status = 405
    message = _("This address does not answer to this method.")


class NotAcceptable(ApiError):
    code = "api.not_acceptable"
    status = 406
    message = _("None of the media types you accept can be given.")


class UnsupportedMediaType(ApiError):
    code = "api.unsupported_media_type"
    status = 415
    message = _("Send the body as JSON, or a file as multipart/form-data.")


class InvalidIdempotencyKey(ApiError):
    code = "api.invalid_idempotency_key"
    message = _("An Idempotency-Key has 1 to 255 printable ASCII characters.")


class IdempotencyConflict(ApiError):
    """The first request under this key is still running; nothing was done a second time."""

    code = "api.idempotency_conflict"
    status = 409
    message = _("A request with this Idempotency-Key is still running.")


class IdempotencyMismatch(ApiError):
    code = "api.idempotency_mismatch"
    status = 422
    message = _("This Idempotency-Key was used for another request.")


class InvalidVersion(ApiError):
    code = "api.invalid_version"
    message = _('If-Match takes the ETag of an earlier answer, such as "7".')


class InternalError(ApiError):
    """A fault of ours. It is logged under the request's id; nothing was changed."""

    code = "api.internal_error"
    status = 500
    message = _("Something went wrong on our side. Nothing was changed.")
