"""The composition root: every part is made here, given what it needs, and started in order."""

from __future__ import annotations

import logging
import socket
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from math import nan
from pathlib import Path
from random import Random
from shutil import disk_usage
from threading import Thread
from typing import NamedTuple
from urllib.parse import urlsplit

import numpy as np
from psycopg_pool import ConnectionPool
from pydantic import SecretStr

from api.access.providers import Provider
from api.server import Server, make_server
from api.services import Health, Services
from cases.city import City, load_city
from cases.coverage import uncovered
from cases.exchange import Peer
from deploy import metrics
from deploy.admission import Admission
from deploy.backtesting import Backtesting
from deploy.broker import Entrance
from deploy.delivering import Delivering
from deploy.drills import Drills
from deploy.exchanging import Exchange
from deploy.exercises import ExerciseJudge
from deploy.guard import Guard
from deploy.handover import Handover
from deploy.judge import StoredJudge
from deploy.judging import Judging
from deploy.link import Link
from deploy.pool import make_pool
from deploy.scheduling import Scheduling
from deploy.settings import DEFAULT_TOPICS, BadSettings, PeerSettings, Settings, Source
from deploy.storing import Storing
from deploy.upkeep import Upkeep
from deploy.webhooks import Webhooks
from ingest.broker_access import OWN
from ingest.endpoint import Endpoint
from ingest.exercise import TREE
from ingest.inbox import Inbox
from ingest.registry import Registry
from ingest.session import Session
from ingest.topics import Topic
from rules.pack import BadPack, RuleSet, load
from rules.testing import texts_of_tests
from simulators.publisher import Access
from store.access import Grant
from store.catalogue import LiveCity
from store.channels import channels
from store.checkpoints import last_receipt
from store.city_zone import set_zone
from store.database import Connection, connect, migrate
from store.exchange import know, tell
from store.former import write_former
from store.history import latest
from store.outbox import name_instance
from store.retention import compress
from store.rule_changes import ship
from store.rule_tests import ship_tests
from store.rule_versions import terms
from store.settlement import put_departments
from store.states import intern, states

log = logging.getLogger(__name__)

STORE_WITHIN, JUDGE_WITHIN = 20.0, 30.0  #: [s] that a stop waits for what was received
#: How far back the newest reading of a channel is looked for at the start.
NEWEST = np.timedelta64(35, "D")


@dataclass
class App:
    """Everything that runs, in the order of the flow."""

    settings: Settings
    database: str
    guard: Guard
    inbox: Inbox
    sessions: list[Session]
    storing: Storing
    judge: StoredJudge
    judging: Judging
    exercising: Judging
    drills: Drills
    upkeep: Upkeep
    scheduling: Scheduling
    delivering: Delivering
    backtesting: Backtesting
    pool: ConnectionPool[Connection]
    door: socket.socket
    server: Server
    serving: Thread

    @property
    def sources(self) -> list[str]:
        """URLs of the brokers that are listened to."""
        embedded = [self.guard.broker.door] if self.guard.broker else []
        return [source.url for source in self.settings.sources] or embedded

    @property
    def url(self) -> str:
        host, port = self.door.getsockname()[:2]
        return f"http://{host}:{port}"

    def start(self) -> None:
        """Start from the back, so that whatever arrives finds the next part at work."""
        self.guard.start()
        self.upkeep.start()
        self.scheduling.start()
        self.delivering.start()
        self.backtesting.start()
        self.judging.start()
        self.exercising.start()
        self.storing.start()
        self.drills.start_up()
        self.serving.start()
        for session in self.sessions:
            session.start()

    def stop(self) -> None:
        """Take nothing more in, store and judge what was received, acknowledge, and end."""
        self.drills.stop()
        for session in self.sessions:
            session.pause()
        self.server.should_exit = True
        self.serving.join()
        self.inbox.close()
        self.storing.join(STORE_WITHIN)
        for session in self.sessions:
            session.close()
        self.judging.join(JUDGE_WITHIN)
        if self.judging.trouble is None:
            self.judge.checkpoint()
        self.exercising.join(JUDGE_WITHIN)
        self.scheduling.stop()
        self.delivering.stop()
        self.backtesting.stop()
        self.upkeep.stop()
        self.pool.close()
        self.guard.stop()


