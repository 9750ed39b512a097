"""SensorThings read by Fraunhofer's client, which knows nothing of us."""

from __future__ import annotations

import frost_sta_client as frost
import psycopg
import pytest
from watched_city import EACH, KINDS

from api.sensorthings.routes import PREFIX

pytestmark = pytest.mark.server


@pytest.fixture
def service(server, own_city: str) -> frost.SensorThingsService:
    with psycopg.connect(own_city) as connection:
        connection.execute("UPDATE devices SET adopted_at = '2024-01-01Z'")
    return frost.SensorThingsService(server.url + PREFIX)


def test_the_client_reads_every_set_and_every_entity_by_its_id(service):
    for name in (
        "things", "locations", "historical_locations", "datastreams", "sensors",
        "observed_properties", "observations", "features_of_interest",
    ):  # fmt: skip
        listed = getattr(service, name)().query().top(3).list()
        assert len(listed.entities) == 3, name
        for entity in listed.entities:
            found = getattr(service, name)().find(entity.id)
            assert found.id == entity.id, name


def test_the_client_follows_the_pages_to_the_last(service):
    things = service.things().query().top(10).count().list()
    assert things.count == EACH * len(KINDS)
    assert len({thing.id for thing in things}) == EACH * len(KINDS)


def test_the_client_goes_from_a_thing_to_its_last_value(service):
    [thing] = service.things().query().filter("name eq 'gas-007'").list().entities
    assert thing.properties["kind"] == "gas"
    [stream] = thing.get_datastreams().query().list().entities
    assert stream.unit_of_measurement.symbol == "1"
    assert stream.observation_type.endswith("OM_Measurement")
    newest = stream.get_observations().query().orderby("phenomenonTime", "desc").top(1).list()
    assert newest.entities[0].phenomenon_time.startswith("2024-03-01T06:30:00")
    assert newest.entities[0].result > 0.04  # its methane is explosive


def test_the_client_reads_what_is_expanded(service):
    asked = "Datastreams($expand=ObservedProperty,Sensor),Locations"
    [thing] = service.things().query().filter("name eq 'water-005'").expand(asked).list().entities
    stream = thing.datastreams.entities[0]
    assert stream.observed_property.name == "pressure"
    assert stream.sensor.encoding_type == "text/html"
    assert thing.locations.entities[0].location["type"] == "Point"


def test_the_client_filters_observations_by_time_and_value(service):
    low = "Datastream/Thing/name eq 'water-005' and result lt 140000"
    observations = service.observations().query().filter(low).list()
    assert observations.entities
    assert all(each.result < 140000 for each in observations)
