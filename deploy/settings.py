"""What an operator sets: one YAML file, or LIFELINE_* in the environment, which wins."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import yaml
from limits import parse
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    IPvAnyNetwork,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from api.access.identities import SecondFactor
from api.access.providers import ProviderSettings
from cases.signature import key_of
from deploy.clock import WALL, Clock
from ingest.topics import Topic
from store.retention import AUDIT_LEAST

#: What may stand in a file of its own: `password_file` for `password`, in every part.
SECRETS = ("database", "password", "secret")
DEFAULT_TOPICS = (Topic(filter="city/{device}/#"),)


def _rate(text: str) -> str:
    try:
        parse(text)
    except ValueError as why:
        raise ValueError(f"{text} is no rate, such as 600/minute") from why
    return text


Rate = Annotated[str, AfterValidator(_rate)]


class BadSettings(Exception):
    """The settings cannot be used. ``args[0]`` names file and field, for the operator."""


def read_secret_files(given: Any) -> Any:
    """Take what `NAME_file` names for NAME, for what is secret: it need not stand in the settings.

    Raises ValueError where both are given, or the file cannot be read.
    """
    if not isinstance(given, dict):
        return given
    taken = dict(given)
    for name in SECRETS:
        file = taken.pop(f"{name}_file", None)
        if file is None:
            continue
        if taken.get(name) is not None:
            raise ValueError(f"{name} and {name}_file: give one of them")
        try:
            taken[name] = Path(file).read_text(encoding="utf-8").strip()
        except OSError as why:
            raise ValueError(f"{name}_file: {file}: {why.strerror}") from why
    return taken


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    @model_validator(mode="before")
    @classmethod
    def _from_files(cls, given: Any) -> Any:
        return read_secret_files(given)


class Source(Strict):
    """One broker, or one tree of topics on it."""

    name: str = "broker"
    """Stands in the ledger, dead letters and metrics."""
    url: str
    """mqtt://host:1883, or mqtts://host:8883 for TLS."""
    client_id: str = "lifeline"
    """Fixed: the broker keeps the session of this name while we are away."""
    username: str | None = None
    password: SecretStr | None = None
    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None
    share: str | None = None
    """Shared-subscription group, where several gateways split one tree."""
    topics: tuple[Topic, ...] = Field(DEFAULT_TOPICS, min_length=1)
    silent_after: timedelta = timedelta(minutes=5)
    """Connected, but no message for so long after there were some: reconnect."""

    @field_validator("url")
    @classmethod
    def _is_of_a_broker(cls, url: str) -> str:
        where = urlsplit(url)
        if where.scheme not in ("mqtt", "mqtts") or not where.hostname:
            raise ValueError(f"{url} is no address of a broker, such as mqtt://host:1883")
        return url


class PeerSettings(Strict):
    """Another instance of this software, with which cases are exchanged."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.-]{0,62}$")
    """Its own `instance`; a case is handed over to this name. Not 110."""
    secret: SecretStr
    """Shared with it alone: whsec_ and base64 of 24 to 64 bytes; signs what both send."""
    url: str | None = None
    """Of its API, such as https://district.example; null: it cannot be reached, and asks us."""
    poll_every: timedelta | None = None
    """How often we ask it for messages, where it cannot reach us; null: it sends them."""

    @field_validator("secret")
    @classmethod
    def _signs(cls, secret: SecretStr) -> SecretStr:
        key_of(secret.get_secret_value())
        return secret

    @model_validator(mode="after")
    def _can_be_asked(self) -> PeerSettings:
        if self.poll_every is not None and (self.url is None or self.poll_every <= timedelta(0)):
            raise ValueError("poll_every needs the url to ask at, and is longer than nothing")
        return self


class EntranceSettings(Strict):
    """How devices come in to the embedded broker: by accounts, see `lifeline devices credentials`.

    TLS and certificates of devices need the program mosquitto.
    """

    host: str = "127.0.0.1"
    """Where the broker listens for devices, on `broker_port`; 0.0.0.0: everywhere."""
    prove: Literal["password", "certificate"] = "password"
    """What proves a device's name: its password, or a certificate with the name as common name."""
    certificate_file: Path | None = None
    """The broker's own certificate: with it devices come in by TLS only."""
    key_file: Path | None = None
    client_ca_file: Path | None = None
    """Of who issues the certificates of devices."""

    @model_validator(mode="after")
    def _has_its_files(self) -> EntranceSettings:
        if (self.certificate_file is None) != (self.key_file is None):
            raise ValueError("certificate_file and key_file go together")
        if self.prove == "certificate" and (
            self.certificate_file is None or self.client_ca_file is None
        ):
            raise ValueError("certificates of devices need certificate_file and client_ca_file")
        return self


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="LIFELINE_", extra="forbid", frozen=True, use_attribute_docstrings=True
    )

    data_folder: Path = Path("data")
    """Embedded database, embedded broker's sessions. The one folder to keep."""
    database: str | None = None
    """URL of a PostgreSQL 15-18 server, with or without TimescaleDB; none: embedded."""
    sources: tuple[Source, ...] = ()
    """Brokers to listen to; none: an embedded broker on `broker_port`."""
    broker_port: int = Field(1883, ge=0, lt=65536)
    """Port of the embedded broker; 0: any free one."""
    entrance: EntranceSettings | None = None
    """Devices need an account at the embedded broker; none: on loopback anyone comes in."""
    http_host: str = "127.0.0.1"
    """Where the API listens."""
    http_port: int = Field(8080, ge=0, lt=65536)
    guests: Literal["none", "observer"] = "none"
    """What may be done without signing in: nothing, or look at everything but persons."""
    public_url: str = Field("", pattern=r"^(https?://[^/?#]+)?$")
    """Where browsers find the console, such as https://lifeline.example; https: only so."""
    hosts: tuple[str, ...] = ()
    """Other names that we answer to, beside our address and localhost."""
    trusted_proxies: tuple[IPvAnyNetwork, ...] = ()
    """Whose X-Forwarded-For and -Proto are believed: of the proxy in front of us."""
    providers: tuple[ProviderSettings, ...] = ()
    """Who else signs people in: providers of OpenID Connect."""
    rates: dict[Literal["guest", "person", "key", "refused"], Rate] = Field(
        {"guest": "1200/minute", "person": "3000/minute", "key": "60000/minute",
         "refused": "120/minute"}
    )  # fmt: skip
    """How often each may ask, a guest by address; refused: told so, and not only to wait."""
    second_factor: SecondFactor = "none"
    """Of whom with a password here a second factor is asked: none, administrators, all."""
    session_idle: timedelta = timedelta(hours=1)
    """Who does nothing for so long is signed out."""
    session_lasts: timedelta = timedelta(hours=12)
    """Everybody signs in again after so long: a shift."""
    rules: Path = Path(__file__).parent.parent / "rules" / "packs"
    """Folder of rule packs."""
    scenarios: Path | None = None
    """Folder of scenarios for drills (`simulators/story.py`), beside those that come along."""
    city: Path | None = None
    """Folder of the city's own catalogues, calendars and departments; none: the defaults."""
    open311_keys: dict[str, Annotated[str, Field(pattern=r"^[0-9a-fA-F]{64}$")]] = Field(
        default_factory=dict
    )
    """Who may post service requests: name of each application, and the SHA-256 of its api_key."""
    instance: str = Field("lifeline", pattern=r"^[A-Za-z0-9][A-Za-z0-9.-]{0,62}$")
    """Name of this installation, in its events and for its peers; its DNS name where it has one."""
    peers: tuple[PeerSettings, ...] = ()
    """Instances that cases are exchanged with."""
    webhook_networks: tuple[IPvAnyNetwork, ...] = ()
    """Networks, such as 10.0.0.0/8, that webhooks may call beside public addresses."""
    deliver_for: timedelta = timedelta(days=3)
    """An event that could not be delivered for so long has failed, until it is sent again."""
    keep_deliveries: timedelta = timedelta(days=30)
    """What was told, and how it was delivered, is kept for so long."""
    keep_audit: timedelta | None = Field(timedelta(days=730), ge=AUDIT_LEAST)
    """Older lines of the audit trail are dropped, after half a year at least; null keeps all."""
    time_zone: str = "Asia/Shanghai"
    """Working hours and case numbers follow it."""
    future_tolerance: timedelta = timedelta(minutes=5)
    """A device time further ahead of ours is flagged."""
    keep_readings: timedelta | None = timedelta(days=400)
    """Raw readings older than this are dropped, rollups stay; null keeps all."""
    compress_after: timedelta = timedelta(days=7)
    """On TimescaleDB: raw readings older than this go to the columnstore."""
    clock: Clock = WALL
    """For demos and drills: the event time that a wall time stands for, and its speed."""
    actor: str = ""
    """Who takes the steps of `lifeline cases` where no --actor is named."""
    role: str = ""
    """In which role; none: the one that the step has."""
    checkpoint_every: timedelta = timedelta(seconds=30)
    """How much the engine may have to judge again after a crash."""

    @field_validator("sources")
    @classmethod
    def _are_told_apart(cls, sources: tuple[Source, ...]) -> tuple[Source, ...]:
        for number, one in enumerate(sources):
            for other in sources[:number]:
                if one.name == other.name:
                    raise ValueError(f"two sources have the name {one.name}: give each its own")
                if (one.url, one.client_id) == (other.url, other.client_id):
                    raise ValueError(
                        f"the sources {other.name} and {one.name} would end each other's session:"
                        f" give each a client_id of its own on {one.url}"
                    )
        return sources

    @model_validator(mode="before")
    @classmethod
    def _from_files(cls, given: Any) -> Any:
        return read_secret_files(given)

    @model_validator(mode="after")
    def _providers_lead_back(self) -> Settings:
        names = [provider.name for provider in self.providers]
        if len(set(names)) < len(names) or "providers" in names:
            raise ValueError("providers: give each a name of its own, and none `providers`")
        if names and not self.public_url:
            raise ValueError("providers: set public_url, where they send browsers back to")
        return self

    @model_validator(mode="after")
    def _peers_are_told_apart(self) -> Settings:
        names = [self.instance, "110", *(peer.name for peer in self.peers)]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"peers: {name} is named twice, is our own name, or the police")
        return self


def read_settings(file: Path | None, **given: Any) -> Settings:
    """Return the settings from `file`, the environment over it, and `given` over both.

    Raises
    ------
    BadSettings
        Unreadable file, unknown or unusable field; connects to nothing.
    """
    written: dict[str, Any] = {}
    if file is not None:
        try:
            written = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
        except (OSError, yaml.YAMLError) as why:
            raise BadSettings(f"{file}: {why}") from why
        if not isinstance(written, dict):
            raise BadSettings(f"{file}: expected fields and their values, as in README, Settings")
    in_environment = {name for name in written if f"LIFELINE_{name.upper()}" in os.environ}
    merged = {name: value for name, value in written.items() if name not in in_environment}
    merged |= {name: value for name, value in given.items() if value is not None}
    try:
        return Settings(**merged)
    except ValidationError as why:
        lines = (
            f"{file or 'settings'}: {'.'.join(map(str, error['loc']))}: {error['msg']}"
            for error in why.errors()
        )
        raise BadSettings("\n".join(lines)) from why