def build(settings: Settings) -> App:
    """Make every part; starts the embedded database and broker where none is given.

    Raises what the parts raise for the operator: BadPack, BadSettings, MigrationError,
    EmbeddedPostgresError, BrokerFailed, or psycopg.OperationalError for a server given.
    """
    ruleset = load(settings.rules)
    city = LiveCity(load_city(settings.city, settings.time_zone))
    if lacking := uncovered(ruleset, city.catalogue):
        raise BadPack("\n".join(lacking))
    with ExitStack() as undo:
        door = undo.enter_context(_open_door(settings.http_host, settings.http_port))
        admission = _admission(settings)
        guard = _guard(settings, admission)
        undo.callback(guard.stop)
        app = _assemble(settings, ruleset, city, door, guard, admission)
        undo.pop_all()  # from here on it is the app that stops them
    return app


def _admission(settings: Settings) -> Admission | None:
    """Return what keeps the embedded broker's accounts; None where there are none."""
    if settings.sources or settings.entrance is None:
        return None
    if settings.entrance.certificate_file is None and settings.entrance.host != "127.0.0.1":
        log.warning(
            "entrance: passwords of devices cross the network unencrypted; set certificate_file"
        )
    return Admission(settings.data_folder / "broker", DEFAULT_TOPICS)


def _guard(settings: Settings, admission: Admission | None) -> Guard:
    entrance, given = None, settings.entrance
    if admission is not None and given is not None:
        entrance = Entrance(
            given.host,
            settings.broker_port,
            given.prove,
            admission.passwords,
            admission.acl,
            given.certificate_file,
            given.key_file,
            given.client_ca_file,
        )
    return Guard(
        settings.data_folder / "postgres" if settings.database is None else None,
        None if settings.sources else settings.data_folder / "broker",
        settings.broker_port if entrance is None else 0,
        entrance,
    )


def _embedded(guard: Guard, admission: Admission | None) -> tuple[Source, ...]:
    """Return the embedded broker as we come in to it."""
    if guard.broker is None:
        return ()
    if admission is None:
        return (Source(url=guard.broker.url),)
    password = SecretStr(admission.own_password)
    return (Source(url=guard.broker.url, username=OWN, password=password),)


