"""Addresses of this machine."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address


def is_local(host: str) -> bool:
    """Report whether a name or an address is one that only this machine has for itself."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    # A socket of IPv6 sees who comes over IPv4 as `::ffff:127.0.0.1`.
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback
