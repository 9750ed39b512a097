"""What a line of the trail says was done, in both languages: changes, and what was only read."""

from __future__ import annotations

from collections.abc import Mapping

from api.access.permissions import P
from api.access.table import V1, Open
from cases.data import Text

#: Of each route that changes something: as what was done, or was to be.
_CHANGES: Mapping[str, tuple[str, str]] = {
    f"POST {V1}/sign-in": ("登录", "sign in"),
    f"POST {V1}/sign-out": ("退出登录", "sign out"),
    f"GET {V1}/sign-in/{{provider}}/callback": ("经登录提供方登录", "sign in by a provider"),
    f"POST {V1}/invitations/{{token}}": ("接受邀请", "accept an invitation"),
    f"DELETE {V1}/me/sessions": ("退出自己的其他登录", "end one's other sessions"),
    f"DELETE {V1}/me/sessions/{{session}}": ("退出自己的一处登录", "end one of one's sessions"),
    f"POST {V1}/me/password": ("修改密码", "change one's password"),
    f"POST {V1}/me/second-factor": ("准备第二因素", "begin a second factor"),
    f"POST {V1}/me/second-factor/confirm": ("启用第二因素", "enrol a second factor"),
    f"POST {V1}/me/second-factor/show": ("输入第二因素", "show a second factor"),
    f"POST {V1}/me/second-factor/codes": ("生成新的恢复码", "make new recovery codes"),
    f"POST {V1}/me/second-factor/end": ("停用自己的第二因素", "end one's second factor"),
    f"POST {V1}/people/{{account}}/second-factor/reset": (
        "重置第二因素", "reset somebody's second factor",
    ),
    f"POST {V1}/people": ("邀请人员", "invite somebody"),
    f"POST {V1}/people/{{account}}/link": ("生成一次性链接", "make a one-time link"),
    f"POST {V1}/people/{{account}}/grants": ("授予岗位", "give a role"),
    f"DELETE {V1}/people/{{account}}/grants/{{role}}": ("收回岗位", "take back a role"),
    f"POST {V1}/people/{{account}}/disable": ("停用人员", "disable somebody"),
    f"POST {V1}/people/{{account}}/enable": ("启用人员", "enable somebody"),
    f"POST {V1}/keys": ("新建密钥", "make a key"),
    f"POST {V1}/keys/{{key}}/rotate": ("轮换密钥", "rotate a key"),
    f"POST {V1}/keys/{{key}}/revoke": ("吊销密钥", "revoke a key"),
    f"POST {V1}/imports/{{what}}": ("导入表格", "import a table"),
    f"DELETE {V1}/imports/going/{{ticket}}": ("取消导入", "cancel an import"),
    "POST /ingest/{format}": ("上报读数", "send readings"),
    "POST /api/v2/write": ("上报读数（Influx）", "send readings (Influx)"),
    "POST /write": ("上报读数（Influx）", "send readings (Influx)"),
    f"POST {V1}/dead-letters/replay": ("重放死信", "replay dead letters"),
    f"POST {V1}/dead-letters/discard": ("搁置死信", "put dead letters aside"),
    f"POST {V1}/dead-letters/{{letter}}/replay": ("重放一封死信", "replay a dead letter"),
    f"POST {V1}/dead-letters/{{letter}}/discard": ("搁置一封死信", "put a dead letter aside"),
    f"POST {V1}/quarantine/{{device}}/adopt": ("接入设备", "adopt a device"),
    f"POST {V1}/drills": ("开始演练", "begin a drill"),
    f"POST {V1}/drills/{{drill}}/faults": ("演练注入故障", "put a fault into a drill"),
    f"POST {V1}/drills/{{drill}}/pause": ("暂停演练", "pause a drill"),
    f"POST {V1}/drills/{{drill}}/resume": ("继续演练", "go on with a drill"),
    f"POST {V1}/drills/{{drill}}/end": ("结束演练", "end a drill"),
    f"POST {V1}/windows": ("设置维护窗口", "set a window"),
    f"POST {V1}/windows/{{number}}/end": ("提前结束维护窗口", "end a window early"),
    f"POST {V1}/cases/{{case}}/steps": ("办理案件", "take a step in a case"),
    f"POST {V1}/photos": ("上传照片", "send a photo"),
    f"POST {V1}/reports": ("登记上报", "file a report"),
    f"POST {V1}/reports/{{report}}/join": ("并入案件", "join a report into a case"),
    f"POST {V1}/reports/{{report}}/caller/looks": ("查看来电人", "look at who called"),
    f"POST {V1}/reports/{{report}}/caller/erasure": ("删除来电人", "erase who called"),
    f"POST {V1}/warnings": ("发布预警", "issue a warning"),
    f"POST {V1}/warnings/preview": ("预览预警", "preview a warning"),
    f"POST {V1}/warnings/{{identifier}}/preview": ("预览预警更新", "preview a warning's update"),
    f"POST {V1}/warnings/{{identifier}}/update": ("更新预警", "update a warning"),
    f"POST {V1}/warnings/{{identifier}}/cancel": ("解除预警", "cancel a warning"),
    f"POST {V1}/rules/check": ("检查规则", "check rules"),
    f"POST {V1}/rules/test": ("测试规则", "test rules"),
    f"POST {V1}/backtests": ("申请回测", "ask for a backtest"),
    f"DELETE {V1}/backtests/{{backtest}}": ("取消回测", "cancel a backtest"),
    f"POST {V1}/rules/save": ("保存规则并生效", "put rules in force"),
    f"POST {V1}/rules/shadow": ("规则试运行", "put rules on trial"),
    f"POST {V1}/rules/{{rule}}/promote": ("规则转正", "promote a rule"),
    f"POST {V1}/rules/{{rule}}/rollback": ("规则回滚", "roll back a rule"),
    f"POST {V1}/rules/{{rule}}/discard": ("结束规则试运行", "end a rule's trial"),
    f"POST {V1}/subscriptions": ("新建推送订阅", "make a subscription"),
    f"POST {V1}/subscriptions/{{name}}/redeliver": ("重新推送", "deliver again"),
    f"POST {V1}/subscriptions/{{name}}/pause": ("暂停推送", "pause a subscription"),
    f"POST {V1}/subscriptions/{{name}}/resume": ("恢复推送", "resume a subscription"),
    f"POST {V1}/subscriptions/{{name}}/end": ("结束推送", "end a subscription"),
    f"POST {V1}/exchange/messages": ("接收交换消息", "take in an exchange message"),
    f"PUT {V1}/exchange/photos/{{photo}}": ("接收交换照片", "take in an exchanged photo"),
    f"POST {V1}/exchange/{{peer}}/conflicts/{{number}}/dismiss": (
        "忽略交换冲突", "dismiss a conflict of the exchange",
    ),
    "POST /open311/v2/requests.{format}": ("Open311 上报", "file a request by Open311"),
    "POST /open311/v2/{rest}": ("Open311 其他请求", "another request to Open311"),
}  # fmt: skip

