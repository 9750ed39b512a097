"""A Chinese console says nothing in English: each sentence of the program has its Chinese."""

# ruff: noqa: E501 - a sentence a row

import re
from dataclasses import replace

import httpx
import pytest
from sentences import sentences
from signed_in import as_person, cookie, session
from watched_city import NOW

from api.access.permissions import PERMISSIONS
from api.routes.people import OF_KEYS
from rules.pack import load
from store.access import Grant
from store.database import connect
from store.rule_changes import ship

pytestmark = [pytest.mark.server, pytest.mark.browser]

IN_WORDS = """async (said) => {
    const { inWords } = await import("/shell/sentences.js");
    const { learn } = await import("/shell/quantities.js");
    await learn();
    return said.map(inWords);
}"""
HAN = re.compile(r"[\u4e00-\u9fff]")
#: Three words of English in a row are a sentence, or the beginning of one.
ENGLISH = re.compile(r"\b[A-Za-z][a-z]+(?:,? [A-Za-z]?[a-z]+){2,}\b")
#: Names that are so in every language.
NAMES = re.compile(r"The Things Stack|Zhao Min|J\. Water Resour\. Plann\. Manage\.")
#: As both languages have it: "道路积水 · Standing water on the road".
TWO_NAMES = re.compile(r"[^A-Za-z]*[\u4e00-\u9fff][^A-Za-z]* · [A-Z]")
#: What a page says in English, to the eye and to who hears it; not in code, nor what is marked so.
SAID_IN_ENGLISH = """() => {
  const english = /(?<![\\w./-])[A-Za-z][a-z]+(?:,? [A-Za-z]?[a-z]+){2,}/;
  const aside = "code, pre, kbd, .cm-editor, textarea, script, noscript, style, [lang=en]";
  const found = new Set();
  const see = (text) => english.test(text) && found.add(text.replace(/\\s+/g, " ").trim());
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode())
    if (!walk.currentNode.parentElement.closest(aside)) see(walk.currentNode.data);
  for (const name of ["title", "aria-label", "placeholder", "alt"])
    for (const node of document.querySelectorAll(`[${name}]`)) see(node.getAttribute(name));
  return [...found];
}"""
PAGES = [
    "situation", "cases", "cases?view=board", "cases/new", "cases/warnings", "cases/call-backs", "sensors",
    "sensors/flood-003", "sensors/quarantine", "sensors/dead-letters", "rules", "rules/backtests",
    "drills", "evaluation", "evaluation/indicators", "evaluation/alarms", "evaluation/sensors",
    "evaluation/method", "administration/people", "administration/keys", "administration/audit",
    "administration/departments", "administration/catalogue", "administration/imports",
    "administration/windows", "administration/deliveries", "administration/exchange",
]  # fmt: skip

#: Parts of sentences that are said as a whole only, as WHOLE has them; and what programs meet.
PARTS = set(
    """
    1 1 has 1 characters; it needs 1 digits
    extensions count down from 99, so 11 comes before it
    1 begins with no province of GB/T 2260
    1 is all zeros
    responsible for 1
    nobody owns 1
    1: 1 in 1
    1: 1 1 for 1, by the matrix
    one of 1
    a class of the catalogue, and its condition
    1: name 1
    1 after feed-back: 1
    传感器仍未恢复正常 not solved, 1
    传感器无法确认 its sensors cannot tell, 1
    1, must 1 for 1, until 1
    1 is judged from 1 only
    1 has no 1 1
    1 on 1 1
    1 (1 1 on 1)
    1 stands since 1, must be over for 1
    1 1 has none
    1 is 1 here, 1
    Write 1
    Write the unit that the device sends1
    1 has 1
    1a field has 1
    1, which is no number
    line 1 1
    line 1: the field 1 1
    1Use one of 1
    the time is 1; 1
    1 1: 1 rows, 1 new, 1 changed
    gave 1 1
    took 1 from 1
    1 1 with 1
    Take `next` of a page of this very list.
    1 is no ETag of a case.
    The lists of 1 are 1.
    Name the list that the cursor goes on with.
    """.strip().split("\n    ")
)

#: Whole sentences as they are said, and as a Chinese reader reads them.
WHOLE = {
    # What sensors say before a case closes.
    "road-1/depth: depth 1.2 cm at 14:05, has been normal since 13:50, must stay under 5 cm for 30 min, until 14:20":
        "road-1/depth：14:05 积水深度 1.2 cm，自 13:50 起正常；须低于 5 cm，持续 30 分钟，到 14:20",
    "well-1/methane: methane 1.4 %VOL at 09:00, must stay under 0.5 %VOL on average of 1 h for 2 h":
        "well-1/methane：09:00 甲烷浓度 1.4 %VOL，1 小时平均须低于 0.5 %VOL，持续 2 小时",
    "c/cover: status open at 2026-03-01 09:00, must be closed for 1 h":
        "c/cover：2026-03-01 09:00 状态 open，须为 closed，持续 1 小时",
    "flood.road.deep on component 3401 stands since 14:00, must be over for 30 min":
        "部件 3401上的 flood.road.deep 自 14:00 起仍在，须结束并持续 30 分钟",
    "z/flow: 12 m³/h in the night of 2026-03-01, at most 10 m³/h is usual; 1 of 3 nights are normal":
        "z/flow：2026-03-01 夜间为 12 m³/h，通常不高于 10 m³/h；须连续 3 夜正常，已有 1 夜",
    "s/laeq is judged from 22:00 to 06:00 only": "s/laeq 只在 22:00 至 06:00 判断",
    "a is silent since 14:00; silence is not normal; b sends no good readings; silence is not normal; and 2 more":
        "a 自 14:00 起失联，失联不算正常；b 没有可用读数，失联不算正常；另有 2 个",
    # Reasons of the system in the log of a case.
    "传感器仍未恢复正常 not solved, 2 days after feed-back: a is silent since 14:00; silence is not normal":
        "反馈后 2 天，传感器仍未恢复正常：a 自 14:00 起失联，失联不算正常",
    "符合立案条件 filing condition met: 道路积水 standing water on the road": "符合立案条件：道路积水",
    "传感器再次报警 the sensor speaks again: flood.road.deep on component 3401 (depth 12 cm on road-1/depth)":
        "传感器再次报警：部件 3401 flood.road.deep（road-1/depth 积水深度 12 cm）",
    "joined by event of a.b on zone east, c.d on device d1": "并入事件：片区 east a.b；设备 d1 c.d",
    "severity yellow → orange; 2 more of its channels have spoken": "级别 黄 → 橙；又有 2 个通道报警",
    "to be sorted out: 区人民政府: responsible for district in the city":
        "待明确：区人民政府：全市区政府（兜底）主管部门",
    "排水管理处: 主管 responsible for 0506 in the city, by the matrix": "排水管理处：按责任矩阵为主管部门",
    "燃气公司 Gas company: nobody owns tram in 340104": "燃气公司： 340104 的tram无人负责，由其兜底",
    # Dead letters.
    'record 3: the record is the text "x"; expected an object': "第 3 条记录：记录是文字“x”，应为对象",
    "line 2 has no fields; expected measurement,tag=value field=value timestamp":
        "第 2 行没有字段，写法为 measurement,tag=value field=value timestamp",
    "line 4: the field depth is 1e999, more than a number can hold": "第 4 行字段 depth 为 1e999，超出数的范围",
    "the time is the text \"soon\"; expected ISO 8601, as 2026-11-22T08:30:00Z":
        "时间是文字“soon”，应为ISO 8601，如 2026-11-22T08:30:00Z",
    "depth is null; expected a number, true/false or text": "depth是null，应为数、true/false 或文字",
    "record 1: a field has a name of 900 characters, more than 512: aaa…":
        "第 1 条记录：名称有 900 个字符，超过 512 个：aaa…",
    "3 readings stored, 0 were there, 1 in quarantine; still unusable: the payload is empty":
        "存入 3 条读数，0 条已有，1 条待接纳；仍不可用：报文为空",
    # Mistakes of imports.
    "component code '3401990103' has 10 characters; it needs 16 or 18 digits":
        "部件代码 '3401990103' 有 10 位，应为 16 或 18 位数字",
    "grid cell code '990104001002003': county '990104' (digits 1 to 6) begins with no province of GB/T 2260":
        "网格代码 '990104001002003' 的区县 '990104'（第 1 至 6 位）开头不是 GB/T 2260 的省级代码",
    "0101: extensions count down from 99, so 0199 comes before it": "0101：扩展号从 99 起递减，应先用 0199",
    "district 340104 has none": "区 340104 没有名称",
    "0103 is '井盖' here, '雨水井盖' in row 4": "0103 此处为 '井盖'，第 4 行为 '雨水井盖'",
    "Write the unit that the device sends; pressure measures MPa, kPa": "写设备上报的单位；pressure 是 MPa, kPa 的单位",
    "Did you mean pressure or flow? Use one of depth, level": "是否为 pressure 或 flow？可用：depth、level",
    "is missing (pipe main-1)": "缺失（管线 main-1）",
    # What is refused, and the trail.
    "There is no case 20240301-0007.": "没有案件 20240301-0007",
    "body.name: Field required; body.note: String should have at most 40 characters":
        "name：必填；note：最多 40 个字符",
    "gave Wang dispatcher in 340104": "授予 Wang：派遣员（区域 340104）",
    "took department as 9134 from Wang": "收回 Wang 的 专业部门（部门 9134）",
    "made the key plc: gateway": "新建密钥 plc：网关",
    "Wang used a one-time link": "Wang 使用一次性链接登录",
    "looked at list.csv: 3 rows, 1 new, 0 changed": "检查 list.csv：3 行，新增 1，变更 0",
    # What people wrote is theirs.
    "the valve was shut; it holds": "the valve was shut; it holds",
    "gave up waiting for the crew": "gave up waiting for the crew",
}  # fmt: skip


