"""The ranking as a PDF to publish: A4, Chinese and English, grades as letters and not as colours.

Chinese is set in a font of the machine's and embedded (see `document_font`).
"""

from __future__ import annotations

from io import BytesIO
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from reportlab.lib.colors import HexColor, white
from reportlab.lib.enums import TA_CENTER, TA_LEFT, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    KeepTogether,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
    TableStyle,
)

from api.document_font import chinese_font
from cases.catalogue import Text
from cases.grades import Grading, Ranked
from cases.indicators import INDICATORS, Tally, evaluate
from store.ranking import Ranking

CHINESE, LATIN, BOLD = chinese_font(), "Helvetica", "Helvetica-Bold"
INK, QUIET, LINE, ACCENT, PALE = map(
    HexColor, ("#17232a", "#56646c", "#c9d2d1", "#0b6e7f", "#eef4f3")
)
MARGIN = 16 * mm
WIDTH = A4[0] - 2 * MARGIN

BASE = ParagraphStyle(
    "base", fontName=CHINESE, fontSize=9, leading=12.5, textColor=INK, wordWrap="CJK"
)
SMALL = ParagraphStyle("small", BASE, fontSize=7.5, leading=10.5, textColor=INK)
ENGLISH = ParagraphStyle(
    "english", BASE, fontName=LATIN, fontSize=7, leading=9, textColor=QUIET, wordWrap=None
)
BELOW = ParagraphStyle("below", ENGLISH, alignment=TA_RIGHT)
NOTE = ParagraphStyle("note", ENGLISH, spaceAfter=4)
TITLE = ParagraphStyle("title", BASE, fontSize=19, leading=25)
FOOT = ParagraphStyle("foot", SMALL, textColor=QUIET)
HEADING = ParagraphStyle("heading", BASE, fontSize=12, leading=16, spaceBefore=10, spaceAfter=4)
HEAD = ParagraphStyle("head", BASE, fontSize=7.5, leading=9.5, textColor=white, alignment=TA_RIGHT)
HEAD_LEFT = ParagraphStyle("head left", HEAD, alignment=TA_LEFT)
CENTRED = ParagraphStyle("centred", HEAD, alignment=TA_CENTER)
NUMBER = ParagraphStyle("number", BASE, fontName=LATIN, alignment=TA_RIGHT)
GRADE = ParagraphStyle("grade", BASE, fontName=BOLD, alignment=TA_CENTER)

#: Head in both languages, width [mm].
COLUMNS = (
    (Text(zh="名次", en="Rank"), 11), (Text(zh="名称", en="Name"), 45),
    (Text(zh="应结案", en="Due"), 17), (Text(zh="结案率", en="Closing"), 17),
    (Text(zh="按期处置率", en="On time"), 19), (Text(zh="返工率", en="Rework"), 16),
    (Text(zh="返工次数", en="Reworks"), 17), (Text(zh="豁免", en="(score with)"), 18),
    (Text(zh="综合得分", en="Score"), 31), (Text(zh="等级", en="Grade"), 13),
)  # fmt: skip
SCALE = (WIDTH / mm) / sum(width for _, width in COLUMNS)


class Bar(Flowable):  # type: ignore[misc]  # reportlab says no types
    """A score as a number and as a length."""

    def __init__(self, score: float | None, width: float) -> None:
        super().__init__()
        self.score, self.width, self.height = score, width, 12.0

    def wrap(self, *available: float) -> tuple[float, float]:
        return self.width, self.height

    def draw(self) -> None:
        canvas = self.canv
        room = self.width - 26
        canvas.setFillColor(PALE)
        canvas.rect(0, 2, room, 6, stroke=0, fill=1)
        if self.score is not None:
            canvas.setFillColor(ACCENT)
            canvas.rect(0, 2, room * self.score / 100, 6, stroke=0, fill=1)
        canvas.setFillColor(INK)
        canvas.setFont(BOLD, 9)
        said = "–" if self.score is None else f"{self.score:.1f}"
        canvas.drawRightString(self.width, 1.8, said)


def ranking_pdf(ranking: Ranking, zone: ZoneInfo) -> bytes:
    out = BytesIO()
    made = f"{ranking.at.astimezone(zone):%Y-%m-%d %H:%M} ({zone.key})"
    title = f"{ranking.place.zh}城市管理综合评价（{ranking.period.zh}）"

    def footer(canvas: Canvas, document: BaseDocTemplate) -> None:
        canvas.saveState()
        foot = Paragraph(_mixed(escape(f"{title}  ·  生成时间 Generated {made}")), FOOT)
        foot.wrapOn(canvas, WIDTH, 12)
        foot.drawOn(canvas, MARGIN, 9 * mm)
        canvas.setFont(LATIN, 7.5)
        canvas.setFillColor(QUIET)
        canvas.drawRightString(A4[0] - MARGIN, 9 * mm + 2, str(document.page))
        canvas.restoreState()

    document = BaseDocTemplate(
        out, pagesize=A4, leftMargin=MARGIN, rightMargin=MARGIN, topMargin=14 * mm,
        bottomMargin=16 * mm, title=title, author="Lifeline", lang="zh-CN",
        subject="Ranking of departments and areas by the composite score", invariant=1,
    )  # fmt: skip
    frame = Frame(MARGIN, 16 * mm, WIDTH, A4[1] - 30 * mm, 0, 0, 0, 0)
    document.addPageTemplates(PageTemplate("page", frame, onPage=footer))
    document.build(_story(ranking, made))
    return out.getvalue()


def _story(ranking: Ranking, made: str) -> list[Flowable]:
    place, period = ranking.place, ranking.period.name
    level = {"street": Text(zh="街道", en="streets"), "district": Text(zh="区县", en="districts")}
    areas = level.get(ranking.level, Text(zh="区域", en="areas"))
    return [
        Paragraph(_mixed(f"{escape(place.zh)}城市管理综合评价（{ranking.period.zh}）"), TITLE),
        Spacer(1, 2),
        Paragraph(
            _latin(f"{escape(place.en)}: evaluation of urban management, {period}", 11, "#56646c"),
            ENGLISH,
        ),
        Spacer(1, 12),
        _summary(ranking),
        Paragraph("专业部门排名 " + _latin("Ranking of departments", 9.5, "#56646c"), HEADING),
        _table(ranking, ranking.departments),
        Paragraph(f"{areas.zh}排名 " + _latin(f"Ranking of {areas.en}", 9.5, "#56646c"), HEADING),
        _table(ranking, ranking.areas),
        Spacer(1, 8),
        KeepTogether(_notes(ranking.grading, made)),
    ]


def _summary(ranking: Ranking) -> Flowable:
    tally = ranking.total
    cells = [
        (("应结案", "Due"), f"{tally.count('due'):,.0f}"),
        (("结案率", "Closing rate"), _percent("closing_rate", tally)),
        (("按期处置率", "On-time handling"), _percent("on_time_handling_rate", tally)),
        (("返工率", "Rework rate"), _percent("rework_rate", tally)),
        (("申诉豁免", "Exempt"), f"{tally.exempt.get('due', 0):,.0f}"),
    ]
    table = Table(
        [
            [Paragraph(_latin(value, 15, "#0b6e7f", bold=True), TITLE) for _, value in cells],
            [[Paragraph(zh, SMALL), Paragraph(en, ENGLISH)] for (zh, en), _ in cells],
        ],
        colWidths=[WIDTH / len(cells)] * len(cells),
    )
    table.setStyle(TableStyle([
        ("BACKGROUND", (0, 0), (-1, -1), PALE), ("TOPPADDING", (0, 0), (-1, 0), 2),
        ("BOTTOMPADDING", (0, 0), (-1, 0), 0), ("TOPPADDING", (0, 1), (-1, 1), 0),
    ]))  # fmt: skip
    return table


