"""Reading a website: real servers on this machine, reached only because the test lets the reader reach them."""

import time

import pytest
from website_of import HTML, page, site_of

from service.errors import Invalid
from service.firms.website import MOST_BYTES, MOST_PAGES, Reader, is_public, resolve


def links(*paths):
    return page("".join(f'<a href="{path}">see</a>' for path in paths))


def refused(site_or_reader, address):
    reader = site_or_reader if isinstance(site_or_reader, Reader) else site_or_reader.reader()
    with pytest.raises(Invalid) as caught:
        reader.read(address)
    assert caught.value.where == "website"
    return str(caught.value)


def test_the_first_page_and_the_promising_ones_are_read():
    with site_of(
        {
            "/": links(
                "/services.html", "/contact.html", "/about-us#team", "/services.html", "http://other.example/about"
            ),
            "/services.html": page("We weld."),
            "/about-us": page("We are welders."),
        }
    ) as site:
        visited = site.reader().read(f"site.example:{site.port}")
        assert [one.address for one in visited.pages] == [
            f"{site.url}/", f"{site.url}/services.html", f"{site.url}/about-us",
        ]  # fmt: skip
        assert b"We weld." in visited.pages[1].data
        assert site.paths[0] == "/robots.txt" and site.paths.count("/robots.txt") == 1
        assert {host for _, host, _ in site.asked} == {f"site.example:{site.port}"}
        assert all(agent.startswith("supplier-matcher") for *_, agent in site.asked)


def test_no_more_than_a_few_pages_are_read():
    many = [f"/products/{n}" for n in range(20)]
    with site_of({"/": links(*many), **{path: page("pumps") for path in many}}) as site:
        assert len(site.reader().read(site.url).pages) == MOST_PAGES
        assert len(site.paths) == MOST_PAGES + 1


def test_robots_txt_is_obeyed():
    robots = (200, "text/plain", b"User-agent: *\nDisallow: /services\n")
    pages = {"/robots.txt": robots, "/": links("/services", "/about"), "/services": page("x"), "/about": page("y")}
    with site_of(pages) as site:
        visited = site.reader().read(site.url)
        assert [one.address for one in visited.pages] == [f"{site.url}/", f"{site.url}/about"]
        assert visited.forbidden == 1 and "/services" not in site.paths
    with site_of({**pages, "/robots.txt": (200, "text/plain", b"User-agent: supplier-matcher\nDisallow: /\n")}) as site:
        assert "asks programs not to read it" in refused(site, site.url)
        assert site.paths == ["/robots.txt"]


def test_a_site_that_cannot_say_what_it_allows_is_not_read():
    with site_of({"/robots.txt": (503, HTML, b""), "/": page("x")}) as site:
        assert "asks programs not to read it" in refused(site, site.url)
    with site_of({"/robots.txt": (404, HTML, b""), "/": page("x")}) as site:
        assert len(site.reader().read(site.url).pages) == 1


def test_a_site_that_wants_long_pauses_gives_its_first_page_only():
    robots = (200, "text/plain", b"User-agent: *\nCrawl-delay: 30\n")
    with site_of({"/robots.txt": robots, "/": links("/about"), "/about": page("y")}) as site:
        assert [one.address for one in site.reader().read(site.url).pages] == [f"{site.url}/"]


@pytest.mark.parametrize(
    "ip",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
        "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "::ffff:127.0.0.1",
        "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "ff02::1", "192.0.2.1", "198.18.0.1",
    ],
)  # fmt: skip
def test_internal_addresses_are_not_public(ip):
    assert not is_public(ip)


def test_addresses_of_the_internet_are_public():
    assert all(map(is_public, ["93.184.216.34", "8.8.8.8", "2606:2800:220:1::1", "::ffff:8.8.8.8"]))


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "localhost",
        "http://[::1]/",
        "http://2130706433/",
        "http://0x7f.1/",
        "169.254.169.254/latest/meta-data",
    ],
)
def test_an_internal_address_is_refused_by_the_reader_of_the_service(address):
    assert "not on the public internet" in refused(Reader(), address)


def test_a_name_that_means_an_internal_address_is_refused():
    with site_of({"/": page("secret")}) as site:
        # Also when only one of its addresses is internal.
        for addresses in (["127.0.0.1"], ["93.184.216.34", "127.0.0.1"], ["127.0.0.1", "93.184.216.34"]):
            reader = site.reader(resolve=lambda host, port, found=addresses: found, may_reach=is_public)
            assert "not on the public internet" in refused(reader, site.url)
        assert site.paths == []


