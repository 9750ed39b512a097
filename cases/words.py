"""The words of casework, each with what it is called where it comes from."""

from __future__ import annotations

from enum import StrEnum


class Word(StrEnum):
    """A word of the workflow, and what it is called where it comes from."""

    zh: str

    def __new__(cls, value: str, zh: str = "") -> Word:
        member = str.__new__(cls, value)
        member._value_ = value
        member.zh = zh
        return member


class State(Word):
    REPORTED = "reported", "已上报"
    VERIFYING = "verifying", "核实中"  #: an inspector looks whether there is a problem
    ACCEPTED = "accepted", "已受理"
    FILED = "filed", "已立案"
    DISPATCHED = "dispatched", "已派遣"
    HANDLING = "handling", "处置中"
    SUSPENDED = "suspended", "挂账"  #: the clock stands until a day agreed on
    HANDED_OVER = "handed-over", "已移交"  #: 110, or another city's or district's system, has it
    FED_BACK = "fed-back", "待核查"  #: said to be done
    INSPECTING = "inspecting", "核查中"  #: an inspector looks whether it is done
    INSPECTED = "inspected", "待结案"
    CLOSED = "closed", "已结案"
    REJECTED = "rejected", "不予立案"
    VOID = "void", "已作废"


class Verb(Word):
    REPORT = "report", "上报"
    ASK_VERIFY = "ask-verify", "核实派发"
    VERIFY = "verify", "核实"
    ACCEPT = "accept", "受理"
    REJECT = "reject", "不予立案"
    FILE = "file", "立案"
    DISPATCH = "dispatch", "派遣"
    REDIRECT = "redirect", "改派"
    HANDLE = "handle", "处置"
    FEED_BACK = "feed-back", "反馈"
    ASK_INSPECT = "ask-inspect", "核查派发"
    INSPECT = "inspect", "核查"
    CONFIRM = "confirm", "传感器确认"  #: the sensor has been normal for long enough
    REWORK = "rework", "返工"
    CLOSE = "close", "结案"
    RETURN = "return", "退回"
    VOID = "void", "作废"
    REOPEN = "reopen", "重开"
    ASK_EXTENSION = "ask-extension", "申请延期"
    ASK_SUSPENSION = "ask-suspension", "申请挂账"
    APPEAL = "appeal", "超时申诉"
    APPROVE = "approve", "初审同意"  #: the first of two levels
    EXTEND = "extend", "延期"
    SUSPEND = "suspend", "挂账"
    EXEMPT = "exempt", "申诉成立"  #: the fact stays, the statistic is exempted
    REFUSE = "refuse", "不同意"
    RESUME = "resume", "恢复"
    HAND_OVER = "hand-over", "移交"
    SUPERVISE = "supervise", "督办"
    URGE = "urge", "催办"
    ESCALATE = "escalate", "升级"
    CALL_BACK = "call-back", "回访"
    NOTE = "note", "批注"
    MERGE = "merge", "并入"  #: into the case that has the same problem
    JOIN = "join", "并案"  #: another finding or report of the same cause; the state stays
    AMEND = "amend", "更正"  #: what is known of the cause changed; the state stays


class Role(Word):
    SYSTEM = "system", "系统"
    INTAKE = "intake", "受理员"
    SHIFT_LEAD = "shift-lead", "值班长"
    INSPECTOR = "inspector", "监督员"
    DISPATCHER = "dispatcher", "派遣员"
    COMMAND_LEAD = "command-lead", "指挥长"
    DEPARTMENT = "department", "专业部门"
    PARTNER = "partner", "协同单位"  #: 110, or the other instance that a case was handed to
    LEADER = "leader", "领导"
    EVALUATOR = "evaluator", "考评员"


class Outcome(Word):
    """What a case turned out to be; labels the rule that found it."""

    REAL = "real", "属实"
    FALSE = "false", "误报"
    DUPLICATE = "duplicate", "重复"
    SENSOR_FAULT = "sensor-fault", "传感器故障"
    PLANNED_WORK = "planned-work", "计划作业"
    EXERCISE = "exercise", "演练"


class Source(Word):
    """Who said it first. All are equal from intake on."""

    SENSOR = "sensor", "传感器"
    INSPECTOR = "inspector", "监督员上报"
    HOTLINE = "hotline", "公众热线"  #: 12345, 12319
    POLICE = "police", "110移交"
    VIDEO = "video", "视频"
    LEADER = "leader", "领导批示"
    SYSTEM = "system", "其他系统"  #: over the API, Open311 among them


#: Sources through which the public speaks; what they tell before the sensors do is a miss.
PUBLIC = frozenset({Source.HOTLINE, Source.POLICE, Source.SYSTEM})


class Stage(Word):
    """A stretch of work with a limit of its own."""

    INTAKE = "intake", "受理"
    VERIFY = "verify", "核实"
    FILING = "filing", "立案"
    DISPATCH = "dispatch", "派遣"
    HANDLING = "handling", "处置"
    ORDER = "order-inspection", "核查派发"
    INSPECT = "inspect", "核查"
    CLOSING = "closing", "结案"


class Light(Word):
    GREEN = "green", "绿灯"
    YELLOW = "yellow", "黄灯"
    RED = "red", "红灯"


class Satisfaction(Word):
    """What a caller says of the outcome when called back."""

    SATISFIED = "satisfied", "满意"
    FAIR = "fair", "基本满意"
    DISSATISFIED = "dissatisfied", "不满意"


#: States that end a case; `one_open_case_per_cause` in the schema says the same.
ENDS = frozenset({State.CLOSED, State.REJECTED, State.VOID})
OPEN = tuple(state for state in State if state not in ENDS)

#: The levels of responsibility, lowest first; what is overdue goes up. A case's `level` is 1 to 4.
LEVELS = (
    ("community", "社区网格"),
    ("street", "街道"),
    ("district", "区县"),
    ("city", "市级"),
)
