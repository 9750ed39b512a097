"""Calls to addresses that others have named: which may be called, how long, what came back."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

import httpx

TIMEOUT = 15.0  #: [s] for the whole call; Standard Webhooks recommends 15 to 30
LONGEST_ANSWER = 2**16  #: [bytes] that are read
LONGEST_REST = timedelta(days=1)  #: that a Retry-After is believed
NAT64 = IPv6Network("64:ff9b::/96")  #: RFC 6052
Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a call. `status` is None where no HTTP answer came; `trouble` then says why."""

    status: int | None
    trouble: str = ""
    retry_after: datetime | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def accepted(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class Forbidden(Exception):
    """Nothing is sent to this address. ``args[0]`` says why, for the operator."""


def check_url(url: str) -> httpx.URL:
    """Return `url` if its form is one that is called; raises Forbidden. Looks up nothing."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as why:
        raise Forbidden(f"{url} is no address: {why}") from why
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise Forbidden(f"{url} is no address such as https://receiver.example/events")
    if parsed.userinfo:
        raise Forbidden("an address with a password in it would stand in lists and logs")
    return parsed


def is_allowed(address: IPv4Address | IPv6Address, networks: Sequence[Network]) -> bool:
    """Return whether an address is public, or in one of the networks that the operator allows."""
    if isinstance(address, IPv6Address):
        address = _embedded(address) or address
    if any(address.version == n.version and address in n for n in networks):
        return True
    return address.is_global and not address.is_multicast


def _embedded(address: IPv6Address) -> IPv4Address | None:
    """Return the address of the other family that a router would make of this one."""
    nat64 = IPv4Address(int(address) & 0xFFFFFFFF) if address in NAT64 else None
    return address.ipv4_mapped or address.sixtofour or nat64


class Caller:
    """Calls addresses that others have named, and only those that the operator lets be called.

    The address that was checked is the one that is connected to: a name that is looked up twice
    may say something else the second time.
    """

    def __init__(self, networks: Sequence[Network], timeout: float = TIMEOUT) -> None:
        self._networks, self._timeout = networks, timeout
        # Not by way of a proxy of the environment: that would look the name up itself.
        self._client = httpx.AsyncClient(
            trust_env=False,
            follow_redirects=False,
            timeout=timeout,
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=64),
        )

    async def close(self) -> None:
        await self._client.aclose()

    async def call(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, now: datetime
    ) -> Answer:
        """Return what came of the call; what went wrong on the way is in it, not raised."""
        try:
            async with asyncio.timeout(self._timeout):
                where, host = await self._resolved(check_url(url))
                request = self._client.build_request(
                    method,
                    where,
                    headers={**headers, "host": host},
                    content=body,
                    extensions={"sni_hostname": check_url(url).host},
                )
                response = await self._client.send(request, stream=True)
                try:
                    await self._read_off(response)
                finally:
                    await response.aclose()
        except TimeoutError:
            return Answer(None, f"no answer within {self._timeout:g} s")
        except (httpx.HTTPError, OSError, Forbidden) as why:
            return Answer(None, f"{type(why).__name__}: {why}")
        trouble = "" if response.is_success else f"{response.status_code} {response.reason_phrase}"
        after = retry_after(response.headers.get("retry-after", ""), now)
        return Answer(response.status_code, trouble, after, response.headers)

    async def _read_off(self, response: httpx.Response) -> None:
        """Read what the answer says, so that the connection serves again; it may be endless."""
        size = 0
        async for part in response.aiter_raw():
            size += len(part)
            if size > LONGEST_ANSWER:
                return

    async def _resolved(self, url: httpx.URL) -> tuple[httpx.URL, str]:
        """Return the address to connect to and the name to ask for there; raises Forbidden."""
        addresses = await self._addresses(url)
        for address in addresses:
            if not is_allowed(address, self._networks):
                raise Forbidden(
                    f"{url.host} is {address}, which is no public address: name its network in"
                    " the setting `webhook_networks` if that is meant"
                )
        return url.copy_with(host=str(addresses[0])), url.netloc.decode()

    async def _addresses(self, url: httpx.URL) -> list[IPv4Address | IPv6Address]:
        try:
            return [ip_address(url.host)]
        except ValueError:
            port = url.port or (443 if url.scheme == "https" else 80)
            loop = asyncio.get_running_loop()
            found = await loop.getaddrinfo(url.host, port, type=socket.SOCK_STREAM)
            return [ip_address(str(where[0]).partition("%")[0]) for *_, where in found]


def retry_after(text: str, now: datetime) -> datetime | None:
    """Return when a Retry-After, seconds or a date, lets us try again; None: it says nothing."""
    text = text.strip()
    try:
        if text.isdecimal():
            return now + min(timedelta(seconds=int(text[:9])), LONGEST_REST)
        told = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    return min(max(told.replace(tzinfo=told.tzinfo or UTC), now), now + LONGEST_REST)
