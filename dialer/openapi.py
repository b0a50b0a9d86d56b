"""How the API describes itself: scopes, one form of error, a bearer token. Kept in docs/api.yaml."""

from functools import cache
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.renderers import OpenApiYamlRenderer

from tenants.identity.access import open_page
from tenants.identity.permissions import SCOPES

_ERROR: Final = "#/components/schemas/Error"
_ERRORS: Final = {
    "400": "The request does not fit.",
    "401": "The token is missing, unknown, expired or revoked.",
    "403": "The token's scopes or its person's role do not allow this.",
    "404": "There is no such thing, or it is another firm's.",
    "405": "The address does not take this method.",
    "406": "Only JSON is answered.",
    "429": "Too many requests.",
}
_WRITE_ERRORS: Final = {
    "409": "The state does not allow this now.",
    "413": "The body is too big.",
    "415": "The address does not take this kind of body.",
    "422": "The content was refused.",
}


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """The bearer token as OpenAPI names it."""

    target_class = "tenants.identity.api_tokens.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        """Return the scheme."""
        return {"type": "http", "scheme": "bearer", "description": "A token of your firm: `kt_…`."}


class ScopedSchema(AutoSchema):
    """Adds to each operation the scope it needs and the group it belongs to."""

    def get_description(self) -> str:  # type: ignore[override]
        """Return the operation's own words and its scope."""
        action = getattr(self.view, "actions", {}).get(self.method)
        scopes = [scope for scope, actions in SCOPES.items() if action in actions]
        words = super().get_description().strip()
        return f"{words}\n\nScope: {', '.join(f'`{scope}`' for scope in scopes)}."

    def get_tags(self) -> list[str]:
        """Return the first word of the address after the version."""
        return [self.path.split("/")[3]]


def add_errors(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add the errors every operation may answer, in their one form."""
    schemas = result.setdefault("components", {}).setdefault("schemas", {})
    schemas["Error"] = {
        "type": "object",
        "description": "Why it was refused: a stable code, and words for a person.",
        "properties": {"code": {"type": "string"}, "message": {"type": "string"}},
        "required": ["code", "message"],
    }
    for operations in result["paths"].values():
        for method, operation in operations.items():
            known = _ERRORS if method == "get" else {**_ERRORS, **_WRITE_ERRORS}
            for code, words in known.items():
                operation["responses"].setdefault(
                    code,
                    {"description": words, "content": {"application/json": {"schema": {"$ref": _ERROR}}}},
                )
    return result


@cache
def render_schema() -> bytes:
    """Return the whole description as YAML, the same bytes on every run; made once, since anyone may ask."""
    generator: Any = SchemaGenerator
    renderer: Any = OpenApiYamlRenderer
    rendered: bytes = renderer().render(
        generator().get_schema(request=None, public=True), renderer_context={}
    )
    return rendered


@require_safe
@open_page
def schema(request: HttpRequest) -> HttpResponse:
    """Answer with the description of the API. It holds nothing of any firm."""
    return HttpResponse(render_schema(), content_type="application/vnd.oai.openapi; charset=utf-8")
