"""Evaluation over HTTP: numbers that open to their cases, files to publish, nothing of persons."""

import csv
import re
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from io import BytesIO, StringIO

import pypdfium2
import pytest
from casework_made import BEGINS, casework, put
from databases import copied
from everything import EVERYTHING
from fastapi.testclient import TestClient
from psycopg_pool import ConnectionPool
from pydantic import TypeAdapter

from api.app import create_app
from api.fields import Time
from api.services import Services
from cases.indicators import INDICATORS
from cases.judged import fell_due
from store.database import connect

pytestmark = pytest.mark.server

AT = BEGINS + timedelta(days=80)
MARCH = {"period": "2026-03"}


@pytest.fixture(scope="module")
def made():
    return list(casework(seed=9, count=250))


@pytest.fixture(scope="module")
def worked(server_url, template, made):
    with copied(server_url, template) as url:
        with connect(url) as connection:
            put(connection, made)
            connection.execute(
                "INSERT INTO areas (code, level, name_zh, name_en) VALUES"
                " ('1101', 4, '示例市', 'Example city'), ('110101', 3, '东区', 'East district'),"
                " ('110101001', 2, '=HYPERLINK(1)', 'First street')"
            )
        with ConnectionPool(url, min_size=1, max_size=2, open=True) as pool:
            services = Services(
                pool, lambda _: None, lambda: int(AT.timestamp() * 1e6), guests=EVERYTHING
            )
            yield TestClient(create_app(services), raise_server_exceptions=False)


def ask(client, path, **given):
    answer = client.get(f"/api/v1/{path}", params=given)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize(
    ("at", "shown"),
    [
        (timedelta(days=80), "2026-03"),  # the month that is over, though this one has cases too
        (timedelta(days=20), "2026-01"),  # the first month of a city
        (timedelta(days=400), "2026-04"),  # long after: the latest that has any
        (timedelta(days=-30), "2025-12"),  # before the first case: this month
    ],
)
def test_the_month_to_begin_with_is_one_in_which_a_case_fell_due(worked, made, at, shown):
    services = worked.app.state.services
    moment = int((BEGINS + at).timestamp() * 1e6)
    told = ask(
        TestClient(create_app(replace(services, now=lambda: moment))), "evaluation/indicators"
    )
    assert told["shown_month"] == shown
    due = [fell_due(one.case) for one in made]
    ahead = [each for each in due if each and each >= BEGINS + at]
    assert told["next_due"] == (
        TypeAdapter(Time).dump_python(min(ahead), mode="json") if ahead else None
    )


def opened(client, **given):
    """All cases behind a number, page by page."""
    items, cursor = [], None
    while True:
        more = {"cursor": cursor} if cursor else {}
        page = ask(client, "evaluation/cases", limit=17, **given, **more)
        items += page["items"]
        cursor = page["next"]
        if cursor is None:
            return items


@pytest.mark.parametrize("by", ["total", "department", "street", "month"])
def test_every_number_opens_to_as_many_cases(worked, by):
    told = ask(worked, "evaluation", by=by, **MARCH)
    assert told["rows"]
    for row in told["rows"][:2]:
        for name in ("closing_rate", "on_time_handling_rate", "miss_rate", "valid_report_rate"):
            value, one = row["indicators"][name], INDICATORS[name]
            left_out = {"exempt": False} if one.overtime else {}
            for measure, count in ((one.top, value["top"]), (one.bottom, value["bottom"])):
                cases = opened(worked, by=by, key=row["key"], measure=measure, **MARCH, **left_out)
                assert len(cases) == count, (row["key"], measure)
            if value["bottom"]:
                assert value["value"] == pytest.approx(100 * value["top"] / value["bottom"])


@pytest.mark.parametrize("by", ["district", "street", "community", "cell"])
def test_no_row_opens_to_cases_outside_of_the_area_that_is_named(worked, by):
    told = {"by": by, "measure": "reported", **MARCH}
    keys = [row["key"] for row in ask(worked, "evaluation", by=by, **MARCH)["rows"] if row["key"]]
    for key in keys[:3]:
        assert (
            opened(worked, key=key, area=key[:6], **told) == opened(worked, key=key, **told) != []
        )
        # Whoever is limited to an area names it: a longer key must not widen it.
        assert opened(worked, key=key, area="99", **told) == []


def test_exempt_cases_are_told_and_the_rate_with_them(worked):
    [row] = ask(worked, "evaluation", **MARCH)["rows"]
    assert row["exempt"] > 0
    assert len(opened(worked, measure="due", exempt=True, **MARCH)) == row["exempt"]
    rate = row["indicators"]["on_time_handling_rate"]
    assert rate["with_exempt"] < rate["value"]  # who appealed had been late
    assert row["score_with_exempt"] < row["score"]


def test_persons_and_posts_have_what_they_did_and_no_score(worked, made):
    told = ask(worked, "evaluation", by="person", period="2026")
    assert all(row["score"] is row["grade"] is row["rank"] is None for row in told["rows"])
    rows = {row["key"]: row["indicators"] for row in told["rows"]}
    # What the public found first is no shift lead's doing, nor is it to nobody's credit.
    assert all("miss_rate" not in indicators for indicators in rows.values())
    reporters = Counter(
        f"{one.log[0].role} {one.log[0].actor}" for one in made if not one.case.exercise
    )
    for person, reports in reporters.items():
        assert rows[person]["filing_rate"]["bottom"] == reports
    [one] = ask(worked, "evaluation", period="2026", role="inspector", person="inspector 1")["rows"]
    assert one["indicators"] == rows["inspector inspector 1"]


