"""The lists on a map: valid GeoJSON with the lists' items, filters and pages."""

import pytest
from geojson_pydantic import FeatureCollection
from watched_city import EACH, KINDS, PROBLEMS

pytestmark = pytest.mark.server


def get(client, path, **asked):
    answer = client.get(f"/api/v1/{path}.geojson", params=asked)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/geo+json"
    FeatureCollection.model_validate_json(answer.text)
    return answer.json()


@pytest.mark.parametrize(
    ("path", "total"),
    [("cases", len(PROBLEMS)), ("devices", EACH * len(KINDS)), ("components", EACH * len(KINDS)),
     ("grid-cells", 9)],
)  # fmt: skip
def test_pages_add_up_to_the_whole(client, path, total):
    whole = get(client, path, limit=1000)
    assert (len(whole["features"]), whole["next"]) == (total, None)
    west, south, east, north = whole["bbox"]
    assert 120 < west < east < 121
    assert 30 < south < north < 31
    features, url = [], f"/api/v1/{path}.geojson?limit=4"
    while url:
        answer = client.get(url)
        FeatureCollection.model_validate_json(answer.text)
        features += answer.json()["features"]
        url = answer.links["next"]["url"] if "next" in answer.links else None
        assert (url is None) == (answer.json()["next"] is None)
    assert features == whole["features"]


def test_a_case_on_the_map_says_what_it_says_in_the_list(client):
    [case] = client.get("/api/v1/cases?code=0506").json()["items"]
    [found] = get(client, "cases", code="0506")["features"]
    assert found["id"] == case["number"]
    assert found["geometry"] == {"type": "Point", "coordinates": [case["lon"], case["lat"]]}
    assert found["properties"] == {k: v for k, v in case.items() if k not in ("lon", "lat")}


@pytest.mark.parametrize(
    "query", ["open=true&severity=orange", "state=accepted", "department=12000000000000035B"]
)
def test_cases_are_chosen_as_in_their_list(client, query):
    listed = client.get(f"/api/v1/cases?{query}").json()["items"]
    mapped = client.get(f"/api/v1/cases.geojson?{query}").json()["features"]
    assert [one["number"] for one in listed] == [one["id"] for one in mapped]


def test_components_and_cells_are_chosen_by_bounds_class_and_cell(client):
    cells = get(client, "grid-cells", bbox="120.10,30.27,120.11,30.28")["features"]
    assert [cell["id"] for cell in cells] == ["330106001000001"]
    [ring] = cells[0]["geometry"]["coordinates"]
    assert ring[0] == ring[-1] == [120.1, 30.27]
    assert get(client, "grid-cells", grid_cell="33010600100")["features"] != []
    assert get(client, "grid-cells", grid_cell="11")["features"] == []
    gas = get(client, "components", code="0111")["features"]
    assert len(gas) == EACH
    inside = get(client, "components", bbox="120.102,30.272,120.13,30.30", code="0111")["features"]
    expected = [
        one for one in gas
        if one["geometry"]["coordinates"][0] <= 120.13
        and one["geometry"]["coordinates"][1] <= 30.30
    ]  # fmt: skip
    assert 0 < len(inside) < EACH
    assert inside == expected


@pytest.mark.parametrize("bbox", ["1,2,3", "a,b,c,d", "1,2,3,4,5", "1,2,3,1e4"])
def test_bounds_that_are_none_are_refused(client, bbox):
    assert client.get("/api/v1/components.geojson", params={"bbox": bbox}).status_code == 422
