"""The city's tables by upload: said first, done then, and every mistake by its row."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from bad_tables import CALENDAR, CATALOGUE, DEPARTMENTS, write_csv, write_excel
from openpyxl import Workbook

from store.database import connect

pytestmark = pytest.mark.server

GB = "GB/T 30428.2-2013"
TERM = {"version": "2", "in_force_from": "2020-01-01T00:00:00+08:00"}


@pytest.fixture
def send(own_client, tmp_path):
    def send(what, rows, name="table.csv", status=200, **query):
        path = tmp_path / name
        (write_excel if name.endswith(".xlsx") else write_csv)(path, rows)
        body = path.read_bytes()
        answer = own_client.post(
            f"/api/v1/imports/{what}", params={"name": name, **query}, content=body
        )
        assert answer.status_code == status, answer.text
        return answer.json()

    return send


def departments(client):
    return {each["name"]["zh"] for each in client.get("/api/v1/departments").json()["items"]}


def test_what_would_be_done_is_said_and_not_done_until_it_is_asked_for(send, own_client):
    dry = send("departments", DEPARTMENTS, **TERM)
    assert (dry["dry_run"], dry["taken"]) == (True, True)
    assert dry["added"] + dry["changed"] > 0
    assert dry["outcomes"] == {"departments": "added"}
    done = send("departments", DEPARTMENTS, **TERM, dry_run=False)
    assert {**done, "dry_run": True} == dry
    again = send("departments", DEPARTMENTS, **TERM, dry_run=False)
    assert again["outcomes"] == {"departments": "unchanged"}


def test_a_mistake_in_one_row_keeps_a_table_out_and_is_named_by_file_row_and_column(
    send, own_client
):
    rows = [*DEPARTMENTS[:-1], ["", *DEPARTMENTS[-1][1:]]]
    told = send("departments", rows, "部门.xlsx", **TERM, dry_run=False)
    assert told["taken"] is False
    [mistake] = [each for each in told["mistakes"] if each["row"] == len(rows)]
    assert mistake["file"] == "部门.xlsx"
    assert mistake["what"]
    assert mistake["mend"]
    assert told["outcomes"] == {}


def test_a_catalogue_is_a_version_of_its_list(send, own_client):
    send("departments", DEPARTMENTS, **TERM, dry_run=False)
    told = send("catalogue", CATALOGUE, code_list=GB, **TERM, dry_run=False)
    if told["taken"]:
        versions = own_client.get("/api/v1/catalogue/versions").json()["items"]
        assert (GB, "2") in {(each["code_list"], each["version"]) for each in versions}
    else:  # rules in force find conditions that the table lacks: which ones is said
        assert all(each["mend"] for each in told["mistakes"])


def test_a_calendar_says_which_years(send):
    told = send("calendars", CALENDAR, source="notice of the city")
    assert told["taken"], told["mistakes"]
    assert all(year.isdigit() for year in told["outcomes"])


def test_assets_are_taken_row_by_row_and_those_with_a_mistake_left_out(own_client):
    table = (
        "channel,device,quantity,unit,lon,lat\n"
        "new-1.depth,new-1,depth,m,120.1,30.2\n"
        "new-2.depth,new-2,depth,degC,120.1,30.2\n"
    )
    answer = own_client.post("/api/v1/imports/assets?name=a.csv&dry_run=false", content=table)
    told = answer.json()
    assert (told["rows"], told["added"]) == (2, 1)
    [mistake] = told["mistakes"]
    assert (mistake["row"], mistake["column"]) == (3, "unit")
    assert own_client.get("/api/v1/devices/new-1").status_code == 200


def test_areas_are_told_by_their_place_in_the_file(own_client):
    square = {"type": "Polygon", "coordinates": [[[1, 1], [2, 1], [2, 2], [1, 1]]]}
    features = [
        {"type": "Feature", "properties": {"code": "330106", "name": "西湖区"}, "geometry": square},
        {"type": "Feature", "properties": {"code": "33019"}, "geometry": square},
    ]
    body = json.dumps({"type": "FeatureCollection", "features": features})
    told = own_client.post("/api/v1/imports/areas?name=a.geojson", content=body).json()
    assert told["rows"] == 2
    assert [each["row"] for each in told["mistakes"]] == [2], told


@pytest.mark.parametrize(
    ("address", "body", "part"),
    [
        ("departments?name=d.csv", b"a,b\n1,2\n", "Give version and in_force_from too."),
        ("calendars?name=d.csv", b"a,b\n1,2\n", "Give source too."),
        ("calendars?name=d.xls&source=x", b"x", "Excel before 2007"),
        ("calendars?name=d.xlsx&source=x", b"not a workbook", ""),
        ("weather?name=d.csv", b"x", "path.what"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_to_do(client, address, body, part):
    answer = client.post(f"/api/v1/imports/{address}", content=body)
    assert answer.status_code == 422, answer.text
    assert part in answer.json()["detail"]


def far_cell():
    book = Workbook()
    book.active["A1"], book.active["XFD1048576"] = "date", "x"
    book.save(out := BytesIO())
    return out.getvalue()


def changed_sheet(before, after):
    book = Workbook()
    book.active["A1"] = "date"
    book.save(out := BytesIO())
    with ZipFile(out, "a", ZIP_DEFLATED) as packed:
        sheet = packed.read(name := "xl/worksheets/sheet1.xml")
        packed.writestr(name, sheet.replace(before, after))  # the last of a name counts
    return out.getvalue()


MERGED = b'</sheetData><mergeCells><mergeCell ref="A1:XFD%s"/></mergeCells>'
BOMBS = [
    (far_cell, "spreads over more than"),
    (lambda: changed_sheet(b"</sheetData>", MERGED % b"1048576"), "spreads over more than"),
    (lambda: changed_sheet(b"</sheetData>", MERGED % b"&#49;048576"), "is no Excel file"),
    (lambda: changed_sheet(b"<row", b"<row/>" * 12_000_000 + b"<row"), "bytes unpacked: part it"),
]


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(("made", "says"), BOMBS)
def test_a_small_workbook_that_would_fill_the_memory_is_refused_before_it_is_read(
    client, made, says
):
    body = made()
    assert len(body) < 200_000
    answer = client.post("/api/v1/imports/calendars?name=d.xlsx&source=x", content=body)
    assert answer.status_code == 422
    assert says in answer.json()["detail"]


@pytest.mark.parametrize("name", ["", "..", "../../etc/passwd", "a\0.csv", "名" * 200, ".", "/"])
def test_no_name_of_a_file_leads_anywhere(client, name):
    answer = client.post(
        "/api/v1/imports/calendars", params={"name": name, "source": "x"}, content=b"date\n"
    )
    assert answer.status_code in (200, 422), answer.text


def test_an_import_says_how_far_it_is_and_is_ended_without_a_trace(own_client, own_city):
    """Ended while it writes: its transaction waits for a row that another holds until then."""
    rows = "".join(f"long-{n}.depth,long-{n},depth,m\n" for n in range(40))
    last = "gas-001.methane,gas-001,methane,%VOL\n"
    table = f"channel,device,quantity,unit\n{rows}{last}"
    going = "/api/v1/imports/going/0123456789abcdef"
    assert own_client.get(going).json() == {"going": False, "done": 0, "total": None}
    with connect(own_city) as other, ThreadPoolExecutor() as pool:
        other.execute("BEGIN")
        other.execute("SELECT FROM devices WHERE id = 'gas-001' FOR UPDATE")
        asked = {"name": "a.csv", "dry_run": False, "ticket": "0123456789abcdef"}
        sent = pool.submit(own_client.post, "/api/v1/imports/assets", params=asked, content=table)
        until(lambda: own_client.get(going).json() == {"going": True, "done": 41, "total": 41})
        assert own_client.delete(going).json()["going"] is True
        other.execute("ROLLBACK")
        answer = sent.result()
    assert answer.status_code == 409
    assert answer.json()["detail"] == "Nothing of a.csv was imported."
    assert own_client.get("/api/v1/devices/long-1").status_code == 404
    assert own_client.get(going).json()["going"] is False
    [line] = [x for x in own_client.get("/api/v1/audit").json()["items"] if x["method"] == "POST"]
    assert (line["status"], line["why"]) == (409, "cancelled a.csv: nothing was imported")


def test_an_import_that_is_to_be_done_once_is_done(own_client):
    """Its sender has not gone because the whole body was read before."""
    table = "channel,device,quantity,unit\n" + "".join(
        f"once-{n}.depth,once-{n},depth,m\n" for n in range(2000)
    )
    for again in (None, "true"):
        answer = own_client.post(
            "/api/v1/imports/assets",
            params={"name": "a.csv", "dry_run": False},
            content=table,
            headers={"Idempotency-Key": "once"},
        )
        assert (answer.status_code, answer.json()["added"]) == (200, 2000), answer.text
        assert answer.headers.get("idempotent-replayed") == again


def until(holds):
    for _ in range(600):
        if holds():
            return
        time.sleep(0.05)
    raise AssertionError("never")
