"""The second factor in a browser: enrolled because it is asked for, shown at the next sign-in."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyotp
import pytest
from browser import PHONE, findings

from api.access import passwords
from store.access import Grant, add_account
from store.database import connect

pytestmark = [pytest.mark.server, pytest.mark.browser]

RIGHT = "seven herons over the weir"
PICTURES = os.environ.get("LIFELINE_SCREENSHOTS")


class Clock:
    """The wall clock, which may be put forward."""

    ahead = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture
def asking(own_city, serving):
    """The address of a city that asks administrators for one, with Li; and its clock."""
    clock = Clock()
    with connect(own_city) as connection:
        roles = [Grant("administrator"), Grant("dispatcher")]
        add_account(connection, "Li Wei", clock.now(), roles, passwords.hash_of(RIGHT))
    changed = {"guests": (), "second_factor": "administrators", "wall": clock.now}
    with serving(own_city, lambda given: replace(given, **changed)) as url:
        yield url, clock


def taken(page, name):
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"second-factor-{name}.png")


def signs_in(page):
    page.get_by_label("Name").fill("Li Wei")
    page.get_by_label("Password", exact=True).fill(RIGHT)
    page.get_by_role("button", name="Sign in").click()


def press(page, name):
    page.get_by_role("dialog").get_by_role("button", name=name).click()


def test_whom_it_is_asked_of_enrols_and_shows_a_code_from_then_on(asking, visits):
    url, clock = asking
    page = visits.page(url)
    page.goto(f"{url}/#/cases")
    signs_in(page)
    page.get_by_role("heading", name="Enrol a second factor").wait_for()
    assert page.locator("nav").count() == 0, "nothing else is there"
    assert findings(page) == []
    taken(page, "asked")
    page.get_by_role("button", name="Set it up now").click()
    page.get_by_label("Current password").fill(RIGHT)
    press(page, "Next")
    page.locator("img.qr").wait_for()
    assert page.evaluate("document.querySelector('img.qr').naturalWidth > 100"), "it is drawn"
    assert findings(page) == []
    taken(page, "picture")
    app = pyotp.TOTP(page.locator("dialog code.secret").inner_text().replace(" ", ""))
    page.get_by_role("dialog").get_by_label("Code").fill(app.at(clock.now()))
    press(page, "OK")
    page.locator("code.codes").wait_for()
    codes = page.locator("code.codes").inner_text().split()
    assert len(codes) == 10
    taken(page, "codes")
    press(page, "I have kept them")
    page.locator("nav[aria-label]").wait_for()

    clock.ahead = timedelta(minutes=1)
    other = visits.page(url, viewport=PHONE)
    other.goto(url)
    signs_in(other)
    other.get_by_role("heading", name="Enter your code").wait_for()
    assert findings(other) == []
    visits.expected.append("403")
    other.get_by_label("Code").fill("000000")
    other.get_by_role("button", name="Go on").click()
    other.get_by_role("alert").wait_for()
    assert "The code is wrong" in other.get_by_role("alert").inner_text()
    taken(other, "code")
    other.get_by_label("Code").fill(app.at(clock.now()))
    other.get_by_label("Code").press("Enter")
    other.locator("nav[aria-label]").wait_for()


def test_it_is_kept_in_the_menu_of_the_person(asking, visits, own_city):
    """In Chinese, of somebody of whom nothing is asked: enrolled, renewed, ended."""
    url, clock = asking
    with connect(own_city) as connection:
        add_account(
            connection, "王敏", clock.now(), [Grant("dispatcher")], passwords.hash_of(RIGHT)
        )
    page = visits.page(url, language="zh-CN")
    page.goto(url)
    page.get_by_label("账号").fill("王敏")
    page.get_by_label("密码", exact=True).fill(RIGHT)
    page.get_by_role("button", name="登录").click()
    page.locator("[data-menu]").click()
    page.get_by_role("button", name="第二因素").click()
    page.get_by_label("当前密码").fill(RIGHT)
    press(page, "下一步")
    app = pyotp.TOTP(page.locator("dialog code.secret").inner_text().replace(" ", ""))
    page.get_by_role("dialog").get_by_label("验证码").fill(app.at(clock.now()))
    press(page, "确定")
    page.locator("code.codes").wait_for()
    press(page, "已保存")
    page.get_by_role("dialog").wait_for(state="detached")
    clock.ahead = timedelta(minutes=1)
    page.locator("[data-menu]").click()
    page.get_by_role("button", name="第二因素").click()
    page.get_by_text("剩余恢复码 10 个").wait_for()
    taken(page, "kept")
    page.get_by_label("操作").select_option("end")
    page.get_by_role("dialog").get_by_label("验证码").fill(app.at(clock.now()))
    press(page, "确定")
    page.get_by_role("dialog").wait_for(state="detached")
    page.locator("[data-menu]").click()
    page.get_by_role("button", name="第二因素").click()
    page.get_by_label("当前密码").wait_for()
