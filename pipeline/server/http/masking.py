"""The masking of secrets in HTTP responses: TwiML, metrics, pages and their data."""

from __future__ import annotations

from aiohttp import hdrs, web

from pipeline.redaction.secrets import masked_bytes

UNMASKED = web.ResponseKey("unmasked", bool)  # set in a response that may show secrets: a file that is being edited
_TEXT = ("text/", "application/json", "application/xml", "image/svg")


async def mask_secrets(_: web.Request, response: web.StreamResponse) -> None:
    """Mask the secrets in a response of text; for `on_response_prepare`."""
    if isinstance(response, web.Response) and response.content_type.startswith(_TEXT) and UNMASKED not in response:
        body = response.body
        if isinstance(body, bytes | bytearray) and (hidden := masked_bytes(bytes(body))) != body:
            response.body = hidden
            response.headers[hdrs.CONTENT_LENGTH] = str(len(hidden))  # it was set for the body before
