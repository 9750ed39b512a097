"""The embedded broker in its child process; the session's tests say how both deliver."""

import os
import signal
import socket
from itertools import count

import paho.mqtt.client as mqtt
import pytest
from brokers import MOSQUITTO, PATIENCE, programs
from paho.mqtt.enums import CallbackAPIVersion

from deploy.broker import BrokerFailed, start_broker
from ingest.endpoint import Endpoint
from ingest.inbox import Inbox
from ingest.session import Session
from ingest.topics import Topic


@pytest.fixture
def start(tmp_path):
    started = []

    def start(program, port=0):
        started.append(start_broker(tmp_path, port, prefer=program))
        return started[-1]

    yield start
    for broker in started:
        broker.stop()


def port_of(broker):
    return int(broker.url.rsplit(":", 1)[1])


def publish(broker, *texts, qos=1, retain=False):
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", port_of(broker))
    client.loop_start()
    for sent in [client.publish("city/d1", text, qos, retain) for text in texts]:
        sent.wait_for_publish(PATIENCE)
    client.disconnect()
    client.loop_stop()


def listen(broker, inbox):
    session = Session(
        "test",
        Endpoint(broker.url, "tester"),
        [Topic(filter="city/{device}")],
        inbox,
        now=count(1).__next__,
    )
    session.start()
    assert session.listening.wait(PATIENCE), session.problem
    return session


def lives(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@programs
def test_a_stopped_broker_is_gone(start, program):
    broker = start(program)
    assert lives(broker.pid)
    broker.stop()
    assert not lives(broker.pid)
    broker.stop()  # twice is no error


@programs
def test_a_broker_left_by_a_killed_run_is_ended_before_another_starts(start, program):
    left = start(program)
    again = start(program, port_of(left))
    assert not lives(left.pid)
    assert lives(again.pid)


@programs
def test_a_session_finds_back_to_a_broker_that_was_started_again(start, program):
    broker, inbox = start(program), Inbox()
    session = listen(broker, inbox)
    broker.stop()
    again = start(program, port_of(broker))
    received = []
    while not received:
        session.listening.wait(PATIENCE)
        publish(again, "after")
        received = inbox.drain(wait=0.5)
    assert received[0].payload == b"after"
    session.close()


@programs
def test_every_quality_of_service_arrives_and_what_is_retained_is_shown_to_the_newcomer(
    start, program
):
    broker, inbox = start(program), Inbox()
    publish(broker, "kept", retain=True)
    session = listen(broker, inbox)
    received = inbox.drain(wait=PATIENCE)
    for qos in (0, 1, 2):
        publish(broker, f"qos {qos}", qos=qos)
    while len(received) < 4:
        drained = inbox.drain(wait=PATIENCE)
        assert drained, received
        received += drained
    assert [message.payload for message in received] == [b"kept", b"qos 0", b"qos 1", b"qos 2"]
    assert [message.token is None for message in received] == [False, True, False, False]
    session.close()


@programs
def test_what_was_sent_at_qos_2_arrives_though_its_sender_leaves_at_the_last_word(start, program):
    broker, inbox = start(program), Inbox()
    session = listen(broker, inbox)
    sent = [f"{number}" for number in range(200)]
    publish(broker, *sent, qos=2)
    received = []
    while len(received) < len(sent):
        drained = inbox.drain(wait=PATIENCE)
        assert drained, received
        received += drained
    assert [message.payload.decode() for message in received] == sent
    session.close()


@programs
def test_a_message_of_qos_2_that_is_repeated_before_its_release_arrives_once(start, program):
    broker, inbox = start(program), Inbox()
    session = listen(broker, inbox)
    connect = b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01d"
    with socket.create_connection(("127.0.0.1", port_of(broker)), PATIENCE) as device:

        def asked(packet, size=4):
            device.sendall(packet)
            return device.recv(size, socket.MSG_WAITALL)

        def published(text, repeated=False):
            first = b"\x3c" if repeated else b"\x34"
            return asked(first + b"\x0c\x00\x07city/d1\x00\x09" + text)

        assert asked(connect) == b"\x20\x02\x00\x00"
        received, released = b"\x50\x02\x00\x09", b"\x70\x02\x00\x09"
        assert published(b"a") == published(b"a", repeated=True) == received
        assert asked(b"\x62\x02\x00\x09") == released
        assert asked(b"\x62\x02\x00\x09") == released  # its answer may have been lost
        assert published(b"b") == received
        assert asked(b"\x62\x02\x00\x09") == released
    arrived = []
    while b"b" not in arrived:
        drained = inbox.drain(wait=PATIENCE)
        assert drained, arrived
        arrived += [message.payload for message in drained]
    assert arrived == [b"a", b"b"]
    session.close()


def test_a_taken_port_is_named(start):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(BrokerFailed, match=f"port {port}"):
            start("amqtt", port)


@pytest.mark.broker
@pytest.mark.skipif(MOSQUITTO is None, reason="no program mosquitto")
@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_mosquitto_keeps_what_waits_for_us_when_it_stops(start, sign):
    broker = start("mosquitto")
    listen(broker, Inbox()).close()
    publish(broker, *map(str, range(2000)))
    os.kill(broker.pid, sign)
    broker.stop()
    inbox = Inbox()
    session = listen(start("mosquitto"), inbox)
    received = []
    while len(received) < 2000:
        drained = inbox.drain(wait=PATIENCE)
        assert drained
        received += drained
    assert [message.payload for message in received] == [b"%d" % n for n in range(2000)]
    session.close()
