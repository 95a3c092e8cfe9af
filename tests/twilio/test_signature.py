"""Twilio's signature of a request, beside that of Twilio's own library."""

from __future__ import annotations

from aiohttp.test_utils import make_mocked_request
from hypothesis import given
from hypothesis import strategies as st
from multidict import MultiDict
from twilio.request_validator import RequestValidator, get_signature_algorithm

from pipeline.twilio.signature import HEADER, SETTINGS, Signature, algorithm_of, forms_of, sign

TOKEN = "12345"
BASES = (
    "https://h.example",
    "http://h.example",
    "https://h.example:8443",
    "http://h.example:8080",
    "https://127.0.0.1:1",
)

NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
FORMS = st.lists(st.tuples(NAMES, NAMES), max_size=6)
TARGETS = st.builds(
    "/{}{}".format,
    st.text(st.sampled_from("abc/%2F.-_~"), max_size=12),
    st.text(st.sampled_from("?&=ab%20+;:@"), max_size=12).map(lambda it: f"?{it}") | st.just("?bodySHA256=0a0b"),
)


def test_the_signature_is_that_of_the_documentation() -> None:
    """Twilio's documented example comes out, whatever form of the address was signed."""
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    form = MultiDict(
        CallSid="CA1234567890ABCDE", Caller="+14158675309", Digits="1234", From="+14158675309", To="+18005551212"
    )
    assert forms_of(url)[0] == url
    assert sign(TOKEN, url, form) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="
    assert forms_of("wss://h:443/a?b") == ("wss://h/a?b", "wss://h:443/a?b")
    assert forms_of("https://h:8443/a") == ("https://h/a", "https://h:8443/a")


@given(st.text(max_size=20), NAMES, FORMS, st.sampled_from(["HMAC_SHA1", "HMAC_SHA256"]))
def test_any_form_is_signed_as_twilio_signs_it(url: str, token: str, fields: list[tuple[str, str]], name: str) -> None:
    """With fields that repeat, and letters of all scripts."""
    url, form = url.encode("utf-8", "replace").decode(), MultiDict(fields)
    assert sign(token, url, form, name) == RequestValidator(token).compute_signature(url, form, name)


@given(st.sampled_from(BASES), TARGETS, FORMS)
def test_twilio_and_we_accept_the_same_addresses(base: str, target: str, fields: list[tuple[str, str]]) -> None:
    """A signature of the address with its port, and of the one without, is good for both, and for no other."""
    form, theirs = MultiDict(fields), RequestValidator(TOKEN)
    for signed in (*forms_of(base + target), f"{base}:9{target}", base + target + "x"):
        given = sign(TOKEN, signed, form)
        asked = make_mocked_request("POST", target, headers={HEADER: given})
        assert Signature(TOKEN).webhook(asked, base, form) == theirs.validate(base + target, form, given)


@given(st.text(st.sampled_from("algorithm=HMAC_SHA256,key k\t"), max_size=40) | st.text(max_size=10))
def test_the_algorithm_is_read_as_twilio_reads_it(settings: str) -> None:
    """In any case of letters."""
    assert algorithm_of(settings) == get_signature_algorithm(settings).upper()


def test_an_algorithm_that_nobody_knows_is_refused() -> None:
    """Also with a signature that would be good."""
    headers = {HEADER: sign(TOKEN, "https://h/a", {}), SETTINGS: "key=k,algorithm=HMAC_MD5"}
    assert not Signature(TOKEN).webhook(make_mocked_request("POST", "/a", headers=headers), "https://h", {})


def test_a_signature_that_is_no_ascii_is_refused() -> None:
    """Without an error."""
    asked = make_mocked_request("POST", "/a", headers={HEADER: "שלום"})
    assert not Signature(TOKEN).webhook(asked, "https://h", {})
