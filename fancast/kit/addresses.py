"""Which network addresses a URL that a stranger names may lead to: the open internet, and nothing inside.

Pure rules; who resolves a name and connects asks here for each address it gets, and connects to none other.
"""

import ipaddress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import urlsplit

Address = IPv4Address | IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

LONGEST_URL = 2_048
SCHEMES = {"http": 80, "https": 443}
#: What the web is served on. Others could make a request of ours speak to mail or database servers.
PORTS = frozenset({80, 443, 8080, 8443})

#: Beside what `ipaddress` calls not global: ways by which an inner address hides in a global one, and cloud
#: providers' inner services on addresses that look open.
_REFUSED = tuple(map(ipaddress.ip_network, (
    "168.63.129.16/32",  # Azure's platform services
    "192.0.0.0/24",      # Oracle's metadata is 192.0.0.192
    "192.88.99.0/24",    # 6to4 relays
    "198.18.0.0/15",
    "::/96",             # IPv4-compatible
    "64:ff9b:1::/48",    # local-use NAT64
    "100::/64",
    "2001::/23",         # Teredo and other protocol assignments
    "fec0::/10",         # site-local, as old networks use it
)))  # fmt: skip
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class Refused(ValueError):
    """Why a URL or an address is out of bounds, in words for its sender."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What may be reached: the open internet on the web's ports, and an operator's own ranges on any port."""

    allowed: tuple[Network, ...] = ()

    def check_address(self, said: str, port: int) -> None:
        """Raises Refused for an address inside, or a port that is not the web's."""
        address = _plain(ipaddress.ip_address(said.partition("%")[0]))
        if any(address in network for network in self.allowed):
            return
        if not is_open(address):
            raise Refused("it leads to an address inside this network")
        if port not in PORTS:
            raise Refused(f"port {port} is not one of {', '.join(map(str, sorted(PORTS)))}")


def check_url(url: str) -> None:
    """The shape of a URL: http or https, a host, no password. Where it leads is for whoever connects.

    Raises Refused.
    """
    if len(url) > LONGEST_URL:
        raise Refused(f"it is longer than {LONGEST_URL} characters")
    # Some readers of URLs drop these, others do not: what was checked must be what is asked for.
    if any(sign <= " " or sign in "\x7f\\" for sign in url):
        raise Refused("it has spaces or signs that no URL has")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Refused("it is no URL") from error
    if parts.scheme.lower() not in SCHEMES:
        raise Refused("only http and https can be fetched")
    if not parts.hostname or port == 0:
        raise Refused("it names no host")
    if "@" in parts.netloc:
        raise Refused("it holds a name or password")


def is_open(address: Address) -> bool:
    """Whether it is one machine on the open internet."""
    address = _plain(address)
    if not address.is_global or address.is_multicast or address.is_reserved or address.is_unspecified:
        return False
    if any(address in network for network in _REFUSED if network.version == address.version):
        return False
    return not (isinstance(address, IPv6Address) and address.sixtofour is not None)


def read_networks(said: str) -> tuple[Network, ...]:
    """`"10.0.0.0/8, ::1"`. Raises ValueError."""
    return tuple(ipaddress.ip_network(part.strip()) for part in said.split(",") if part.strip())


def is_address(host: str) -> bool:
    """Whether a host is written as an address, so that nobody resolves it."""
    try:
        ipaddress.ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return False
    return True


def _plain(address: Address) -> Address:
    """The IPv4 address that an IPv6 one carries, where it does."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


LOOPBACK: tuple[Network, ...] = read_networks("127.0.0.0/8, ::1/128")
