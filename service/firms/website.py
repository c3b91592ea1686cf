"""A firm's website, read on request: few pages, only public addresses, and only what its robots.txt allows.

Whoever types an address must not reach what only this machine can reach. Every connection, also after a redirect and
for robots.txt, goes through :class:`_PublicOnly`: it looks the name up itself, refuses it if any of its addresses is
not public, and connects to the very address that it looked at, so that a name cannot mean another one a moment later.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit, urlunsplit

import httpcore
from protego import Protego

from service.errors import Invalid
from service.words import _

AGENT = "supplier-matcher"
MOST_PAGES, MOST_REDIRECTS = 5, 4
MOST_BYTES, MOST_ROBOTS_BYTES = 1_500_000, 200_000
TOTAL_SECONDS, ONE_SECONDS = 20.0, 6.0
# A site that wants longer pauses than this gives its first page only.
MOST_DELAY = 2.0
PORTS = (80, 443)
FIELD = "website"
_WORTH = re.compile(
    r"capabilit|service|product|equipment|about|quality|certif|what-we|process|machin|industr|compet|facilit|"
    r"produit|equipement|équipement|propos|qualit|savoir-faire",
    re.IGNORECASE,
)
_HTML = ("text/html", "application/xhtml+xml", "text/plain")
# IPv6 addresses that stand for an IPv4 one, which may be internal.
_EMBEDDING = [ipaddress.ip_network(net) for net in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")]

Resolve = Callable[[str, int], list[str]]


@dataclass(frozen=True, slots=True)
class WebPage:
    """One page as it was read."""

    address: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Visited:
    """What was read of a website.

    Attributes:
        forbidden: pages that looked useful and that its robots.txt keeps programs from.
    """

    pages: tuple[WebPage, ...]
    forbidden: int


class NotPublic(Exception):
    """An address that is not on the public internet."""


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public internet."""
    ip = ipaddress.ip_address(address.split("%", 1)[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return is_public(str(ip.ipv4_mapped))
        if any(ip in net for net in _EMBEDDING):
            return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved and not ip.is_unspecified


def resolve(host: str, port: int) -> list[str]:
    """Addresses of a name."""
    return list(dict.fromkeys(str(row[4][0]) for row in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))


class _PublicOnly(httpcore.NetworkBackend):
    """Connects to public addresses only."""

    def __init__(self, resolve: Resolve, may_reach: Callable[[str], bool], ports: tuple[int, ...]) -> None:
        self._resolve, self._may_reach, self._ports = resolve, may_reach, ports
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:  # fmt: skip
        """Connect, after looking at every address that the name has."""
        try:
            addresses = self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"no address of {host!r} is known") from error
        if port not in self._ports or not addresses or not all(map(self._may_reach, addresses)):
            raise NotPublic(host)
        return self._plain.connect_tcp(addresses[0], port, timeout, local_address, socket_options)


class Reader:
    """Reads one website."""

    def __init__(
        self, *, resolve: Resolve = resolve, may_reach: Callable[[str], bool] = is_public,
        ports: tuple[int, ...] = PORTS, total_seconds: float = TOTAL_SECONDS,
    ) -> None:  # fmt: skip
        """Say how names are looked up and which addresses and ports may be reached; the defaults are the safe ones."""
        self._backend = _PublicOnly(resolve, may_reach, ports)
        self._total_seconds = total_seconds

    def read(self, address: str) -> Visited:
        """Read the first page and the few that its links promise most of.

        Raises:
            Invalid: the address is none, is not public, does not answer, or its robots.txt says no.
        """
        visit = _Visit(self._backend, time.monotonic() + self._total_seconds)
        with visit.pool:
            first = visit.page(_checked(address))
            pages, forbidden = [first], 0
            delay = visit.delay(first.address)
            for link in _links(first) if delay <= MOST_DELAY else ():
                if len(pages) >= MOST_PAGES or visit.seconds_left < 1:
                    break
                time.sleep(min(delay, max(0.0, visit.seconds_left)))
                try:
                    page = visit.page(link)
                except _Forbidden:
                    forbidden += 1
                except Invalid:
                    continue  # one page that fails is no reason to lose the others
                else:
                    if page.address not in {one.address for one in pages}:
                        pages.append(page)
        return Visited(tuple(pages), forbidden)


class _Forbidden(Invalid):
    """robots.txt keeps programs from it."""


class _Visit:
    """One visit: connections, robots.txt by site, and when it must end."""

    def __init__(self, backend: _PublicOnly, deadline: float) -> None:
        self.pool = httpcore.ConnectionPool(network_backend=backend, max_connections=2)
        self._deadline = deadline
        self._robots: dict[str, Protego | None] = {}

    @property
    def seconds_left(self) -> float:
        """Until the visit must end."""
        return self._deadline - time.monotonic()

    def page(self, address: str) -> WebPage:
        """One page, after its redirects, each of which is looked at like an address that was typed."""
        for _hop in range(MOST_REDIRECTS + 1):
            self._ask_robots(address)
            status, kind, data, target = self._get(address, MOST_BYTES)
            if target is None:
                break
            address = _checked(urljoin(address, target))
        else:
            raise Invalid(FIELD, _("The website leads from one address to the next without an end."))
        if status != 200:
            raise Invalid(FIELD, _("The website answered with error %(status)s.", status=status))
        if kind not in _HTML:
            raise Invalid(FIELD, _("This address is no web page. Save the file and upload it instead."))
        return WebPage(address, data)

    def delay(self, address: str) -> float:
        """Seconds that the site wants between two requests."""
        robots = self._robots.get(_site(address))
        return float(robots.crawl_delay(AGENT) or 0.0) if robots else 0.0

    def _ask_robots(self, address: str) -> None:
        site = _site(address)
        if site not in self._robots:
            self._robots[site] = self._read_robots(site)
        robots = self._robots[site]
        if robots is not None and not robots.can_fetch(address, AGENT):
            raise _Forbidden(FIELD, _("The website asks programs not to read it. Copy the text and paste it instead."))

    def _read_robots(self, site: str) -> Protego | None:
        """The rules of a site; None where it has none. One that fails to say forbids everything (RFC 9309)."""
        address = f"{site}/robots.txt"
        for _hop in range(MOST_REDIRECTS + 1):
            status, _kind, data, target = self._get(address, MOST_ROBOTS_BYTES)
            if target is None:
                break
            address = _checked(urljoin(address, target))
        if status == 200:
            return Protego.parse(data.decode("utf-8", errors="replace"))
        return Protego.parse("User-agent: *\nDisallow: /") if status >= 500 else None

    def _get(self, address: str, most: int) -> tuple[int, str, bytes, str | None]:
        """Status, type, body and target of a redirect; the body is cut at ``most`` bytes."""
        if self.seconds_left <= 0:
            raise Invalid(FIELD, _("The website took too long. Copy the text and paste it instead."))
        seconds = min(ONE_SECONDS, self.seconds_left)
        headers: list[tuple[bytes | str, bytes | str]] = [
            ("User-Agent", f"{AGENT}/1"), ("Accept", "text/html,text/plain;q=0.5"), ("Accept-Encoding", "identity"),
        ]  # fmt: skip
        extensions = {"timeout": {"connect": seconds, "read": seconds, "write": seconds, "pool": seconds}}
        try:
            with self.pool.stream("GET", address, headers=headers, extensions=extensions) as answer:
                fields = {name.lower(): value.decode("latin-1") for name, value in answer.headers}
                target = fields.get(b"location") if 300 <= answer.status < 400 else None
                kind = fields.get(b"content-type", "").split(";")[0].strip().lower()
                readable = target is None and answer.status == 200
                return answer.status, kind, self._body(answer, most) if readable else b"", target
        except NotPublic as error:
            raise Invalid(FIELD, _("This address is not on the public internet: it is not read.")) from error
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, OSError, ValueError) as error:
            raise Invalid(FIELD, _("The website did not answer. Is the address right?")) from error

    def _body(self, answer: httpcore.Response, most: int) -> bytes:
        parts, size = [], 0
        for part in answer.iter_stream():
            parts.append(part)
            size += len(part)
            if size >= most or self.seconds_left <= 0:
                break
        return b"".join(parts)[:most]