def _table(ranking: Ranking, rows: list[Ranked]) -> Flowable:
    if not rows:
        return Paragraph("本期没有应结案件。" + _latin(" No case fell due.", 9), BASE)
    widths = [width * SCALE * mm for _, width in COLUMNS]
    head = [
        Paragraph(
            f"{word.zh}<br/>{_latin(word.en, 7)}",
            HEAD_LEFT if n in (1, 8) else CENTRED if n == 9 else HEAD,
        )
        for n, (word, _) in enumerate(COLUMNS)
    ]
    body = [_row(ranking, row, widths) for row in rows]
    table = Table([head, *body], colWidths=widths, repeatRows=1)
    table.setStyle(TableStyle([
        ("BACKGROUND", (0, 0), (-1, 0), ACCENT), ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("LINEBELOW", (0, 1), (-1, -1), 0.4, LINE), ("LEFTPADDING", (0, 0), (-1, -1), 3),
        ("RIGHTPADDING", (0, 0), (-1, -1), 4), ("TOPPADDING", (0, 0), (-1, -1), 2.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
    ]))  # fmt: skip
    return table


def _row(ranking: Ranking, row: Ranked, widths: list[float]) -> list[Flowable | list[Flowable]]:
    name, tally = ranking.name(row.key), row.tally
    named: list[Flowable] = [Paragraph(_mixed(escape(name.zh)), BASE)]
    if name.en != name.zh:
        named.append(Paragraph(escape(name.en), ENGLISH))
    numbers = [
        f"{tally.count('due'):,.0f}",
        _percent("closing_rate", tally),
        _percent("on_time_handling_rate", tally),
        _percent("rework_rate", tally),
        f"{tally.count('reworks'):,.0f}",
    ]
    exempt: list[Flowable] = [Paragraph(f"{tally.exempt.get('due', 0):,.0f}", NUMBER)]
    if row.score_with_exempt is not None and tally.exempt.get("due"):
        exempt.append(Paragraph(f"({row.score_with_exempt:.1f})", BELOW))
    return [
        Paragraph("–" if row.rank is None else str(row.rank), NUMBER),
        named,
        *(Paragraph(number, NUMBER) for number in numbers),
        exempt,
        Bar(row.score, widths[8] - 7),
        Paragraph(row.grade or "–", GRADE),
    ]


def _notes(grading: Grading, made: str) -> list[Flowable]:
    weights = grading.weights
    bands = ", ".join(f"≤{band.up_to:g}: {band.points:g}" for band in grading.rework_points)
    grades = ", ".join(f"{grade.name} ≥ {grade.least:g}" for grade in grading.grades)
    indicators = [
        INDICATORS[name] for name in ("closing_rate", "on_time_handling_rate", "rework_rate")
    ]
    said = [
        *(
            (f"{one.zh} = {one.formula_zh}。", f"{one.en} = {one.formula_en}.")
            for one in indicators
        ),
        (
            "应结案数：已处置或已超过处置时限的立案案件，按先到者归入各期；"
            "作废、不予立案的案件和演练不计。",
            "Due: filed cases that were handled or passed their deadline, in the period of "
            "whichever came first; void and rejected cases and exercises count nowhere.",
        ),
        (
            f"综合得分 = {weights.rework_count:g}% × 返工次数分"
            f" + {weights.closing_rate:g}% × 结案率"
            f" + {weights.on_time_handling_rate:g}% × 按期处置率"
            f" + {weights.rework_rate:g}% × (100 - 返工率)。",
            f"Score = {weights.rework_count:g}% points for the number of reworks"
            f" + {weights.closing_rate:g}% closing rate"
            f" + {weights.on_time_handling_rate:g}% on-time handling rate"
            f" + {weights.rework_rate:g}% (100 - rework rate).",
        ),
        (
            f"返工次数分（每月次数: 分）: {bands}；再多为 0。等级: {grades}。得分相同者名次相同。",
            "Points for the number of reworks a month, none beyond the last; grades from these "
            "scores on. Equal scores, as printed, share a rank.",
        ),
        (
            "豁免：超时申诉成立的案件数，事实保留，不计入按期处置率；括号内为计入时的得分。",
            "Exempt: cases whose appeal against overtime was granted; the fact stays, the on-time "
            "handling rate leaves them out. In brackets the score with them.",
        ),
        (f"数据截至 {made}。", f"As of {made}."),
    ]
    notes: list[Flowable] = [
        Paragraph("办法与定义 " + _latin("Method and definitions", 9.5, "#56646c"), HEADING)
    ]
    for zh, en in said:
        notes += [Paragraph(_mixed(zh), SMALL), Paragraph(en, NOTE)]
    return notes


def _percent(name: str, tally: Tally) -> str:
    value = evaluate(name, tally).value
    return "–" if value is None else f"{value:.1f}%"


def _latin(text: str, size: float, colour: str = "", bold: bool = False) -> str:
    ink = f' color="{colour}"' if colour else ""
    return f'<font name="{BOLD if bold else LATIN}" size="{size:g}"{ink}>{text}</font>'


def _mixed(text: str) -> str:
    """Return `text` with what the Latin font has set in it: the Chinese one's letters are wide."""
    parts: list[str] = []
    tag = False
    for char in text:
        latin = not tag and (char.isascii() or char in "×÷–")
        tag = (tag or char == "<") and char != ">"
        if parts and parts[-1][0] == ("L" if latin else "S"):
            parts[-1] += char
        else:
            parts.append(("L" if latin else "S") + char)
    return "".join(
        f'<font name="{LATIN}">{part[1:]}</font>' if part[0] == "L" else part[1:] for part in parts
    )
