"""Twilio's signature of a request."""

from __future__ import annotations

from multidict import MultiDict
from twilio.request_validator import RequestValidator

from pipeline.twilio.signature import forms_of


def test_the_signature_is_that_of_the_documentation() -> None:
    """Twilio's documented example comes out, whatever form of the address was signed."""
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    form = MultiDict(
        CallSid="CA1234567890ABCDE", Caller="+14158675309", Digits="1234", From="+14158675309", To="+18005551212"
    )
    assert forms_of(url)[0] == url
    assert RequestValidator("12345").compute_signature(url, form) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="
    assert forms_of("wss://h:443/a?b") == ("wss://h/a?b", "wss://h:443/a?b")
    assert forms_of("https://h:8443/a") == ("https://h/a", "https://h:8443/a")
