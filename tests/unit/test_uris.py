"""One spelling for each uri: examples of what is changed, and of what is left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.uris import TRACKING_PARAMETERS, normalise_uri, normalise_url

SPELLINGS = {
    "scheme and host in lower case, the path as it is": (
        "HTTPS://News.Example/World/A",
        "https://news.example/World/A",
    ),
    "default port": ("https://news.example:443/a", "https://news.example/a"),
    "other port": ("http://news.example:8080/a", "http://news.example:8080/a"),
    "empty path": ("http://news.example", "http://news.example/"),
    "dot segments": ("http://news.example/a/./b/../c", "http://news.example/a/c"),
    "dot segments in disguise": ("http://news.example/a/%2E%2e/c", "http://news.example/c"),
    "fragment": ("http://news.example/a#comments", "http://news.example/a"),
    "tracking parameters": ("http://news.example/a?utm_source=x&id=7&fbclid=y", "http://news.example/a?id=7"),
    "nothing but tracking": ("http://news.example/a?UTM_Medium=mail", "http://news.example/a"),
    "other parameters keep their order": ("http://news.example/?b=2&a=1&b=", "http://news.example/?b=2&a=1&b="),
    "escapes that need not be": ("http://news.example/%7Ejo/%41", "http://news.example/~jo/A"),
    "escapes in upper case": ("http://news.example/caf%c3%a9", "http://news.example/caf%C3%A9"),
    "letters beyond ASCII": ("http://news.example/café", "http://news.example/caf%C3%A9"),
    "spaces and brackets": ("http://news.example/a b?c[]=1", "http://news.example/a%20b?c%5B%5D=1"),
    "a lone percent sign": ("http://news.example/100%", "http://news.example/100%25"),
    "a host in IDNA": ("https://Bücher.example/x", "https://xn--bcher-kva.example/x"),
    "a Japanese host": ("https://例え.テスト/記事", "https://xn--r8jz45g.xn--zckzah/%E8%A8%98%E4%BA%8B"),
    "an IPv6 address": ("http://[2001:DB8:0::1]:80/a", "http://[2001:db8::1]/a"),
    "http is not https, www stays": ("http://www.news.example/a/", "http://www.news.example/a/"),
    "tag": ("tag:news.example,2026:Story-1", "tag:news.example,2026:Story-1"),
    "urn": ("URN:newsml:ap.example:20261124:1", "urn:newsml:ap.example:20261124:1"),
    "white space around it": (" http://news.example/a\n", "http://news.example/a"),
}
NO_URIS = {
    "a number": ("4711", "urn:newswire:The%20Wire:4711"),
    "a path": ("/2026/11/a", "urn:newswire:The%20Wire:%2F2026%2F11%2Fa"),
    "words": ("Storm: all we know", "urn:newswire:The%20Wire:Storm%3A%20all%20we%20know"),
    "another script": ("記事1", "urn:newswire:The%20Wire:%E8%A8%98%E4%BA%8B1"),
    "a port that is none": (
        "http://news.example:http/a",
        "urn:newswire:The%20Wire:http%3A%2F%2Fnews.example%3Ahttp%2Fa",
    ),
    "a port too high": ("http://a:70000/", "urn:newswire:The%20Wire:http%3A%2F%2Fa%3A70000%2F"),
    "half a bracket": ("http://[::1/a", "urn:newswire:The%20Wire:http%3A%2F%2F%5B%3A%3A1%2Fa"),
    "no host": ("http:///a", "urn:newswire:The%20Wire:http%3A%2F%2F%2Fa"),
    "no authority": ("http:a", "urn:newswire:The%20Wire:http%3Aa"),
}
PIECES = st.lists(
    st.sampled_from(
        ["http", "://", ":", "/", "//", "..", ".", "?", "#", "@", "[", "]", "%", "%2e", "%2F", "%C3%A9", "%ff", "&", "=",
         "a", "B", "é", "例", "xn--", "xn--a", "-", "_", "0", "80", "70000", " ", "\n", "utm_source", "%75tm_source", "\ud800"]
    ),
    max_size=12,
).map("".join)  # fmt: skip


@pytest.mark.parametrize(("given_uri", "spelt"), SPELLINGS.values(), ids=SPELLINGS)
def test_spelling(given_uri: str, spelt: str) -> None:
    """Every uri has one spelling."""
    assert normalise_uri(given_uri, "The Wire") == spelt
    assert normalise_url(given_uri) == spelt


@pytest.mark.parametrize(("value", "urn"), NO_URIS.values(), ids=NO_URIS)
def test_no_uri(value: str, urn: str) -> None:
    """What is no URI becomes one that names the source."""
    assert normalise_uri(value, "The Wire") == urn
    assert normalise_url(value) is None


def test_sources_do_not_mix() -> None:
    """The same number at two outlets is two stories, even where the names could be cut differently."""
    assert len({normalise_uri("1:2", "a"), normalise_uri("2", "a:1"), normalise_uri("1:2", "b")}) == 3


def test_a_tracking_parameter_in_disguise() -> None:
    """Escapes do not hide a tracking parameter."""
    assert normalise_url("http://a/?%75tm_source=x") == "http://a/"
    assert "utm_source" in TRACKING_PARAMETERS


def test_a_host_that_idna_does_not_know() -> None:
    """Such a host stays, percent-encoded, and nothing is raised."""
    assert normalise_url("http://%FFx/") == "http://%FFx/"
    assert normalise_url("http://é\u200d\u2028/a") == "http://%C3%A9%E2%80%8D%E2%80%A8/a"


@given(PIECES | st.text(max_size=60))
def test_law(text: str) -> None:
    """For any text: ASCII, a scheme, nothing that must be encoded; and normalising again changes nothing."""
    uri = normalise_uri(text, "s")
    assert uri.isascii()
    assert not set(uri) & set(' <>"{}|\\^`\n#')
    assert normalise_uri(uri, "s") == uri
