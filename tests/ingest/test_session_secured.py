"""TLS, a client certificate and a password, against a real mosquitto."""

import getpass
import shutil
import subprocess
from dataclasses import replace
from itertools import count
from re import search

import paho.mqtt.client as mqtt
import pytest
from certificates import OPENSSL, make_certificates
from paho.mqtt.enums import CallbackAPIVersion

from deploy.broker import _end, _free_port
from ingest.endpoint import Endpoint
from ingest.inbox import Inbox
from ingest.session import Session
from ingest.topics import Topic

PATIENCE = 20.0  # [s]
PATH = "/usr/sbin:/usr/bin:/usr/local/bin"
PROGRAMS = [shutil.which(name, path=PATH) for name in ("mosquitto", "mosquitto_passwd")]
pytestmark = [
    pytest.mark.broker,
    pytest.mark.skipif(
        None in (*PROGRAMS, OPENSSL), reason="no mosquitto, or no openssl to make certificates"
    ),
]
CONFIGURATION = """\
user {user}
listener {port} 127.0.0.1
cafile {folder}/ca.pem
certfile {folder}/broker.pem
keyfile {folder}/broker.key
require_certificate true
allow_anonymous false
password_file {folder}/passwords
max_inflight_messages 20000
"""


@pytest.fixture(scope="module")
def secured(tmp_path_factory):
    """Endpoint of a broker that wants a certificate and a password."""
    folder, port = tmp_path_factory.mktemp("secured"), _free_port(0)
    make_certificates(folder, "broker", "client")
    passwords = folder / "passwords"
    subprocess.run(
        [PROGRAMS[1], "-c", "-b", str(passwords), "lifeline", "secret"],
        check=True,
        capture_output=True,
    )
    text = CONFIGURATION.format(port=port, folder=folder, user=getpass.getuser())
    (folder / "broker.conf").write_text(text)
    process = subprocess.Popen(
        [PROGRAMS[0], "-c", str(folder / "broker.conf")], stderr=subprocess.PIPE
    )
    yield Endpoint(
        f"mqtts://localhost:{port}",
        "tester",
        "lifeline",
        "secret",
        ca_file=folder / "ca.pem",
        certificate_file=folder / "client.pem",
        key_file=folder / "client.key",
    )
    _end(process.pid)


def session_of(endpoint, inbox):
    topics = [Topic(filter="city/{device}")]
    session = Session("test", endpoint, topics, inbox, now=count(1).__next__)
    session.start()
    return session


def publish(endpoint, payloads):
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.tls_set(str(endpoint.ca_file), str(endpoint.certificate_file), str(endpoint.key_file))
    client.username_pw_set(endpoint.username, endpoint.password)
    client.connect("localhost", int(endpoint.url.rsplit(":", 1)[1]))
    client.loop_start()
    for sent in [client.publish("city/d1", payload, qos=1) for payload in payloads]:
        sent.wait_for_publish(PATIENCE)
    client.disconnect()
    client.loop_stop()


def test_messages_of_any_size_come_over_tls_and_are_acknowledged(secured):
    inbox = Inbox()
    session = session_of(secured, inbox)
    while not session.listening.wait(0.1):  # the broker takes a moment to start
        assert session.problem
    payloads = [b"x" * size for size in (0, 1, 16_383, 16_384, 300_000)] + [
        b"%d" % n for n in range(500)
    ]
    publish(secured, payloads)
    received = []
    while len(received) < len(payloads):
        drained = inbox.drain(wait=PATIENCE)
        assert drained, len(received)
        received += drained
    assert [message.payload for message in received] == payloads
    for message in received:
        message.token[0].acknowledge([message.token[1]])
    session.close()
    again = Inbox()
    session = session_of(secured, again)
    assert session.listening.wait(PATIENCE)
    publish(secured, [b"next"])
    assert [message.payload for message in again.drain(wait=PATIENCE)] == [b"next"]
    session.close()


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"password": "guessed"}, "Not authorized"),
        ({"ca_file": None}, "certificate verify failed"),
        ({"certificate_file": None, "key_file": None}, "lost|required|answer"),
    ],
)
def test_what_the_broker_or_we_refuse_is_named(secured, change, problem):

    session = session_of(replace(secured, client_id="stranger", **change), Inbox())
    until = 100
    while not search(problem, session.problem or "") and until:
        assert not session.listening.wait(0.1)
        until -= 1
    assert search(problem, session.problem), session.problem
    session.close()