#: Of what is only read, and stands in the trail where it was refused.
_READS: Mapping[str, tuple[str, str]] = {
    "owing": ("查看自己的第二因素", "look at one's own second factor"),
    Open.SIGNED_IN: ("查看自己的登录", "look at one's own sessions"),
    P.MANAGE_ACCESS: ("查看人员与密钥", "look at people and keys"),
    P.CHANGE_CATALOGUE: ("查看导入进度", "look how far an import is"),
    P.READ_AUDIT: ("查看审计记录", "look at the trail"),
    P.READ_TELEMETRY: ("查看传感器与读数", "look at sensors and readings"),
    P.READ_DRILLS: ("查看演练", "look at drills"),
    P.READ_CASES: ("查看案件", "look at cases"),
    P.READ_REPORTS: ("查看上报", "look at reports"),
    P.READ_CALLERS: ("查看待回访来电", "look at calls to be returned"),
    P.READ_EVALUATION: ("查看评价", "look at the evaluation"),
    P.EXPORT: ("导出整表", "export a whole table"),
    P.READ_CATALOGUE: ("查看立案标准与区域", "look at catalogue and areas"),
    P.READ_RULES: ("查看规则", "look at rules"),
    P.MANAGE_DELIVERIES: ("查看推送与交换", "look at deliveries and the exchange"),
    P.READ_METRICS: ("查看运行指标", "look at the metrics"),
}


def doing(method: str, route: str, permission: str) -> Text | None:
    """Return what a request is for; None of a command, and of what was a route once."""
    read = method in ("GET", "HEAD")
    found = _CHANGES.get(f"{'GET' if read else method} {route}")
    if found is None and read:
        found = _READS.get(permission)
    return Text(zh=found[0], en=found[1]) if found else None
