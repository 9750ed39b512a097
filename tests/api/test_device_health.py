"""A device's page: what it owed and sent, its clock, rules, windows, events."""

import pytest
from one_rule import SAVED
from watched_city import EACH, NOW

from ingest.quality import Quality
from store.health import BAD_CLOCK

pytestmark = pytest.mark.server


def health(client, device, **query):
    answer = client.get(f"/api/v1/devices/{device}/health", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_device_that_sends_as_agreed_misses_nothing(client):
    found = health(client, "gas-001")
    [channel] = found["channels"]
    assert channel["interval"] == "PT5M"
    assert channel["readings"] == channel["owed"] + 1 == 289, "both ends of the day are there"
    assert channel["missing"] == 0


def test_a_silent_device_misses_what_it_owed_since(client):
    found = health(client, "power-011")
    [channel] = found["channels"]
    assert channel["missing"] == pytest.approx(300 / 5, abs=1)
    assert found["events"][0]["rule"] == "health.silent"
    assert found["events"][0]["case_number"]


def test_a_reading_with_a_wrong_clock_does_not_pay_a_debt(client):
    assert BAD_CLOCK & int(Quality.FUTURE)
    found = health(client, "flood-000")
    assert found["channels"][0]["last_time"] == "2024-03-01T06:30:00Z"


def test_the_ledger_says_a_day_what_is_missing(client):
    [day] = client.get("/api/v1/devices/power-011/ledger").json()["items"]
    assert day["missing"] == pytest.approx(300 / 5, abs=1)
    [day] = client.get("/api/v1/devices/gas-001/ledger").json()["items"]
    assert day["missing"] == 0
    [day] = client.get("/api/v1/devices/gas-001/ledger?days=60").json()["items"]
    assert day["missing"] is None


def test_the_rules_in_force_that_watch_it_are_named_with_their_limits(own_client):
    assert health(own_client, "flood-001")["rules"] == []
    assert own_client.post("/api/v1/rules/save", json=SAVED).status_code == 201
    [rule] = health(own_client, "flood-001")["rules"]
    assert rule["rule"] == "water"
    assert rule["title"] == {"en": "standing water", "zh": "积水"}
    [limit] = rule["limits"]
    assert (limit["name"], limit["value"]) == ("high", 0.15)
    asked = {"start": "2024-03-01T00:00:00Z"}
    curve = own_client.get("/api/v1/channels/flood-001.depth/curve", params=asked).json()
    assert curve["limits"] == rule["limits"]
    assert health(own_client, "gas-001")["rules"] == []


@pytest.mark.parametrize(
    ("scope", "subject", "is_over"),
    [
        ("device", "gas-001", True),
        ("channel", "gas-001.methane", True),
        ("zone", "z1", True),
        ("gateway", "gw-1", True),
        ("city", "city", True),
        ("device", "gas-002", False),
        ("zone", "z0", False),
    ],
)
def test_windows_over_a_device_are_shown_however_they_were_set(own_client, scope, subject, is_over):
    window = {
        "reason": "maintenance", "scope": scope, "subject": subject, "actor": "desk",
        "why": "a new probe", "until": "2024-03-02T00:00:00Z",
    }  # fmt: skip
    assert own_client.post("/api/v1/windows", json=window).status_code == 201
    windows = health(own_client, "gas-001")["windows"]
    assert [each["why"] for each in windows] == (["a new probe"] if is_over else [])


def test_there_is_no_health_of_a_device_that_is_not_there(client):
    assert client.get("/api/v1/devices/nobody/health").status_code == 404


SEARCHES = [
    ("", EACH * 6, "nothing said finds all"),
    ("gas-00", 10, "the beginning of a name"),
    ("AS-01", 6, "a part of a name, in any case"),
    ("gas z1", 5, "two words that both hold, wherever"),
    ("燃气井", EACH, "what it stands on, in Chinese"),
    ("竞舟路燃气 11", 2, "and a part of its number"),
    ("燃", EACH, "a single sign"),
    ("文一", 12, "the road"),
    ("gw-3 flood", 4, "its gateway and its kind"),
    ("0125", EACH, "the class of its component"),
    ("%", 0, "a sign of patterns means itself"),
    ("_a", 0, "so does the other one"),
    ("nowhere", 0, "nothing"),
]


@pytest.mark.parametrize(("search", "count", "why"), SEARCHES)
def test_devices_are_found_by_any_part_of_their_words(client, search, count, why):
    asked = {"search": search, "limit": 1000}
    items = client.get("/api/v1/devices", params=asked).json()["items"]
    assert len(items) == count, why
    naive = [
        device
        for device in client.get("/api/v1/devices?limit=1000").json()["items"]
        if all(
            word in " ".join(
                [device["id"], device["gateway"], device["component"], device["component_name"],
                 device["component_class"], *device["tags"].values()]
            ).lower()
            for word in search.lower().split()
        )
    ]  # fmt: skip
    assert items == naive


def test_channels_are_found_by_their_devices_words_and_their_own(client):
    for search, ids in (
        ("文一路燃气 methane", None),
        ("flood-003.depth", {"flood-003.depth"}),
        ("tilt 雨水井盖 12", {"cover-012.tilt"}),
    ):
        asked = {"search": search, "limit": 1000}
        found = {
            item["id"] for item in client.get("/api/v1/channels", params=asked).json()["items"]
        }
        assert found if ids is None else found == ids


@pytest.mark.parametrize("sort", ["id", "-id", "name", "-name", "heard", "-heard"])
def test_pages_in_any_order_add_up_and_are_in_that_order(client, sort):
    def key(device):
        by = {"id": "", "name": device["component_name"], "heard": device["last_received"]}
        return (by[sort.removeprefix("-")], device["id"])

    items, cursor = [], None
    while True:
        asked = {"sort": sort, "limit": 25} | ({"cursor": cursor} if cursor else {})
        page = client.get("/api/v1/devices", params=asked).json()
        items += page["items"]
        cursor = page["next"]
        if cursor is None:
            break
    assert len(items) == EACH * 6
    if sort.endswith(("id", "heard")):
        assert [key(each) for each in items] == sorted(
            (key(each) for each in items), reverse=sort.startswith("-")
        )
    assert len({each["id"] for each in items}) == len(items)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("state=unwell", 1),
        ("state=alarming", 4),
        ("state=well", EACH * 6 - 5),
        ("kind=gas&zone=z1", 5),
        ("quantity=tilt", EACH),
        ("status=retired", 0),
        ("search=gas&state=alarming", 1),
    ],
)
def test_devices_are_chosen_by_state_kind_zone_and_quantity(client, query, count):
    assert len(client.get(f"/api/v1/devices?limit=1000&{query}").json()["items"]) == count


def test_a_device_is_found_by_its_new_name_at_once(own_client):
    """The words follow what they are made of: adoption, tags, the component's name."""
    adoption = {
        "fields": {"depth": {"quantity": "depth", "unit": "m"}},
        "place": {
            "component": "3301060602000099", "component_name": "湖墅南路下穿", "lon": "120.15",
            "lat": "30.28", "zone": "north", "gateway": "x",
        },
    }  # fmt: skip
    assert own_client.post("/api/v1/quarantine/new/one/adopt", json=adoption).status_code == 201
    for search in ("湖墅", "north new/one", "3301060602000099"):
        items = own_client.get("/api/v1/devices", params={"search": search}).json()["items"]
        assert [item["id"] for item in items] == ["new/one"], search
        items = own_client.get("/api/v1/channels", params={"search": search}).json()["items"]
        assert [item["id"] for item in items] == ["new/one/depth"], search


def test_the_time_of_the_city_is_the_end_of_what_is_counted(client):
    assert health(client, "gas-001")["now"] == f"{NOW:%Y-%m-%dT%H:%M:%SZ}"