def test_the_address_that_was_looked_at_is_the_one_connected_to():
    """A name that means another address at the second look is looked up once a connection."""
    with site_of({"/": page("x")}) as site:
        looks = []

        def changing(host, port):
            looks.append(host)
            return ["127.0.0.1"] if len(looks) % 2 else ["10.0.0.1"]

        reader = site.reader(resolve=changing, may_reach=lambda ip: ip == "127.0.0.1")
        try:
            reader.read(site.url)
        except Invalid as error:
            assert "not on the public internet" in str(error)
        assert len(looks) <= 2


def test_a_redirect_to_an_internal_address_is_refused():
    with site_of({"/": (302, "http://inside.example:%d/admin", b"")}) as site:
        site.pages["/"] = (302, f"http://inside.example:{site.port}/admin", b"")
        site.pages["/admin"] = page("secret")
        known = {"site.example": "93.184.216.34", "inside.example": "10.0.0.5"}
        reader = site.reader(resolve=lambda host, port: ["127.0.0.1"] if host == "site.example" else [known[host]],
                             may_reach=lambda ip: ip == "127.0.0.1")  # fmt: skip
        assert "not on the public internet" in refused(reader, site.url)
        assert "/admin" not in site.paths


def test_a_redirect_of_robots_txt_to_an_internal_address_is_refused():
    with site_of({"/": page("x")}) as site:
        site.pages["/robots.txt"] = (301, f"http://inside.example:{site.port}/x", b"")
        reader = site.reader(resolve=lambda host, port: ["127.0.0.1" if host == "site.example" else "10.0.0.5"],
                             may_reach=lambda ip: ip == "127.0.0.1")  # fmt: skip
        assert "not on the public internet" in refused(reader, site.url)


def test_other_ports_and_odd_addresses_are_refused():
    with site_of({"/": page("x")}) as site:
        assert "not on the public internet" in refused(site.reader(ports=(80, 443)), site.url)
    for address in (
        "",
        "ftp://example.ca",
        "file:///etc/passwd",
        "http://user:pass@example.ca",
        "http://",
        "http://a:b",
    ):
        assert "expected one such as" in refused(Reader(), address), address


def test_redirects_are_followed_and_end():
    with site_of({"/": (301, "/home", b""), "/home": page("We weld."), "/loop": (302, "/loop", b"")}) as site:
        assert [one.address for one in site.reader().read(site.url).pages] == [f"{site.url}/home"]
        assert "without an end" in refused(site, f"{site.url}/loop")


def test_what_is_no_page_is_refused():
    with site_of(
        {"/file.pdf": (200, "application/pdf", b"%PDF"), "/gone": (410, HTML, b""), "/broken": (500, HTML, b"")}
    ) as site:
        assert "is no web page" in refused(site, f"{site.url}/file.pdf")
        assert "error 410" in refused(site, f"{site.url}/gone")
        assert "error 500" in refused(site, f"{site.url}/broken")
    assert "did not answer" in refused(site, site.url)  # it is shut down now


def test_a_page_without_an_end_is_cut():
    def endless(handler):
        handler.send_response(200)
        handler.send_header("Content-Type", "text/html")
        handler.end_headers()
        try:
            while True:
                handler.wfile.write(b"x" * 65536)
        except OSError:
            pass

    with site_of({"/": endless}) as site:
        (only,) = site.reader().read(site.url).pages
        assert len(only.data) == MOST_BYTES


def test_a_site_that_dawdles_is_left():
    def slow(handler):
        handler.send_response(200)
        handler.send_header("Content-Type", "text/html")
        handler.end_headers()
        try:
            for _ in range(100):
                handler.wfile.write(b"x")
                handler.wfile.flush()
                time.sleep(0.05)
        except OSError:
            pass

    with site_of({"/": slow}) as site:
        started = time.monotonic()
        site.reader(total_seconds=0.5).read(site.url)
        assert time.monotonic() - started < 2.5


def test_letters_beyond_ascii_are_sent_as_they_must_be():
    with site_of({"/%C3%A9quipement?q=%C3%A9": page("x")}) as site:
        (only,) = site.reader().read(f"{site.url}/équipement?q=é").pages
        assert only.address == f"{site.url}/%C3%A9quipement?q=%C3%A9"


def test_names_are_looked_up():
    assert "127.0.0.1" in resolve("localhost", 80)