def test_definitions_say_what_is_divided_by_what(worked):
    told = ask(worked, "evaluation/indicators")
    assert {one["name"] for one in told["indicators"]} == set(INDICATORS)
    assert all(one["top"] in told["measures"] for one in told["indicators"])
    assert told["last_month"] == "2026-03"


REFUSED = [
    ("evaluation", {"period": "March"}, "write a month as 2026-10"),
    ("evaluation", {"since": "2026-03-01T00:00Z"}, "both `since` and `until`"),
    ("evaluation", {"since": "2026-03-02T00:00Z", "until": "2026-03-01T00:00Z"}, "ends after"),
    ("evaluation/cases", {"measure": "luck"}, "there are reported, "),
    ("evaluation/ranking", {"month": "2026-13"}, "write a month as 2026-10"),
    ("statistics", {"month": "2026-04"}, "is not over"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "given", "said"), REFUSED)
def test_what_cannot_be_asked_is_refused_with_what_can(worked, path, given, said):
    answer = worked.get(f"/api/v1/{path}", params=given)
    assert answer.status_code == 400
    assert said in answer.json()["detail"]


def test_the_ranking_is_that_of_the_evaluation(worked):
    ranking = ask(worked, "evaluation/ranking", month="2026-03")
    assert ranking["place"] == {"zh": "示例市", "en": "Example city"}
    for part, by in (("departments", "department"), ("areas", "street")):
        rows = ask(worked, "evaluation", by=by, cohort="due", **MARCH)["rows"]
        told = [(r["key"], r["score"], r["grade"]) for r in ranking[part]]
        assert told == [(r["key"], r["score"], r["grade"]) for r in rows if r["key"]]
    [whole] = ask(worked, "evaluation", cohort="due", **MARCH)["rows"]
    assert ranking["total"]["score"] == whole["score"]


def test_a_spreadsheet_opens_the_table_as_it_is(worked):
    answer = worked.get("/api/v1/evaluation/ranking.csv", params={"month": "2026-03"})
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert 'filename="ranking-2026-03.csv"' in answer.headers["content-disposition"]
    head, *rows = csv.reader(StringIO(answer.content.decode("utf-8-sig")))
    assert {len(row) for row in rows} == {len(head)}
    ranking = ask(worked, "evaluation/ranking", month="2026-03")
    assert [row[1] for row in rows] == [
        str(r["rank"]) for r in ranking["departments"] + ranking["areas"]
    ]
    assert not any(cell.startswith(("=", "+", "@")) for row in rows for cell in row)


def text_of(answer):
    pages = pypdfium2.PdfDocument(BytesIO(answer.content))
    assert [round(side) for side in pages[0].get_size()] == [595, 842]  # A4
    return "\n".join(page.get_textpage().get_text_range() for page in pages)


def test_the_document_says_whose_month_it_is_and_how_it_was_judged(worked):
    answer = worked.get("/api/v1/evaluation/ranking.pdf", params={"month": "2026-03"})
    assert answer.headers["content-type"] == "application/pdf"
    said = re.sub(r"\s", "", text_of(answer))
    for part in (
        "示例市城市管理综合评价（2026年3月）", "Examplecity", "供水公司", "Watercompany",
        "综合得分=10%×返工次数分+30%×结案率+30%×按期处置率+30%×(100-返工率)", "应结案数",
        "A≥90,B≥75", "生成时间Generated2026-04-1008:00(Asia/Shanghai)",
    ):  # fmt: skip
        assert part in said, part
    best = ask(worked, "evaluation/ranking", month="2026-03")["departments"][0]
    assert f"{best['score']:.1f}" in said


def test_a_month_without_cases_has_a_document_too(worked):
    answer = worked.get("/api/v1/evaluation/ranking.pdf", params={"month": "2020-01"})
    assert "Nocasefelldue" in re.sub(r"\s", "", text_of(answer))


def test_statistics_tell_of_nobody_and_print_no_small_count(worked, made):
    answer = worked.get("/api/v1/statistics", params={"month": "2026-03"})
    told = answer.json()
    people = {entry.actor for one in made for entry in one.log}
    assert not any(person in answer.text for person in people)
    printed = 0
    for part in ("districts", "streets", "departments"):
        for row in told[part]:
            for name in ("reported", "filed", "due", "handled_in_time", "closed"):
                assert row[name] is None or row[name] == 0 or row[name] >= 5, row
                printed += bool(row[name])
            assert len(row["key"]) <= 9 or part == "departments"
    assert printed > 10
    assert told["city"]["reported"] == ask(worked, "evaluation", **MARCH)["rows"][0]["indicators"][
        "filing_rate"]["bottom"]  # fmt: skip


def test_what_statistics_withhold_cannot_be_had_by_subtraction(worked):
    withheld = 0
    for month in ("2026-01", "2026-02", "2026-03"):
        told = ask(worked, "statistics", month=month)
        for name in ("reported", "filed", "due", "handled_in_time", "closed"):
            for whole, parts in (
                (told["city"], told["districts"]),
                (told["city"], told["departments"]),
                *((d, [s for s in told["streets"] if s["key"][:6] == d["key"]])
                  for d in told["districts"]),
            ):  # fmt: skip
                hidden = [part for part in parts if part[name] is None]
                if whole[name] is None or not hidden:
                    continue
                withheld += 1
                missing = whole[name] - sum(part[name] or 0 for part in parts)
                shown = any(part[name] for part in parts)
                assert not shown or (len(hidden) > 1 and missing >= 5), (month, name, whole)
    assert withheld > 3
