"""The session against real brokers: what MQTT promises is kept, and not more is assumed."""

import shutil
import socket
from collections import Counter
from itertools import count
from threading import Event, Thread
from uuid import uuid4

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from deploy.broker import start_broker
from ingest.endpoint import FIVE, FOUR, Endpoint
from ingest.inbox import Inbox
from ingest.session import Session
from ingest.topics import Topic

PATIENCE = 20.0  # [s] a broker of this machine answers long before
TOPICS = [Topic(filter="city/{device}/up")]
MOSQUITTO = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/bin")


ON_MOSQUITTO = pytest.param(
    "mosquitto",
    marks=[
        pytest.mark.broker,
        pytest.mark.skipif(MOSQUITTO is None, reason="no program mosquitto"),
    ],
)


@pytest.fixture(scope="module", params=["amqtt", ON_MOSQUITTO])
def broker(request, tmp_path_factory):
    broker = start_broker(tmp_path_factory.mktemp("broker"), prefer=request.param)
    yield broker
    broker.stop()


@pytest.fixture
def names():
    """Names of clients that no other test uses, so that no test meets another's session."""
    return lambda: f"test-{uuid4()}"


@pytest.fixture
def sessions(broker, names):
    started = []

    def start(inbox, client_id=None, **more):
        endpoint = Endpoint(broker.url, client_id=client_id or names())
        session = Session("test", endpoint, TOPICS, inbox, now=count(1).__next__, **more)
        session.start()
        started.append(session)
        assert session.listening.wait(PATIENCE), session.problem
        return session

    yield start
    for session in started:
        session.close()


@pytest.fixture
def publish(broker):
    port = int(broker.url.rsplit(":", 1)[1])
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.max_inflight_messages_set(1000)
    client.connect("127.0.0.1", port)
    client.loop_start()

    def publish(*texts, topic="city/d7/up"):
        sent = [client.publish(topic, text, qos=1) for text in texts]
        for one in sent:
            one.wait_for_publish(PATIENCE)

    yield publish
    client.disconnect()
    client.loop_stop()


def receive(inbox, number):
    """Return the next `number` messages, without acknowledging any."""
    messages = []
    while len(messages) < number:
        drained = inbox.drain(wait=PATIENCE, linger=0)
        assert drained, f"{len(messages)} messages of {number} came"
        messages += drained
    return messages


def texts(messages):
    return [message.payload.decode() for message in messages]


def acknowledge(messages):
    for message in messages:
        connection, mid = message.token
        connection.acknowledge([mid])


def test_a_message_comes_with_its_topic_device_format_and_stamp(sessions, publish):
    inbox = Inbox()
    sessions(inbox)
    publish("a", "b")
    first, second = receive(inbox, 2)
    assert (first.source, first.topic, first.payload) == ("test", "city/d7/up", b"a")
    assert (first.device, first.format, first.redelivered) == ("d7", "auto", False)
    assert first.received < second.received
    acknowledge([first, second])


def test_mqtt_5_falls_back_to_3_1_1_where_the_broker_refuses_it(broker, sessions):
    expected = FOUR if broker.program == "amqtt" else FIVE
    assert sessions(Inbox()).protocol == expected


def test_what_was_not_acknowledged_comes_again_after_we_died(sessions, publish, names):
    name, inbox = names(), Inbox()
    first = sessions(inbox, name)
    publish("stored", "lost", "lost too")
    messages = receive(inbox, 3)
    acknowledge(messages[:1])
    first.close()
    again = Inbox()
    sessions(again, name)
    redelivered = receive(again, 2)
    assert texts(redelivered) == ["lost", "lost too"]
    assert all(message.redelivered for message in redelivered)
    acknowledge(redelivered)


def test_what_was_acknowledged_does_not_come_again(sessions, publish, names):
    name, inbox = names(), Inbox()
    first = sessions(inbox, name)
    publish(*map(str, range(50)))
    acknowledge(receive(inbox, 50))
    first.close()
    again = Inbox()
    sessions(again, name)
    publish("next")
    assert texts(receive(again, 1)) == ["next"]


def test_what_is_published_while_we_are_away_comes_when_we_are_back(sessions, publish, names):
    name = names()
    sessions(Inbox(), name).close()
    publish(*map(str, range(100)))
    inbox = Inbox()
    sessions(inbox, name)
    assert texts(receive(inbox, 100)) == [str(number) for number in range(100)]


def test_a_lost_session_is_subscribed_again(broker, sessions, publish, names):
    name, inbox = names(), Inbox()
    session = sessions(inbox, name)
    usurper = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=name, clean_session=True)
    gone, ended = Event(), Event()
    usurper.on_connect = lambda *_: gone.set()
    usurper.on_disconnect = lambda *_: ended.set()
    usurper.connect("127.0.0.1", int(broker.url.rsplit(":", 1)[1]))
    usurper.loop_start()
    assert gone.wait(PATIENCE)  # the broker has thrown our session away, and us out
    usurper.disconnect()
    assert ended.wait(PATIENCE)
    usurper.loop_stop()
    publish("lost")  # to nobody, or to a session that is back already
    messages = []
    while "after" not in texts(messages):
        assert session.listening.wait(PATIENCE)
        publish("after")
        messages += inbox.drain(wait=1.0)
    acknowledge(messages)


