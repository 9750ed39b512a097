"""A device with an account writes its own topics and nothing else, at real brokers."""

import json
import shutil
import subprocess
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from queue import Empty, Queue
from threading import Event

import paho.mqtt.client as mqtt
import psycopg
import pytest
from brokers import PATIENCE, needs_mosquitto, programs
from certificates import make_certificates
from click.testing import CliRunner
from paho.mqtt.enums import CallbackAPIVersion

from deploy.admission import Admission
from deploy.broker import BrokerFailed, Entrance, start_broker
from deploy.cli import lifeline
from deploy.settings import DEFAULT_TOPICS, BadSettings, EntranceSettings, Settings, read_settings
from deploy.wiring import build
from ingest.broker_access import UnfitName, check_name
from ingest.broker_password import fits, hash_of
from ingest.endpoint import Endpoint
from ingest.inbox import Inbox
from ingest.session import Session
from store.assets import import_assets

pytestmark = pytest.mark.server
PASSWD = shutil.which("mosquitto_passwd", path="/usr/sbin:/usr/bin:/usr/local/bin")
ASSETS = [("well", ""), ("meter", "roof"), ("valve", "roof"), ("odd/name", "roof")]


@pytest.fixture
def run(database, database_url):
    """Run `lifeline devices credentials` on devices `well`, and `meter` and `valve` at `roof`."""
    import_assets(
        database,
        [
            {"channel": f"{device}/level", "device": device, "quantity": "level", "gateway": gate}
            for device, gate in ASSETS
        ],
    )
    database.commit()

    def run(*words, fails=False):
        words = ["--database", database_url, "devices", "credentials", *words]
        said = CliRunner().invoke(lifeline, words)
        assert bool(said.exit_code) is fails, said.output
        return said.output

    return run


def passwords(printed):
    return dict(line.split("\t") for line in printed.splitlines())


class Door:
    """A broker with an entrance, our own session on it, and devices that come in."""

    def __init__(self, folder, database, program, prove="password", **files):
        self.database, self.files = database, files
        self.admission = Admission(folder, DEFAULT_TOPICS)
        self.admission.renew(database)
        accounts = (self.admission.passwords, self.admission.acl)
        self.entrance = Entrance("127.0.0.1", 0, prove, *accounts, **files)
        self.broker = start_broker(folder, 0, program, self.entrance)
        self.inbox = Inbox()
        own = Endpoint(self.broker.url, "lifeline", "lifeline", self.admission.own_password)
        self.session = Session("test", own, DEFAULT_TOPICS, self.inbox, now=count(1).__next__)
        self.session.start()
        assert self.session.listening.wait(PATIENCE), self.session.problem
        self.session.lost.clear()  # amqtt refuses MQTT 5 first

    def close(self):
        self.session.close()
        self.broker.stop()

    def renew(self):
        self.database.rollback()
        assert self.admission.renew(self.database)
        self.broker.read_again()

    @contextmanager
    def device(self, name, password, client_id="", will=None, **tls):
        """A client that came in, with an event that it was sent away again."""
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=client_id or f"client-{name}")
        came, gone, said = Event(), Event(), []
        client.on_connect = lambda *words: (said.append(str(words[3])), came.set())
        client.on_disconnect = lambda *words: gone.set()
        client.came_in, client.gone, client.done = said, gone, Queue()
        client.on_publish = lambda *words: client.done.put(words[2])
        if password is not None:
            client.username_pw_set(name, password)
        if tls:
            client.tls_set(*map(str, (tls["ca"], tls["certificate"], tls["key"])))
        if will:
            client.will_set(will, b"gone", qos=1)
        client.connect("localhost", int(self.broker.door.rpartition(":")[2]))
        client.loop_start()
        assert came.wait(PATIENCE)
        yield client
        client.disconnect()
        client.loop_stop()

    def publish(self, client, topics, qos=1):
        """Send to all `topics` and wait, through lost connections, while the broker answers."""
        sent = {client.publish(topic, topic.encode(), qos=qos).mid for topic in topics}
        with suppress(Empty):
            while sent:
                sent.discard(client.done.get(timeout=PATIENCE))

    def arrives(self, last):
        """Return the topics that arrive until `last` does."""
        topics = []
        while last not in topics:
            drained = self.inbox.drain(wait=PATIENCE)
            assert drained, topics
            topics += [message.topic for message in drained]
        return topics


@pytest.fixture
def opened(tmp_path, database, run):
    doors = []

    def opened(program, **how):
        doors.append(Door(tmp_path / "broker", database, program, **how))
        return doors[-1]

    yield opened
    for door in doors:
        door.close()


# mosquitto ends a connection over what it refuses, at once or later: what was not acknowledged
# by then comes again. A refused QoS 2 is sent again and again.
@pytest.mark.parametrize(
    ("program", "qos"),
    [("amqtt", 1), ("amqtt", 2), pytest.param("mosquitto", 1, marks=needs_mosquitto)],
)
def test_a_device_writes_its_own_tree_and_a_gateway_also_those_behind_it(opened, run, program, qos):
    secrets = passwords(run("make", "well", "roof"))
    door = opened(program)
    tried = [
        *("city/well", "city/well/up/a", "city/meter/up", "city/roof/up", "city/well2/up"),
        *("other/well/up", "city/valve/x", "city/odd/name/x", "city/+", "city/well/last"),
    ]
    tried.remove("city/+")  # no topic at all: the client itself refuses it
    with door.device("well", secrets["well"]) as client:
        door.publish(client, tried, qos)
    with door.device("roof", secrets["roof"]) as client:
        door.publish(client, [*tried, "city/roof/last"], qos)
    assert list(dict.fromkeys(door.arrives("city/roof/last"))) == [
        *("city/well", "city/well/up/a", "city/well/last"),
        *("city/meter/up", "city/roof/up", "city/valve/x", "city/roof/last"),
    ]


@programs
@pytest.mark.parametrize(
    ("name", "password"),
    [("well", "guessed"), ("well", ""), ("meter", None), ("lifeline", "lifeline"), ("", None)],
    ids=["wrong", "empty", "anonymous", "ours", "nameless"],
)
def test_nobody_comes_in_without_proof(opened, run, program, name, password):
    run("make", "well")
    door = opened(program)
    with door.device(name, password) as client:
        assert client.came_in[0] in ("Not authorized", "Bad user name or password")


@programs
def test_a_device_hears_nothing(opened, run, program):
    secrets = passwords(run("make", "well"))
    door = opened(program)
    with door.device("well", secrets["well"]) as client:
        heard = []
        client.on_message = lambda *words: heard.append(words[2].topic)
        subscribed = Event()
        client.on_subscribe = lambda *words: subscribed.set()
        client.subscribe([("#", 1), ("city/well/#", 1)])
        assert subscribed.wait(PATIENCE)
        door.publish(client, ["city/well/1", "city/well/2"])
        door.arrives("city/well/2")
        unsubscribed = Event()  # the answer comes after whatever was to be heard
        client.on_unsubscribe = lambda *words: unsubscribed.set()
        client.unsubscribe("#")
        assert unsubscribed.wait(PATIENCE)
    assert heard == []


@programs
def test_a_rotated_password_opens_and_the_former_does_not(opened, run, program):
    former = passwords(run("make", "well"))["well"]
    door = opened(program)
    fresh = passwords(run("rotate", "well"))["well"]
    door.renew()
    with door.device("well", fresh) as client:
        assert client.came_in == ["Success"]
        with door.device("well", former) as refused:
            assert refused.came_in[0] != "Success"
        door.publish(client, ["city/well/last"])
    assert door.arrives("city/well/last") == ["city/well/last"]


@programs
def test_who_is_revoked_writes_nothing_from_then_on_though_connected(opened, run, program):
    secrets = passwords(run("make", "well", "roof"))
    door = opened(program)
    with door.device("well", secrets["well"]) as client:
        run("revoke", "well")
        door.renew()
        assert client.gone.wait(PATIENCE)
        client.publish("city/well/late", b"", qos=1)
    with door.device("roof", secrets["roof"]) as gateway:
        door.publish(gateway, ["city/roof/last"])
    assert door.arrives("city/roof/last") == ["city/roof/last"]


@programs
def test_a_device_retired_since_has_no_account(opened, run, program, database):
    secrets = passwords(run("make", "well"))
    door = opened(program)
    database.execute("UPDATE devices SET status = 'retired' WHERE id = 'well'")
    database.commit()
    door.renew()
    with door.device("well", secrets["well"]) as client:
        assert client.came_in[0] != "Success"


@programs
def test_a_device_cannot_take_our_session_nor_anothers_by_its_name(opened, run, program):
    secrets = passwords(run("make", "well", "meter"))
    door = opened(program)
    with (
        door.device("meter", secrets["meter"], "the-meter") as meter,
        door.device("well", secrets["well"], "lifeline") as client,
        door.device("well", secrets["well"], "meter") as again,
    ):
        door.publish(again, ["city/well/last"])
        door.publish(meter, ["city/meter/last"])
        assert client.came_in[0] == "Success"
        assert not meter.gone.is_set()
    assert door.arrives("city/meter/last") == ["city/well/last", "city/meter/last"]
    assert not door.session.lost.is_set()


