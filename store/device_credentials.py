"""Accounts of devices and gateways at the broker."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from ingest.broker_access import OWN, Holder, check_name
from store.database import Connection
from store.statements import statements


class CredentialsRefused(ValueError):
    """What is asked for a device cannot be done; says why and the mend."""


class Listed(NamedTuple):
    device: str
    by_certificate: bool
    made_at: datetime
    made_by: str


def holders(connection: Connection) -> list[Holder]:
    """Return who has an account, with the devices behind; none that is retired since."""
    with connection.transaction():
        rows = connection.execute(statements("device_credentials")["holders"]).fetchall()
    return [Holder(*row) for row in rows]


def listed(connection: Connection) -> list[Listed]:
    with connection.transaction():
        rows = connection.execute(statements("device_credentials")["listed"]).fetchall()
    return [Listed(*row) for row in rows]


def without(connection: Connection) -> list[str]:
    """Return the active devices and gateways that have no account."""
    return [name for name, has in _known(connection, None) if not has]


def put(
    connection: Connection,
    hashes: dict[str, str | None],
    at: datetime,
    by: str,
    anew: bool,
) -> None:
    """Give each device its hash, None for a certificate; all or none, in a transaction.

    `anew`: every one of them must have an account, else none may. Raises CredentialsRefused
    or UnfitName.
    """
    with connection.transaction():
        known = dict(_known(connection, list(hashes)))
        for device, hashed in hashes.items():
            check_name(device, OWN)
            if device not in known:
                raise CredentialsRefused(
                    f"{device} is no adopted device, nor the gateway of one: adopt it first"
                    " (lifeline devices adopt)"
                )
            if known[device] and not anew:
                raise CredentialsRefused(
                    f"{device} has an account: rotate it for a new password, or revoke it"
                )
            if anew and not known[device]:
                raise CredentialsRefused(f"{device} has no account: make one")
            values = {"device": device, "hash": hashed, "at": at, "by": by}
            connection.execute(statements("device_credentials")["put"], values)
        _tell(connection)


def remove(connection: Connection, device: str) -> None:
    """Take the account away; raises CredentialsRefused where there is none."""
    with connection.transaction():
        sql = statements("device_credentials")["remove"]
        if connection.execute(sql, {"device": device}).fetchone() is None:
            raise CredentialsRefused(f"{device} has no account")
        _tell(connection)


def _known(connection: Connection, devices: list[str] | None) -> list[tuple[str, bool]]:
    with connection.transaction():
        sql = statements("device_credentials")["known"]
        return connection.execute(sql, {"devices": devices}).fetchall()


def _tell(connection: Connection) -> None:
    connection.execute(statements("engine")["tell"], {"what": "channels"})
