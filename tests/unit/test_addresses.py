"""No URL leads inside: every way we know of to write an inner address, and the ones that stay open."""

import ipaddress

import hypothesis.strategies as st
import pytest
from hypothesis import given

from fancast.kit.addresses import Bounds, Refused, check_url, is_open, read_networks

INSIDE = [
    "127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.254",
    "192.168.0.1", "169.254.169.254", "169.254.170.2", "100.64.0.1", "100.100.100.200", "192.0.0.192", "192.0.2.1",
    "198.18.0.1", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
    "168.63.129.16", "192.88.99.1", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
    "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::", "2002:a00:1::",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:db8::1", "fe80::1", "fe80::1%eth0", "fec0::1", "fc00::1",
    "fd00:ec2::254", "ff02::1", "ff0e::1", "100::1", "5f00::1",
]  # fmt: skip
OUTSIDE = [
    "1.1.1.1",
    "93.184.216.34",
    "8.8.8.8",
    "172.32.0.1",
    "2606:4700::1111",
    "2a00:1450:4001::200e",
    "64:ff9b::808:808",
]


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside_is_refused(address: str):
    with pytest.raises(Refused):
        Bounds().check_address(address, 443)


@pytest.mark.parametrize("address", OUTSIDE)
def test_an_address_of_the_open_internet_is_reached(address: str):
    Bounds().check_address(address, 443)


@pytest.mark.parametrize("port", [22, 25, 110, 3306, 5432, 6379, 11211, 0, 65_535])
def test_only_the_ports_of_the_web_are_reached(port: int):
    with pytest.raises(Refused):
        Bounds().check_address("1.1.1.1", port)


def test_an_operator_may_open_ranges_of_its_own():
    bounds = Bounds(read_networks("127.0.0.0/8, fd12::/16"))
    for address in ("127.0.0.1", "::ffff:127.0.0.1", "fd12::7"):
        bounds.check_address(address, 5_000)
    for address in ("10.0.0.1", "fd13::7", "169.254.169.254", "::1"):
        with pytest.raises(Refused):
            bounds.check_address(address, 443)


@given(st.ip_addresses(v=4).filter(lambda address: not is_open(address)))
def test_no_inner_address_gets_through_in_the_clothes_of_ipv6(address: ipaddress.IPv4Address):
    for clothed in (f"::ffff:{address}", f"64:ff9b::{address}", f"::{address}", _sixtofour(address)):
        with pytest.raises(Refused):
            Bounds().check_address(clothed, 443)


def _sixtofour(address: ipaddress.IPv4Address) -> str:
    return str(ipaddress.IPv6Address(0x2002 << 112 | int(address) << 80))


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/a.jpg", "file:///etc/passwd", "gopher://example.com", "//example.com/a.jpg", "a.jpg", "",
        "http://", "https:///a.jpg", "http://user:pass@example.com/", "http://good.example@10.0.0.1/",
        "http://example.com:0/", "http://example.com:99999/", "http://example.com:no/", "http://[::1/", "http://a b/",
        "http://example.com\\@10.0.0.1/", "http://example.com/\r\nHost: inside", "http://exa\tmple.com/",
        "https://example.com/" + "a" * 2_048,
    ],
)  # fmt: skip
def test_what_is_no_url_of_the_web_is_refused(url: str):
    with pytest.raises(Refused):
        check_url(url)


@pytest.mark.parametrize("url", ["http://example.com/a.jpg", "HTTPS://cdn.example:8443/p?q=1&x=%20#top"])
def test_urls_of_the_web_are_taken(url: str):
    check_url(url)
