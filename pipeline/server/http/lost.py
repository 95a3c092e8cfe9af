"""The diagnosis of requests for a path that is not served, or with a method that its path does not take."""

from __future__ import annotations

import re
from difflib import get_close_matches
from urllib.parse import urlsplit

from aiohttp import hdrs, web

from pipeline.installation import command
from pipeline.server.http.webhook import GREETING_PATH, INCOMING_PATH, STREAM_PATH
from pipeline.server.refusals import Why, address, clipped
from pipeline.server.switchboard import Switchboard

KNOWN = (INCOMING_PATH, "/webhook/stream_status", "/webhook/call_ended", STREAM_PATH, GREETING_PATH)
ADMIN = ("/healthz", "/readyz", "/metrics")
METHODS = {  # besides POST and GET, all that the Twilio console offers → cause and advice
    hdrs.METH_HEAD: (": a monitor, or the preview of a link", "let monitors ask for /healthz on the admin listener"),
    hdrs.METH_OPTIONS: (": a browser asks for a web page whether it may post", "nothing: web pages are refused"),
}


def on_admin_listener(_: Switchboard, __: web.Request) -> Why:
    """Return the cause on the admin listener."""
    return Why(
        f"the admin listener answers GET for {', '.join(ADMIN)} alone",
        "send Twilio's requests to the public port (--port)",
        "admin",
    )


def on_public_port(board: Switchboard, request: web.Request) -> Why:
    """Return the cause on the public port, by the path and the method."""
    if request.match_info.http_exception is not None and request.match_info.http_exception.status == 405:
        return _method(board, request)
    bare = re.sub(r"//+", "/", request.path).rstrip("/").lower()
    if bare in ADMIN:
        return _admin(board, bare)
    return _spelled(board, request, bare) or _unknown(board, request, bare)


def _method(board: Switchboard, request: web.Request) -> Why:
    method = clipped(request.method)
    if request.path.startswith(STREAM_PATH):
        return Why(
            f"{STREAM_PATH} is where media streams open (GET with an upgrade), and no webhook",
            f"set the number's webhook in the Twilio console to {board.base_url}{INCOMING_PATH}, HTTP POST",
            "stream",
        )
    if method == hdrs.METH_GET:
        return Why(
            "webhooks are posted, and this is GET: a browser's test, or the Twilio console is set to HTTP GET",
            f"set the webhook to HTTP POST in the Twilio console; to test, `{command('go URL')}` calls as Twilio does",
        )
    cause, do = METHODS.get(method, ("", "nothing, if it is a stranger's"))
    return Why(f"webhooks are posted, and this is {method}{cause}", do, method if cause else "other")


def _admin(board: Switchboard, path: str) -> Why:
    admin = board.admin_url
    do = f"ask that one: {admin}{path}" if admin else "switch that one on: `serve --admin [HOST:]PORT`"
    return Why(f"{path} is on the admin listener alone", do, path, once=True)


def _spelled(board: Switchboard, request: web.Request, bare: str) -> Why | None:
    """Return the cause of a known path with another spelling or a prefix; None if there is none in it."""
    for known in KNOWN:
        prefix, found, rest = bare.partition(known)
        if found and (not rest or known == STREAM_PATH):
            if prefix:
                return _prefixed(board, request.path[: len(prefix)], known)
            do = f"give Twilio exactly {board.base_url}{known}, and let PUBLIC_BASE_URL end without a slash"
            if known == STREAM_PATH:
                do = "have the proxy pass the path of our TwiML on unchanged"
            return Why(f"the path is {known}: without a slash at its end, a double slash or capitals", do, "spelling")
    return None


def _prefixed(board: Switchboard, prefix: str, known: str) -> Why:
    shown, public = address(prefix), urlsplit(board.base_url)
    do = f"have the proxy remove {shown} from the path (nginx: a `proxy_pass` that ends with a slash)"
    if known == STREAM_PATH:  # its address is in our TwiML, and nobody writes it into the console
        return Why(f"the prefix {shown} before {known} was not removed", do, "stream prefix")
    if public.path.lower() != prefix.lower():
        do += f" and let PUBLIC_BASE_URL end with it, or give Twilio {board.base_url}{known}"
    return Why(f"the prefix {shown} before {known} was not removed", do, "prefix")


def _unknown(board: Switchboard, request: web.Request, bare: str) -> Why:
    webhook = f"{board.base_url}{INCOMING_PATH}"
    if hdrs.UPGRADE in request.headers:
        return Why(f"streams open at {STREAM_PATH}", f"let the TwiML of {webhook} name the stream's address", "stream")
    if close := get_close_matches(bare, KNOWN, 1):
        return Why(f"no such path; {close[0]} may be meant", f"give Twilio {board.base_url}{close[0]}", "close")
    if request.method == hdrs.METH_POST:
        return Why("no such path", f"set the number's webhook in the Twilio console to {webhook}, HTTP POST", "post")
    return Why("no such path", f"nothing, if it is a stranger's; Twilio's webhook is {webhook}")