@programs
def test_the_last_will_of_a_device_keeps_to_its_own_tree(opened, run, program):
    secrets = passwords(run("make", "well", "roof"))
    door = opened(program)
    for will in ("city/meter/will", "city/well/will"):
        with door.device("well", secrets["well"], will=will) as client:
            if client.is_connected():  # mosquitto refuses a will on another's topic at once
                client.socket().shutdown(2)
                assert client.gone.wait(PATIENCE)
    with door.device("roof", secrets["roof"]) as gateway:
        door.publish(gateway, ["city/roof/last"])
    arrived = door.arrives("city/roof/last")
    assert "city/meter/will" not in arrived
    assert "city/well/will" in arrived


@pytest.mark.parametrize("program", [pytest.param("mosquitto", marks=needs_mosquitto)])
@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl to make certificates")
def test_a_certificate_proves_the_name_and_one_without_account_writes_nothing(
    opened, run, program, tmp_path
):
    make_certificates(tmp_path, "broker", "well", "meter")
    run("make", "--certificate", "well")
    ca = tmp_path / "ca.pem"
    files = {"certificate": tmp_path / "broker.pem", "key": tmp_path / "broker.key", "ca": ca}
    door = opened(program, prove="certificate", **files)

    def tls(name):
        return {"ca": ca, "certificate": tmp_path / f"{name}.pem", "key": tmp_path / f"{name}.key"}

    with door.device("meter", None, **tls("meter")) as stranger:
        door.publish(stranger, ["city/meter/up", "city/well/up"])
    with door.device("meter", "claimed", **tls("well")) as client:  # a name beside it says nothing
        door.publish(client, ["city/meter/up", "city/well/last"])
        run("revoke", "well")
        door.renew()
        # The signal is looked at between two packets: after the second it has been.
        door.publish(client, ["city/meter/1", "city/meter/2", "city/well/late"])
    run("make", "--certificate", "well")
    door.renew()
    with door.device("", None, **tls("well")) as client:
        door.publish(client, ["city/well/again"])
    assert door.arrives("city/well/again") == ["city/well/last", "city/well/again"]


def test_the_fallback_broker_says_that_it_has_no_tls(tmp_path):
    entrance = Entrance("127.0.0.1", 0, "password", tmp_path / "p", tmp_path / "a", tmp_path)
    with pytest.raises(BrokerFailed, match="mosquitto"):
        start_broker(tmp_path, 0, "amqtt", entrance)


@programs
def test_forged_payloads_are_dead_letters_from_the_broker_to_the_store(
    run, tmp_path, database_url, monkeypatch, program
):
    if program == "amqtt":
        monkeypatch.setattr("deploy.broker.shutil.which", lambda *_, **__: None)
    secrets = passwords(run("make", "well", "roof"))
    app = build(
        Settings(
            data_folder=tmp_path,
            database=database_url,
            broker_port=0,
            http_port=0,
            entrance=EntranceSettings(),
        )
    )
    app.start()
    try:
        assert app.sessions[0].listening.wait(PATIENCE), app.sessions[0].problem
        client = mqtt.Client(CallbackAPIVersion.VERSION2)
        client.username_pw_set("roof", secrets["roof"])
        came = Event()
        client.on_connect = lambda *words: came.set()
        client.connect("127.0.0.1", int(app.sources[0].rpartition(":")[2]))
        client.loop_start()
        assert came.wait(PATIENCE)
        sent = [("roof", "meter"), ("meter", "meter"), ("roof", "well"), ("well", "well")]
        for n, (tree, device) in enumerate(sent, 1):
            body = json.dumps({"device": device, "time": 1_700_000_000 + n, "level": n})
            client.publish(f"city/{tree}/up", body, qos=1).wait_for_publish(PATIENCE)
        client.disconnect()
        client.loop_stop()
        with psycopg.connect(database_url, autocommit=True) as connection:
            while not connection.execute("SELECT FROM dead_letters").fetchall():
                assert app.storing.is_alive()
            letters = connection.execute("SELECT device, reason FROM dead_letters").fetchall()
            rows = connection.execute(
                "SELECT device, value FROM readings JOIN channels ON channel = number ORDER BY time"
            ).fetchall()
    finally:
        app.stop()
    assert rows == [("meter", 1.0), ("meter", 2.0)]
    [(device, reason)] = letters
    assert device == "roof"
    assert 'speaks for "well"' in reason