def test_an_acknowledgement_for_a_former_connection_acknowledges_nothing(sessions, publish, names):
    name, inbox = names(), Inbox()
    session = sessions(inbox, name)
    publish("x")
    stale = receive(inbox, 1)
    session.reconnect()
    fresh = receive(inbox, 1)
    assert fresh[0].token != stale[0].token
    acknowledge(stale)
    session.reconnect()
    again = receive(inbox, 1)
    assert texts(again) == ["x"]
    acknowledge(again)


def test_reconnecting_in_the_middle_of_the_stream_loses_nothing(sessions, publish):
    inbox = Inbox(most=300)
    session = sessions(inbox)
    publishing = Thread(target=publish, args=map(str, range(4000)))
    publishing.start()
    stored, breaks = Counter(), [300, 900, 1500, 2100, 2700, 5000]
    while len(stored) < 4000:
        drained = inbox.drain(most=100, linger=0, wait=PATIENCE)
        assert drained, f"{len(stored)} of 4000 came"
        stored.update(texts(drained))
        if len(stored) >= breaks[0]:
            breaks.pop(0)
            session.reconnect()  # what was just drained is acknowledged too late
        acknowledge(drained)
    publishing.join()
    assert set(stored) == set(map(str, range(4000)))


def test_a_full_inbox_slows_the_broker_and_loses_nothing(sessions, publish):
    inbox = Inbox(most=10)
    sessions(inbox)
    publish(*map(str, range(3000)))
    messages = []
    while len(messages) < 3000:
        drained = inbox.drain(most=7, linger=0, wait=PATIENCE)
        assert 0 < len(drained) <= 7
        acknowledge(drained)
        messages += drained
    assert texts(messages) == [str(number) for number in range(3000)]


def test_a_connection_that_falls_silent_is_exchanged(sessions, publish):
    inbox = Inbox()
    sessions(inbox, silent_after=0.3)
    publish("x")
    assert not receive(inbox, 1)[0].redelivered
    again = receive(inbox, 1)  # only a new connection brings it again
    assert again[0].redelivered
    acknowledge(again)


def test_pausing_keeps_acknowledging(sessions, publish, names):
    name, inbox = names(), Inbox()
    session = sessions(inbox, name)
    publish("one")
    messages = receive(inbox, 1)
    session.pause()
    publish("two")
    acknowledge(messages)
    session.close()
    again = Inbox()
    sessions(again, name)
    assert texts(receive(again, 1)) == ["two"]


def test_listening_is_reported_from_subscription_to_loss(sessions):
    session = sessions(Inbox())
    [(began, until)] = session.listened()
    assert began <= until
    session.close()
    assert [began for began, _ in session.listened()] == [began]
    assert session.listened() == []


@pytest.mark.parametrize("broker", [ON_MOSQUITTO], indirect=True)  # amqtt cannot
def test_gateways_of_one_group_share_the_messages(broker, sessions, publish):
    inboxes = [Inbox(), Inbox()]
    for inbox in inboxes:
        sessions(inbox, share="group")
    publish(*map(str, range(200)))
    met = Counter()
    shares = [0, 0]
    while met.total() < 200:
        for place, inbox in enumerate(inboxes):
            drained = inbox.drain(wait=0.1, linger=0)
            acknowledge(drained)
            shares[place] += len(drained)
            met.update(texts(drained))
    assert set(met.values()) == {1}
    assert min(shares) > 0


def test_two_receivers_of_one_name_are_told_of_each_other(sessions, names):
    name = names()
    first = sessions(Inbox(), name)
    sessions(Inbox(), name)
    assert first.lost.wait(PATIENCE)
    assert f"another client may use the name {name}" in first.problem


def test_what_the_broker_says_when_it_ends_the_connection_is_passed_on(names):
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"mqtt://127.0.0.1:{server.getsockname()[1]}"
        session = Session("test", Endpoint(url, names()), TOPICS, Inbox(), now=count(1).__next__)
        session.start()
        client, _ = server.accept()
        with client:
            client.recv(1000)
            client.sendall(b"\x20\x03\x00\x00\x00" + b"\xe0\x02\x8e\x00")  # CONNACK, DISCONNECT
            assert session.lost.wait(PATIENCE)
    assert "Session taken over" in session.problem
    session.close()


def test_a_broker_that_is_not_there_is_named(names):
    session = Session(
        "test", Endpoint("mqtt://127.0.0.1:1", names()), TOPICS, Inbox(), now=count(1).__next__
    )
    session.start()
    assert not session.listening.wait(0.3)
    assert "cannot reach mqtt://127.0.0.1:1" in session.problem
    session.close()
    assert "has ended" in session.problem