def _checked(address: str) -> str:
    """A web address in its plain form.

    Raises:
        Invalid: it is none, or holds a password or an odd port.
    """
    address = address.strip()
    if "://" not in address:
        address = f"http://{address}"
    try:
        parts = urlsplit(address)
        host, _port = (parts.hostname or "").encode("idna").decode(), parts.port
    except (ValueError, UnicodeError) as error:
        raise Invalid(FIELD, _("This is no address of a website: expected one such as www.example.ca.")) from error
    is_odd = not re.fullmatch(r"[a-zA-Z0-9.:_-]+", host) or parts.username or parts.password
    if parts.scheme not in ("http", "https") or is_odd:
        raise Invalid(FIELD, _("This is no address of a website: expected one such as www.example.ca."))
    netloc = f"[{host}]" if ":" in host else host
    netloc = netloc if _port is None else f"{netloc}:{_port}"
    # What stands in the path as it was typed must be ASCII on the wire.
    path = re.sub(r"[^!-~]", lambda mark: "".join(f"%{byte:02X}" for byte in mark.group().encode()), parts.path or "/")
    query = re.sub(r"[^!-~]", lambda mark: "".join(f"%{byte:02X}" for byte in mark.group().encode()), parts.query)
    return urlunsplit((parts.scheme, netloc, path, query, ""))


def _site(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


class _Anchors(HTMLParser):
    """Links of a page with their words."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self._open: str | None = None
        self._words = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a link."""
        if tag == "a":
            self._open, self._words = dict(attrs).get("href"), ""

    def handle_data(self, data: str) -> None:
        """Words of the link that is open."""
        if self._open is not None:
            self._words += data

    def handle_endtag(self, tag: str) -> None:
        """End a link."""
        if tag == "a" and self._open is not None:
            self.found.append((self._open, self._words))
            self._open = None


def _links(page: WebPage) -> list[str]:
    """Pages of the same site whose address or words promise what the firm does, in the order of the page."""
    anchors = _Anchors()
    anchors.feed(page.data.decode("utf-8", errors="replace"))
    site, found = _site(page.address), []
    for target, words in anchors.found:
        try:
            address = _checked(urljoin(page.address, target))
        except (Invalid, ValueError):
            continue
        if _site(address) == site and address != page.address and _WORTH.search(f"{urlsplit(address).path} {words}"):
            found.append(address)
    return list(dict.fromkeys(found))