@pytest.fixture
def chinese(console):
    return console(language="zh-CN")


def test_every_sentence_of_the_program_has_its_chinese(chinese):
    """A sentence that is new in the source fails here until it has its row."""
    said = {each.sentence: each.where for each in sentences()}
    assert len(said) > 400  # they are found at all
    words = chinese.evaluate(IN_WORDS, list(said))
    lacking = {
        where: sentence
        for (sentence, where), word in zip(said.items(), words, strict=True)
        if sentence not in PARTS and (word == sentence or ENGLISH.search(NAMES.sub("", word)))
    }
    assert lacking == {}
    assert said.keys() >= PARTS, "no longer said"


def test_whole_sentences_are_said_as_people_read_them(chinese):
    words = chinese.evaluate(IN_WORDS, list(WHOLE))
    assert dict(zip(WHOLE, words, strict=True)) == WHOLE


def test_what_is_said_in_both_languages_at_once_is_english_for_who_reads_english(console):
    page = console(language="en-US")
    said = {
        "挂账期满 the suspension has ended": "the suspension has ended",
        "撤回确认 taken back: a is silent since 14:00; silence is not normal":
            "taken back: a is silent since 14:00; silence is not normal",
        "the case has moved on to version 5, you saw 4; look again":
            "the case has moved on to version 5, you saw 4; look again",
        "信号均已结束 all its signals have ended; 1 of its events: over":
            "all its signals have ended; 1 of its events: over",
    }  # fmt: skip
    assert dict(zip(said, page.evaluate(IN_WORDS, list(said)), strict=True)) == said


@pytest.fixture
def everywhere(own_city, serving, visits):
    """A Chinese page for a person who may do everything, and addresses of all that there is."""
    with connect(own_city) as connection:
        ship(connection, load("rules/packs").versions(), NOW)
    roles = [Grant(role) for role in PERMISSIONS if role not in OF_KEYS]
    token = session(own_city, "Zhao Min", *roles)
    visits.expected.append("503")  # nobody plays drills here
    with serving(own_city, lambda given: replace(given, guests=())) as address:

        def ids(path, name):
            answer = httpx.get(f"{address}/api/v1/{path}", headers=as_person(token)).json()
            return [one[name] for one in (answer if isinstance(answer, list) else answer["items"])]

        page = visits.page(address, language="zh-CN")
        page.context.add_cookies([cookie(address, token)])
        page.goto(f"{address}/#/evaluation/method")
        page.wait_for_selector("main h1")
        yield (
            page,
            [
                *PAGES,
                *(f"cases/{case}" for case in ids("cases", "number")),
                *(f"rules/{rule}" for rule in ids("rules", "rule")),
                *(f"sensors/events/{event}" for event in ids("events", "id")[:5]),
                *(f"sensors/dead-letters/{letter}" for letter in ids("dead-letters", "id")),
            ],
        )
        visits.end()
        visits.contexts.clear()


def test_no_page_in_chinese_says_a_sentence_in_english(everywhere):
    """All pages there are, of a city with rules, events, cases, strangers and dead letters."""
    page, addresses = everywhere
    assert len(addresses) > 80
    said = {}
    for address in addresses:
        page.evaluate(f"location.hash = '#/{address}'")
        page.wait_for_selector("nav a[aria-current=page]")
        page.wait_for_selector("main h1")
        page.locator("main .state[role=status]").first.wait_for(state="detached")
        wrong = [NAMES.sub("", text) for text in page.evaluate(SAID_IN_ENGLISH)]
        if wrong := [text for text in wrong if ENGLISH.search(text) and not TWO_NAMES.match(text)]:
            said[address] = wrong
    assert said == {}, "\n".join(f"{where}: {texts}" for where, texts in said.items())