@pytest.mark.parametrize("program", [pytest.param("mosquitto", marks=needs_mosquitto)])
def test_the_exported_files_do_for_a_broker_of_ones_own(run, tmp_path, database_url, program):
    settings = tmp_path / "settings.yml"
    source = {"url": "mqtt://127.0.0.1:9", "username": "us", "password": "ours"}
    topics = [{"filter": "app/+/device/{device}/up"}, {"filter": "v1/gateway/telemetry"}]
    settings.write_text(json.dumps({"sources": [source | {"topics": topics}]}))
    secret = passwords(run("make", "well"))["well"]
    words = ["--settings", str(settings), "--database", database_url, "devices", "credentials"]
    said = CliRunner().invoke(lifeline, [*words, "export", str(tmp_path / "out")])
    assert said.exit_code == 0, said.output
    accounts = tmp_path / "out" / "passwords"
    assert accounts.stat().st_mode & 0o077 == 0
    hashes = dict(line.split(":") for line in accounts.read_text().splitlines())
    assert fits("ours", hashes["us"])
    assert fits(secret, hashes["well"])
    assert (tmp_path / "out" / "acl").read_text().splitlines()[2:] == [
        *("user us", "topic read app/+/device/+/up", "topic read v1/gateway/telemetry"),
        *("topic read drill/#", "topic write drill/#"),
        *("", "user well", "topic write app/+/device/well/up"),
    ]


@pytest.mark.skipif(PASSWD is None, reason="no program mosquitto_passwd")
def test_the_hash_is_mosquittos(tmp_path):
    file = tmp_path / "passwords"
    subprocess.run([PASSWD, "-c", "-b", str(file), "well", "secret"], check=True)
    hashed = file.read_text().strip().partition(":")[2]
    assert fits("secret", hashed)
    assert not fits("Secret", hashed)
    assert hash_of("secret").split("$")[1] == hashed.split("$")[1]


@pytest.mark.parametrize("hashed", ["", "$7$101$x$y", "$6$a$b", "$7$0$AAAA$AAAA", "$7$$$"])
def test_what_is_no_hash_fits_nothing(hashed):
    assert not fits("secret", hashed)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["make", "stranger"], "no adopted device"),
        (["make", "odd/name"], "cannot have an account"),
        (["make", "well", "well2"], "no adopted device"),
        (["make"], "Name devices"),
        (["make", "well", "--all"], "Name devices"),
        (["rotate", "well"], "has no account"),
        (["revoke", "well"], "has no account"),
        (["export", "nowhere"], "no such source"),
    ],
)
def test_what_cannot_be_is_refused_in_words_and_changes_nothing(run, words, says, database):
    assert says in run(*words, fails=True)
    assert database.execute("SELECT count(*) FROM device_credentials").fetchone() == (0,)


def test_a_second_account_is_refused_and_the_list_shows_who_has_none(run, database):
    database.execute("UPDATE devices SET status = 'retired' WHERE id = 'odd/name'")
    database.commit()
    run("make", "well")
    assert "rotate it" in run("make", "well", fails=True)
    assert sorted(passwords(run("make", "--all"))) == ["meter", "roof", "valve"]
    run("revoke", "meter")
    assert "meter" in next(line for line in run("list").splitlines() if "no account" in line)


def test_no_password_is_kept(run, database):
    secret = passwords(run("make", "well"))["well"]
    [(hashed,)] = database.execute("SELECT hash FROM device_credentials").fetchall()
    assert secret not in hashed
    assert secret not in run("list")


@pytest.mark.parametrize(
    "name",
    ["", "a/b", "a+", "#", "a:b", "a\n", "a\u2028user b", "{device}", "a{", " a", "a ", "x" * 201,
     "lifeline", "drill"],
)  # fmt: skip
def test_a_name_that_could_be_more_than_itself_gets_no_account(name):
    with pytest.raises(UnfitName):
        check_name(name, "lifeline")


@pytest.mark.parametrize(
    ("entrance", "says"),
    [
        ({"certificate_file": "c.pem"}, "go together"),
        ({"prove": "certificate"}, "need certificate_file"),
        ({"prove": "nothing"}, "prove"),
    ],
)
def test_an_entrance_that_cannot_be_stops_the_start(tmp_path, entrance, says):
    file = tmp_path / "settings.yml"
    file.write_text(json.dumps({"entrance": entrance}))
    with pytest.raises(BadSettings, match=says):
        read_settings(Path(file))
