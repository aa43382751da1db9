"""One spelling for each uri, so that an article is recognised however its address was copied.

Strategy: RFC 3986 normalisation (case of scheme and host, percent-encoding, dot segments, default port), IDNA for hosts,
and without the fragment and the tracking parameters listed here. Law: nothing else is changed (http is not https,
www stays), the result is a valid URI in ASCII, normalising twice changes nothing, and odd input never raises.
"""

import ipaddress
import re
from urllib.parse import quote

import idna

# fmt: off
TRACKING_PARAMETERS = frozenset(
    [
        # campaign tags
        "utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "utm_id", "utm_name", "utm_reader",
        "utm_brand", "utm_social", "utm_source_platform", "utm_creative_format", "utm_marketing_tactic",
        "mtm_source", "mtm_medium", "mtm_campaign", "mtm_keyword",
        # identifiers of one click or one reader
        "fbclid", "gclid", "gclsrc", "dclid", "gbraid", "wbraid", "msclkid", "yclid", "ysclid", "twclid", "ttclid",
        "igshid", "igsh", "mc_cid", "mc_eid", "mkt_tok", "_ga", "_gl", "_hsenc", "_hsmi", "__hstc", "__hssc",
        "__hsfp", "__twitter_impression", "li_fat_id", "epik", "s_kwcid", "vero_id", "wickedid", "oly_anon_id",
        "oly_enc_id",
    ]
)
# fmt: on

DEFAULT_PORTS = {"http": "80", "https": "443", "ftp": "21", "ws": "80", "wss": "443"}

_PARTS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#.*)?", re.DOTALL)
_AUTHORITY = re.compile(r"(?:(.*)@)?(\[[^\[\]@]*\]|[^:@\[\]]*)(?::0*([0-9]{0,5}))?", re.DOTALL)
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})?")
_NEVER_IN_A_URI = re.compile(r'[\x00-\x20\x7f<>"{}|\\^`]')

_UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
_SUB_DELIMS = "!$&'()*+,;="
_IN_PATH = _SUB_DELIMS + ":@/%"
_IN_QUERY = _IN_PATH + "?"
_EDGES = "".join(map(chr, range(0x21))) + "\x7f\u00a0\u3000\ufeff"


def normalise_uri(uri: str, source: str) -> str:
    """The uri in its one spelling; what is no URI becomes `urn:newswire:<source>:<value>`, percent-encoded.

    >>> normalise_uri("story 42", "The Wire")
    'urn:newswire:The%20Wire:story%2042'
    """
    return normalise_url(uri) or f"urn:newswire:{percent_encoded(source)}:{percent_encoded(uri.strip(_EDGES))}"


def percent_encoded(text: str) -> str:
    """All but letters, digits and `-._~` percent-encoded, so that it can stand between any delimiters."""
    return quote(text, safe="", errors="replace")


def normalise_url(url: str) -> str | None:
    """The URI in its one spelling, or None for what is no URI.

    >>> normalise_url("HTTP://Example.org:80/a/../b%7e?utm_source=x&id=7#top")
    'http://example.org/b~?id=7'
    """
    match = _PARTS.fullmatch(url.strip(_EDGES))
    if match is None:
        return None
    scheme, authority, path, query = match.groups()
    scheme = scheme.lower()
    if authority is None:
        return _opaque(scheme, path, query)
    where = _authority(scheme, authority)
    if where is None:
        return None
    encoded = _without_dots(_encoded(path, _IN_PATH)) or ("/" if scheme in DEFAULT_PORTS else "")
    return f"{scheme}://{where}{encoded}{_query(query)}"


def _opaque(scheme: str, path: str, query: str | None) -> str | None:
    """`urn:`, `tag:` and the like: their characters are theirs, so only a true URI (or IRI) counts as one."""
    if not path or scheme in DEFAULT_PORTS or _NEVER_IN_A_URI.search(path + (query or "")):
        return None
    return f"{scheme}:{_encoded(path, _IN_PATH)}{_query(query)}"


def _authority(scheme: str, authority: str) -> str | None:
    match = _AUTHORITY.fullmatch(authority)
    if match is None:
        return None
    user, host, port = match.groups()
    name = _ip_literal(host) if host.startswith("[") else _host(host)
    if name is None or (not name and scheme in DEFAULT_PORTS) or int(port or 0) > 65_535:
        return None
    at = "" if user is None else _encoded(user, _SUB_DELIMS + ":%") + "@"
    return f"{at}{name}" if not port or port == DEFAULT_PORTS.get(scheme) else f"{at}{name}:{port}"


def _ip_literal(host: str) -> str | None:
    try:
        return f"[{ipaddress.IPv6Address(host[1:-1])}]" if "%" not in host else None
    except ValueError:
        return None


def _host(host: str) -> str:
    encoded = _encoded(host, _SUB_DELIMS + "%")
    if "%" not in encoded:
        return encoded.lower()
    try:
        return idna.encode(_decoded(encoded), uts46=True).decode("ascii").lower()
    except UnicodeError:  # not a name IDNA knows: stays as it is, percent-encoded
        return _ESCAPE.sub(lambda m: m.group().upper(), encoded.lower())


def _decoded(encoded: str) -> str:
    pieces = re.split(r"((?:%[0-9A-F]{2})+)", encoded)
    return "".join(bytes.fromhex(p.replace("%", "")).decode("utf-8") if p.startswith("%") else p for p in pieces)


def _query(query: str | None) -> str:
    if query is None:
        return ""
    encoded = _encoded(query, _IN_QUERY)
    kept = [p for p in encoded.split("&") if p.partition("=")[0].lower() not in TRACKING_PARAMETERS]
    return "?" + "&".join(kept) if kept else ""


def _encoded(text: str, allowed: str) -> str:
    """Percent-encoded where it must be and nowhere else; hexadecimal digits in upper case."""
    return quote(_ESCAPE.sub(_escape, text), safe=allowed, errors="replace") if text else ""


def _escape(match: re.Match[str]) -> str:
    digits = match.group(1)
    if digits is None:  # a percent sign that stands for itself
        return "%25"
    char = chr(int(digits, 16))
    return char if char in _UNRESERVED else f"%{digits.upper()}"


def _without_dots(path: str) -> str:
    """`.` and `..` segments resolved (RFC 3986, 5.2.4)."""
    if "/." not in path:
        return path
    kept: list[str] = []
    segments = path.split("/")[1:]
    for n, segment in enumerate(segments):
        if segment not in (".", ".."):
            kept.append(segment)
            continue
        if segment == ".." and kept:
            kept.pop()
        if n == len(segments) - 1:  # a path that ends in a dot segment is a folder
            kept.append("")
    return "/" + "/".join(kept)
