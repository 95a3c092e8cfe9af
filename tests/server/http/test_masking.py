"""HTTP responses show no secret."""

from __future__ import annotations

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from pipeline.redaction.secrets import learn
from pipeline.server.http.masking import UNMASKED, mask_secrets

KEY = "canary-of-pages-1"


async def test_text_is_masked_and_sound_is_not() -> None:
    """With the right length; a file that is being edited stays whole, or saving it would lose its key."""
    learn(KEY)

    async def page(request: web.Request) -> web.Response:
        kind = "audio/wav" if request.path == "/sound" else "text/xml"
        answer = web.Response(body=f"<Say>{KEY}</Say>".encode(), content_type=kind)
        if request.path == "/edited":
            answer[UNMASKED] = True
        return answer

    app = web.Application()
    app.on_response_prepare.append(mask_secrets)
    app.add_routes([web.get("/{page}", page)])
    async with TestClient(TestServer(app)) as client:
        assert await (await client.get("/twiml")).text() == "<Say>•••</Say>"
        for whole in ("/sound", "/edited"):
            assert KEY in (await (await client.get(whole)).read()).decode()
