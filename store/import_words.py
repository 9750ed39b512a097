"""What people write above the columns of their tables, and in them, for our words."""

from __future__ import annotations

from typing import Literal

from cases.departments import Side
from store.import_tables import Words

#: By our name of a column: what cities write above it.
CATALOGUE: Words = {
    "kind": ("类别", "类型", "问题类型", "案件类型", "部件/事件", "type", "component or event"),
    "major": ("大类代码", "大类编码", "大类编号", "大类码", "major class", "major code"),
    "major_name": ("大类名称", "大类", "major class name", "major name"),
    "code": (
        *("小类代码", "小类编码", "小类编号", "小类码", "类别代码", "问题代码", "代码", "编码"),
        *("class", "class code", "minor class", "minor code"),
    ),
    "name": ("小类名称", "小类", "问题名称", "名称", "class name", "minor class name", "name_zh"),
    "name_en": ("英文名称", "小类英文名称", "english name"),
    "slug": ("条件代号", "条件标识", "代号", "condition", "condition id"),
    "text": (
        *("立案条件", "立案标准", "立案规范", "条件描述", "问题描述", "filing condition"),
        *("filing conditions", "text_zh"),
    ),
    "text_en": ("立案条件英文", "英文立案条件", "filing condition english"),
    "limit": (
        *("处置时限", "处理时限", "办理时限", "结案时限", "处置期限", "时限", "time limit"),
        *("limit", "handling limit"),
    ),
    "closed_when": (
        *("结案标准", "结案条件", "结案规范", "处置标准", "结案要求", "closing condition"),
        *("closed when", "closing rule"),
    ),
    "closed_when_en": ("结案标准英文", "英文结案标准", "closing condition english"),
    "responsible": (
        *("责任部门", "责任单位", "主管部门", "处置部门", "处置单位", "承办单位", "department"),
        *("responsible department", "role", "responsible role"),
    ),
    "local": ("扩展", "地方扩展", "是否扩展", "extension", "local extension"),
    "source": ("依据", "来源", "出处", "basis"),
}
CATALOGUE_NEEDS = ("code", "text", "limit")
KINDS: dict[str, Literal["component", "event"]] = {
    **dict.fromkeys(("部件", "部件类", "component", "components"), "component"),
    **dict.fromkeys(("事件", "事件类", "event", "events"), "event"),
}
YES = frozenset({"是", "扩展", "yes", "y", "1", "true", "√", "✓", "x"})
NO = frozenset({"", "否", "no", "n", "0", "false"})

DEPARTMENTS: Words = {
    "code": (
        *("部门代码", "部门编码", "统一社会信用代码", "单位代码", "机构代码", "代码"),
        *("department code", "unified social credit code"),
    ),
    "name": ("部门名称", "单位名称", "机构名称", "部门", "名称", "department", "name_zh"),
    "name_en": ("英文名称", "部门英文名称", "english name"),
    "roles": ("职责", "角色", "职能", "role"),
    "areas": ("辖区", "管辖区域", "管辖范围", "区域", "area"),
    "fallback": ("兜底", "兜底部门"),
}
DEPARTMENTS_NEED = ("code", "name")
MATRIX: Words = {
    "class": (
        *("类别代码", "小类代码", "问题代码", "类别", "代码", "class code", "problem class"),
        *("minor class", "minor code"),
    ),
    "code_list": ("代码表", "代码标准", "标准", "code list"),
    "kind": ("部件/事件", "问题类型", "类型", "type", "component or event"),
    "area": ("区域代码", "区域编码", "网格", "网格代码", "辖区", "区域", "area code", "grid cell"),
    "responsible": ("主管部门", "责任部门", "责任单位", "主管单位", "responsible department"),
    "owning": ("权属部门", "权属单位", "产权单位", "owner", "owning department"),
    "maintaining": ("养护部门", "养护单位", "维护单位", "管养单位", "maintaining department"),
}
MATRIX_NEEDS = ("class", "area", "responsible")
SIDES: tuple[Side, ...] = ("responsible", "owning", "maintaining")
ANY = frozenset({"", "*", "全部", "所有", "任意", "全市", "any", "all", "city"})
CALENDAR: Words = {
    "date": ("日期", "day"),
    "kind": ("类型", "安排", "性质", "type"),
    "name": ("名称", "节日", "节假日", "假日名称", "holiday"),
}
CALENDAR_NEEDS = ("date", "kind")
DAYS: dict[str, Literal["holiday", "worked"]] = {
    **dict.fromkeys(("holiday", "放假", "休", "休息", "节假日", "假日", "off"), "holiday"),
    **dict.fromkeys(("worked", "调休", "上班", "班", "补班", "调休上班", "工作"), "worked"),
}