def _assemble(
    settings: Settings,
    ruleset: RuleSet,
    city: LiveCity,
    door: socket.socket,
    guard: Guard,
    admission: Admission | None,
) -> App:
    now = settings.clock.now
    database = settings.database or guard.database
    sources = settings.sources or _embedded(guard, admission)

    with connect(database) as connection:
        migrate(connection)
        started = datetime.fromtimestamp(now() / 1e6, UTC)
        set_zone(connection, city.zone, started)
        city.refresh(connection, started)
        write_former(connection, started, city)
        put_departments(connection, city)
        compress(connection, settings.compress_after)
        _ship(connection, ruleset, now())
        ship_tests(connection, texts_of_tests(settings.rules), started)
        name_instance(connection, settings.instance)
        know(connection, [peer.name for peer in settings.peers])
        if admission is not None and guard.broker is not None and admission.renew(connection):
            guard.broker.read_again()
        known, texts = channels(connection), states(connection)
        newest = latest(connection, np.datetime64(now(), "us") - NEWEST)
        received = last_receipt(connection)
    previous = 0 if received is None else round(received.timestamp() * 1e6)

    storing_link = Link(database)
    registry = Registry(known, texts, partial(_intern, Link(database)))
    registry.remember(newest)
    inbox = Inbox()
    sessions = [_session(source, inbox, settings) for source in sources]
    of_drills = _session(_of_drills(sources[0]), inbox, settings)
    handover = Handover()
    exercises = Handover(after=handover)
    tolerance = int(settings.future_tolerance.total_seconds() * 1e6)
    judge = StoredJudge(
        Link(database),
        city,
        registry,
        now,
        partial(_listened, sessions),
        settings.checkpoint_every,
    )
    exercise_judge = ExerciseJudge(Link(database), city, registry, now)
    changed = partial(_changed, [judge, exercise_judge], admission, guard, database)
    storing = Storing(
        inbox, registry, storing_link, handover, previous, now, judge.reload.set, tolerance,
        exercises,
    )  # fmt: skip
    judging = Judging(judge, handover, now)
    exercising = Judging(exercise_judge, exercises, now, measured=False)
    drills = Drills(database, settings.clock.pace, _access(sources[0]), city, settings.scenarios)
    upkeep = Upkeep(database, now, settings.keep_readings, changed, city, settings.keep_audit)
    scheduling = Scheduling(database, now, city)
    peers = [_peer(peer) for peer in settings.peers]
    delivering = _delivering(settings, database, peers, city)
    backtesting = Backtesting(
        database, lambda: datetime.now(UTC), settings.city, settings.time_zone
    )
    pool = make_pool(database, 2, 8)
    services = Services(
        pool,
        inbox.submit,
        now,
        {
            **{session.name: partial(_session_health, session) for session in sessions},
            "storing": partial(_storing_health, storing, inbox),
            "judging": partial(_judging_health, judging),
            "drills": partial(_judging_health, exercising),
            "scheduling": partial(_scheduling_health, scheduling),
            "delivering": partial(_delivering_health, delivering),
            "backtesting": partial(_backtesting_health, backtesting),
        },
        time_zone=settings.time_zone,
        open311_keys=settings.open311_keys,
        instance=settings.instance,
        peers={peer.name: peer for peer in peers},
        city=city,
        session_idle=settings.session_idle,
        session_lasts=settings.session_lasts,
        second_factor=settings.second_factor,
        backtests=backtesting,
        drills=drills,
        guests=() if settings.guests == "none" else (Grant(settings.guests),),
        public_url=settings.public_url,
        providers={given.name: Provider(given, _wall) for given in settings.providers},
        hosts=_hosts(settings),
        rates={str(kind): rate for kind, rate in settings.rates.items()},
    )
    _measure(settings.data_folder, sessions)
    proxies = [str(network) for network in settings.trusted_proxies]
    server = make_server(services, settings.http_host, settings.http_port, proxies)
    serving = Thread(target=server.run, args=([door],), name="http", daemon=True)
    return App(
        settings=settings,
        database=database,
        guard=guard,
        inbox=inbox,
        sessions=[*sessions, of_drills],
        storing=storing,
        judge=judge,
        judging=judging,
        exercising=exercising,
        drills=drills,
        upkeep=upkeep,
        scheduling=scheduling,
        delivering=delivering,
        backtesting=backtesting,
        pool=pool,
        door=door,
        server=server,
        serving=serving,
    )


def _changed(
    judges: Sequence[StoredJudge], admission: Admission | None, guard: Guard, database: str
) -> None:
    """Pass on that channels, devices or their accounts have changed."""
    for judge in judges:
        judge.reload.set()
    if admission is not None and guard.broker is not None:
        admission.watch(database, guard.broker.read_again)


def _wall() -> datetime:
    return datetime.now(UTC)


def _hosts(settings: Settings) -> frozenset[str]:
    """Return the names we answer to, beside addresses and localhost."""
    public = urlsplit(settings.public_url).hostname or ""
    named = (*settings.hosts, public, settings.http_host, socket.gethostname())
    return frozenset(name.lower() for name in named if name)


def _peer(peer: PeerSettings) -> Peer:
    return Peer(peer.name, peer.secret.get_secret_value(), peer.url, peer.poll_every)


def _delivering(settings: Settings, database: str, peers: Sequence[Peer], city: City) -> Delivering:
    """Return the thread that talks to others: by the wall clock, of what happens in event time."""

    def wall() -> datetime:
        return datetime.now(UTC)

    def now() -> datetime:
        return datetime.fromtimestamp(settings.clock.now() / 1e6, UTC)

    names, random = [peer.name for peer in peers], Random()
    webhooks = Webhooks(
        wall,
        settings.instance,
        settings.webhook_networks,
        settings.deliver_for,
        settings.keep_deliveries,
        random,
        lambda connection, events: tell(connection, events, names),
    )
    keep = settings.keep_deliveries
    exchange = Exchange(settings.instance, peers, city, wall, now, random, keep)
    return Delivering(make_pool(database, 1, 4), [webhooks, exchange])


