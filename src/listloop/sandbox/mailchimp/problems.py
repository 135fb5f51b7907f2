"""The error catalogue, with titles and details as recorded (Mailchimp API error glossary, public issue threads)."""

from collections.abc import Iterable

DOCS = "https://mailchimp.com/developer/marketing/docs/errors/"
SEE_ERRORS = "The resource submitted could not be validated. For field-specific details, see the 'errors' array."
NOT_FOUND = "The requested resource could not be found."
WRONG_VERB = (
    "The requested method and resource are not compatible. See the Allow header for this resource's available methods."
)
NOT_REMOVABLE = "This list member cannot be removed. Can not archive a contact that is bounced, pending or archived"
BAD_KEY = "Your API key may be invalid, or you've attempted to access the wrong datacenter."
NO_KEY = "Your request did not include an API key."
TOO_MANY = "You have exceeded the limit of 10 simultaneous connections."
INTERNAL = "An unexpected internal error has occurred. Please contact Support for more information."
WAS_FORGOTTEN = (
    "was permanently deleted and cannot be re-imported. The contact must re-subscribe to get back on the list."
)
MERGE_INVALID = "Your merge fields were invalid."


class ProblemError(Exception):
    """An answer that is an error. Some recorded bodies have no ``type`` at all: ``typed=False``."""

    def __init__(
        self,
        status: int,
        title: str,
        detail: str,
        errors: Iterable[tuple[str, str]] = (),
        *,
        typed: bool = True,
        allow: str = "",
    ) -> None:
        super().__init__(detail)
        self.status, self.title, self.detail, self.typed, self.allow = status, title, detail, typed, allow
        self.errors = list(errors)

    def body(self, instance: str) -> dict[str, object]:
        body: dict[str, object] = {"type": DOCS} if self.typed else {}
        body |= {"title": self.title, "status": self.status, "detail": self.detail, "instance": instance}
        if self.errors:
            body["errors"] = [{"field": field, "message": message} for field, message in self.errors]
        return body


def invalid(detail: str) -> ProblemError:
    return ProblemError(400, "Invalid Resource", detail)


def fields_invalid(*errors: tuple[str, str]) -> ProblemError:
    return ProblemError(400, "Invalid Resource", SEE_ERRORS, errors)


def merge_invalid(errors: Iterable[tuple[str, str]]) -> ProblemError:
    return ProblemError(400, "Invalid Resource", MERGE_INVALID, errors)


def not_found() -> ProblemError:
    return ProblemError(404, "Resource Not Found", NOT_FOUND)


def wrong_method(allow: str, detail: str = WRONG_VERB) -> ProblemError:
    return ProblemError(405, "Method Not Allowed", detail, allow=allow)


def member_exists(email: str) -> ProblemError:
    detail = f"{email} is already a list member. Use PUT to insert or update list members."
    return ProblemError(400, "Member Exists", detail, typed=False)


def in_compliance(email: str) -> ProblemError:
    detail = (
        f"{email} is in a compliance state due to unsubscribe, bounce, or compliance review and cannot be subscribed."
    )
    return ProblemError(400, "Member In Compliance State", detail, typed=False)


def forgotten(email: str) -> ProblemError:
    return ProblemError(400, "Forgotten Email Not Subscribed", f"{email} {WAS_FORGOTTEN}", typed=False)


def key_invalid(detail: str = BAD_KEY) -> ProblemError:
    return ProblemError(401, "API Key Invalid", detail)


GLOSSARY = {
    "BadRequest": ProblemError(400, "Bad Request", "Your request could not be processed."),
    "InvalidAction": ProblemError(400, "Invalid Action", "The action requested was not valid for this resource."),
    "InvalidResource": invalid("The resource submitted could not be validated."),
    "JSONParseError": ProblemError(400, "JSON Parse Exception", "We encountered an unspecified JSON parsing error."),
    "APIKeyMissing": ProblemError(401, "API Key Missing", NO_KEY),
    "APIKeyInvalid": key_invalid(),
    "Forbidden": ProblemError(403, "Forbidden", "You are not permitted to access this resource."),
    "UserDisabled": ProblemError(403, "User Disabled", "This account has been disabled."),
    "WrongDatacenter": ProblemError(
        403, "WrongDatacenter", "The API key provided is linked to a different datacenter."
    ),
    "ResourceNotFound": not_found(),
    "MethodNotAllowed": wrong_method("GET"),
    "ResourceNestingTooDeep": ProblemError(
        414, "Resource Nesting Too Deep", "The sub-resource requested is nested too deeply."
    ),
    "InvalidMethodOverride": ProblemError(
        422, "InvalidMethodOverride", "The X-HTTP-Method-Override header is for POST only."
    ),
    "RequestedFieldsInvalid": ProblemError(
        422, "RequestedFieldsInvalid", "The fields requested from this resource are invalid."
    ),
    "TooManyRequests": ProblemError(429, "Too Many Requests", TOO_MANY),
    "InternalServerError": ProblemError(500, "Internal Server Error", INTERNAL),
    "ComplianceRelated": ProblemError(503, "ComplianceRelated", "This method has been disabled."),
}
"""What ``X-Trigger-Error`` and injected statuses answer with, by glossary name."""

BY_STATUS = {
    429: GLOSSARY["TooManyRequests"],
    500: GLOSSARY["InternalServerError"],
    502: ProblemError(502, "Bad Gateway", "The gateway got no valid answer."),
    503: ProblemError(503, "Service Unavailable", "The service is not available at the moment."),
    504: ProblemError(504, "Gateway Timeout", "The gateway got no answer in time."),
}
