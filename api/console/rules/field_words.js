// What fields and words of a pack mean, in Chinese; in English the schema says it itself.

import { language } from "../shell/language.js";

const ZH = {
  pack: "规则包名称。", rules: "规则列表。", id: "规则标识：小写字母、数字、点和连字符，如 flood.road.deep；定下后不改。",
  title: "规则名称，中英文。", en: "英文。", zh: "中文。", status: "状态：draft 草稿，shadow 试行（不立案），active 生效，retired 停用。",
  why: "为什么值得立案，写给接案的人看：{en: …, zh: …}，或一段文字（各语言同样显示）。", source: "限值的依据：标准及条款、论文，或自定；写法同 why。", signals: "对通道提出的问题，名称自定。",
  per: "事件以什么为对象：channel 通道，device 设备，component 部件，任一标签（zone、pipe…），或 city 全市。",
  needs: "每个信号须同时成立的通道数；未列出的信号为一个。", within: "各信号开始时间相差不得超过此时长；不写则不限。",
  stays_while: "事件成立后，只要这些信号还在，事件就继续。", rejoin: "在此时长内再次出现，视为同一事件未曾结束。",
  explained_by: "可以解释本事件的其他规则：有其事件时不立案。", severity: "按峰值得分定级，逐级升高，首级不高于 1.0。",
  event: "事件的类别与立案条件。", case: "何为一案，如 {one_per: component}；none：不立案。", false_alarms: "像而不是的情形，供人核对；每条写法同 why。", steps: "接案的人先做什么；每条写法同 why。",
  select: "看哪些通道；不写的条件不限。", quantity: "测量的量；只有一种时，限值按其单位读。", kind: "标签 kind：water 供水，gas 燃气，power 电力，flood 积水，noise 噪声，cover 井盖。",
  class: "所在部件的大小类代码，四位数字，如 \"0103\"。", zone: "标签 zone（片区）。", tags: "任意标签及其取值，如 {role: road}。", ids: "通道标识。", attributes: "通道必须具有的地点数值。",
  detect: "检测器及其参数：[{with: level, high: 15 cm}]。", with: "检测器名称。", combine: "几个检测器同时异常才算：any 任一，all 全部，或个数。",
  together: "把一处的多个通道并排来看，detect 中只用一个检测器。", silent: "通道没有读数时成立。", flags: "视为异常的质量标记，按接收时间判断。", policy: "持续多久才算，多久才止。",
  on_delay: "异常持续此时长后触发。", off_delay: "恢复正常此时长后结束。", deadband: "低于限值此比例才算恢复正常。", samples: "连续异常的读数个数。", longest_gap: "读数间隔超过此时长，持续时间重新计。",
  times: "通道上报间隔的倍数。", grace: "为读数传输再加的时长。", least: "至少几个通道。", share: "占所选通道的比例。",
  rule: "另一条规则的标识，如 weather.rain。", same: "双方须在同一范围：zone、gateway、device…，或 city。", before: "对方可以在本事件开始前此时长内已结束。", after: "对方可以在本事件开始后此时长内才开始。",
  at: "达到此峰值得分起为该级；1.0 即限值。", level: "级别：blue 蓝，yellow 黄，orange 橙，red 红。", code_list: "类别所属的代码表，如 GB/T 30428.2-2013。", code: "事件类别代码；component 表示按部件类别。",
  condition: "目录中该类别的立案条件，如 standing-water。", one_per: "同一范围内的发现为一案：channel、device、component、任一标签或 city。", near: "同类发现相距此距离内、24 小时内并为一案；0 m 为不并。",
  along: "沿这些标签（管线、馈线、排水管、网关）24 小时内的同种发现并为一案。", during: "在另一规则的同一事件（如暴雨）期间开始的同种发现并为一案。",
  high: "上限。", low: "下限。", base: "无水时的基准。", leap: "一次跳变超过此值不是水。", moves: "须有此幅度的变化。", memory: "记忆时长。", scale: "超限多少得 1 分以上。",
  night_high: "夜间上限。", night_low: "夜间下限。", night_begins: "夜间开始。", night_ends: "夜间结束。", rise: "上升量。", over: "在此时长内。", fall: "下降量。",
  "=draft": "草稿", "=shadow": "试行", "=active": "生效", "=retired": "停用", "=blue": "蓝", "=yellow": "黄", "=orange": "橙", "=red": "红", "=any": "任一", "=all": "全部", "=none": "不立案",
};

export function wordOf(name, english = "") {
  return (language() === "zh" && ZH[name]) || (english ?? "");
}