def _open_door(host: str, port: int) -> socket.socket:
    """Return the socket that HTTP listens on: first, because an address in use ends the start."""
    door = socket.socket()
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind((host, port))
    except OSError as why:
        door.close()
        raise BadSettings(f"http_port: {host}:{port} cannot be used: {why.strerror}") from why
    return door


def _ship(connection: Connection, ruleset: RuleSet, now: int) -> None:
    """Put in force what the packs have anew; raises BadPack if what is in force cannot be read."""
    for change in ship(connection, ruleset.versions(), datetime.fromtimestamp(now / 1e6, UTC)):
        log.info("rule %s: version %s for %s", change.rule, change.version, change.former)
    terms(connection)


def _session(source: Source, inbox: Inbox, settings: Settings) -> Session:
    endpoint = Endpoint(
        source.url,
        source.client_id,
        source.username,
        None if source.password is None else source.password.get_secret_value(),
        source.ca_file,
        source.certificate_file,
        source.key_file,
    )
    return Session(
        source.name,
        endpoint,
        source.topics,
        inbox,
        settings.clock.now,
        source.share,
        source.silent_after.total_seconds(),
    )


def _of_drills(source: Source) -> Source:
    """Return a source as its drills are heard: a session of their own, which may be long silent."""
    topics = tuple(
        Topic(filter=TREE + topic.filter, format=topic.format) for topic in source.topics
    )
    return source.model_copy(
        update={
            "name": "drills",
            "client_id": f"{source.client_id}-drills",
            "topics": topics,
            "share": None,
            "silent_after": timedelta(days=365),
        }
    )


def _access(source: Source) -> Access:
    """Return how the devices of drills come in to the broker of a source."""
    files = (source.ca_file, source.certificate_file, source.key_file)
    return Access(
        source.url,
        source.username,
        None if source.password is None else source.password.get_secret_value(),
        *(None if file is None else str(file) for file in files),
    )


def _listened(sessions: list[Session]) -> list[tuple[str, int, int]]:
    return [(session.name, *stretch) for session in sessions for stretch in session.listened()]


def _intern(link: Link, texts: Sequence[str]) -> list[int]:
    return intern(link.get(), texts)


def _measure(folder: Path, sessions: Sequence[Session]) -> None:
    """Have looked at what changes without our doing whenever the metrics are asked for."""
    for session in sessions:
        metrics.SOURCE_CONNECTED.labels(session.name).set_function(partial(_connected, session))
    metrics.DISK_FREE.set_function(lambda: _disk(folder).free)
    metrics.DISK_SIZE.set_function(lambda: _disk(folder).total)


class _Disk(NamedTuple):
    free: float
    total: float


def _disk(folder: Path) -> _Disk:
    """Return bytes of the disk; where it cannot be looked at, that must not hide all else."""
    try:
        found = disk_usage(folder)
    except OSError:
        return _Disk(nan, nan)
    return _Disk(found.free, found.total)


def _connected(session: Session) -> float:
    return float(_session_health(session).ready)


def _session_health(session: Session) -> Health:
    return Health(session.problem is None, session.problem or "connected and subscribed")


def _storing_health(storing: Storing, inbox: Inbox) -> Health:
    if not storing.is_alive():
        return Health(False, "the storing thread has ended: restart")
    return Health(storing.trouble is None, storing.trouble or f"{len(inbox)} messages wait")


def _judging_health(judging: Judging) -> Health:
    if not judging.is_alive():
        return Health(False, "the judging thread has ended: restart")
    return Health(judging.trouble is None, judging.trouble or "up to date")


def _scheduling_health(scheduling: Scheduling) -> Health:
    if not scheduling.is_alive():
        return Health(False, "the scheduling thread has ended: restart")
    return Health(scheduling.trouble is None, scheduling.trouble or "up to date")


def _delivering_health(delivering: Delivering) -> Health:
    if not delivering.is_alive():
        return Health(False, "the delivering thread has ended: restart")
    return Health(delivering.trouble is None, delivering.trouble or "up to date")


def _backtesting_health(backtesting: Backtesting) -> Health:
    if not backtesting.is_alive():
        return Health(False, "the backtesting thread has ended: restart")
    return Health(backtesting.trouble is None, backtesting.trouble or "up to date")
