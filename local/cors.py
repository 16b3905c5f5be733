"""Cross-origin requests as an HTTP API treats them: it answers preflights itself, and marks every other answer.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from local.http_event import HttpRequest
from local.http_response import HttpResponse
from shared.deployment import CORS_ALLOWED_HEADERS, CORS_EXPOSED_HEADERS, CORS_MAX_AGE_S, CORS_METHODS

ANY = "*"
PREFIX = "access-control-"


@dataclass(frozen=True)
class Cors:
    """The origins whose pages may ask, such as `https://app.example.com`, or `*` for all; none turns it off."""

    origins: Sequence[str] = ()

    def preflight(self, request: HttpRequest) -> HttpResponse | None:
        """Return the answer to a preflight, which reaches no function, or None for any other request."""
        headers = {name.lower() for name, _ in request.headers}
        if not self.origins or request.method != "OPTIONS" or not {"origin", f"{PREFIX}request-method"} <= headers:
            return None
        return self.mark(request, HttpResponse(status=204, headers=[], body=b""))

    def mark(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Return a response with the headers by which a browser lets the page read it, errors included."""
        if not self.origins:
            return response
        # The gateway's own configuration takes the place of what a function says.
        headers = [(name, value) for name, value in response.headers if not name.startswith(PREFIX)]
        origin = next((value for name, value in request.headers if name.lower() == "origin"), None)
        allowed = ANY if ANY in self.origins else origin
        if origin is not None and (allowed == ANY or origin in self.origins):
            headers.append((f"{PREFIX}allow-origin", str(allowed)))
            headers.append((f"{PREFIX}expose-headers", ",".join(CORS_EXPOSED_HEADERS)))
            if allowed != ANY:
                headers.append(("vary", "origin"))
            if request.method == "OPTIONS":
                headers.append((f"{PREFIX}allow-methods", ",".join(CORS_METHODS)))
                headers.append((f"{PREFIX}allow-headers", ",".join(CORS_ALLOWED_HEADERS)))
                headers.append((f"{PREFIX}max-age", str(CORS_MAX_AGE_S)))
        return replace(response, headers=headers)
