"""Settings of the firm's REST interface: a token or nothing, JSON or nothing, no other site."""

from typing import Any

REST_FRAMEWORK: dict[str, Any] = {
    "UNAUTHENTICATED_USER": None,
    "UNAUTHENTICATED_TOKEN": None,
    "DEFAULT_AUTHENTICATION_CLASSES": ["tenants.identity.api_tokens.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["tenants.identity.api_tokens.MayDo"],
    "DEFAULT_THROTTLE_CLASSES": ["tenants.identity.api_tokens.TokenThrottle"],
    # For each process. An address is counted before its token is looked up.
    "DEFAULT_THROTTLE_RATES": {"address": "1200/min", "token": "600/min"},
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "dialer.openapi.ScopedSchema",
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "tenants.identity.api_errors.answer_error",
    "DATETIME_FORMAT": "iso-8601",
}

SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Keyhole",
    "VERSION": "1",
    "DESCRIPTION": (
        "The firm's interface to Keyhole. Every request runs in the firm's own transaction, with the rights "
        "of the token's scopes and of its person's role, and leaves the same entries as a page does. "
        "No phone number ever comes out."
    ),
    "OAS_VERSION": "3.0.3",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "COMPONENT_NO_READ_ONLY_REQUIRED": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "dialer.openapi.add_errors",
    ],
    "ENUM_NAME_OVERRIDES": {
        "CampaignState": "campaigns.planning.models.Campaign.State",
        "EngagementState": "tenants.firms.models.Engagement.State",
        "ImportState": "campaigns.importing.models.ImportBatch.State",
        "ListState": "campaigns.lists.models.ContactList.State",
    },
}
