// Words of the field that only this section needs: flags, states, formats, grounds of a guess.

import { say } from "../shell/language.js";
import { duration } from "../shell/time.js";

export const KINDS = ["flood", "water", "gas", "power", "noise", "cover", "river", "weather"];

export function kindName(kind) {
  return (
    {
      flood: say("内涝", "flood"),
      water: say("供水", "water"),
      gas: say("燃气", "gas"),
      power: say("供电", "power"),
      noise: say("噪声", "noise"),
      cover: say("井盖", "manhole cover"),
      river: say("河道", "river"),
      weather: say("气象", "weather"),
    }[kind] ??
    kind ??
    "–"
  );
}

// What stands against a device, by the rules that spoke: the worst first.
export function stateOf(standing) {
  if (!standing.length) return "normal";
  if (standing.some((rule) => !rule.startsWith("health."))) return "alarming";
  return standing.some((rule) => rule.startsWith("health.silent")) ? "silent" : "unwell";
}

const FLAGS = [
  [1, "超出量程", "out of range", "值在合同量程之外", "beyond the range that was agreed"],
  [2, "变化过快", "changed too fast", "变化快于合同允许", "faster than the contract allows"],
  [4, "不是数值", "not a number", "设备发来的不是数", "what the device sent is none"],
  [8, "时间超前", "in the future", "设备时间晚于接收时间", "the device's clock is ahead of ours"],
  [16, "时钟未设", "clock never set", "设备时间早于 2000 年", "a time before the year 2000"],
  [32, "时钟有误", "wrong clock", "已知设备时钟不准", "the device's clock is known to be wrong"],
  [64, "无设备时间", "no device time", "以接收时间代替", "the time of receipt stands in"],
  [128, "迟到", "late", "晚于更新的读数到达", "came after a later reading"],
  [256, "单位不符", "wrong unit", "声明的单位与量不符", "the declared unit does not fit"],
  [512, "校准中", "calibration", "维护或校准窗口内", "within maintenance or calibration"],
  [1024, "导入", "imported", "由文件导入", "came by file"],
];

// The flags of a reading in words: [{name, why}].
export function flagsOf(quality) {
  return FLAGS.filter(([bit]) => quality & bit).map(([, zh, en, whyZh, whyEn]) => ({ name: say(zh, en), why: say(whyZh, whyEn) }));
}

export function flagNames(quality) {
  return quality === null ? say("原因见更细的时间段", "zoom in to see why") : flagsOf(quality).map(({ name }) => name).join(say("、", ", "));
}

// Of what the curve is made.
export function madeOf(source, width) {
  if (!width) return say("原始读数", "raw readings");
  const each = duration(width);
  const from = { raw: say("原始读数", "raw readings"), minute: say("分钟汇总", "minutes"), hour: say("小时汇总", "hours") }[source];
  return say(`每 ${each} 一点：最低、平均、最高（${from}）`, `a point each ${each}: lowest, mean, highest (from ${from})`);
}

export function limitName(name) {
  return (
    {
      high: say("上限", "high"),
      low: say("下限", "low"),
      night_high: say("夜间上限", "high at night"),
      night_low: say("夜间下限", "low at night"),
      day: say("昼间限值", "by day"),
      night: say("夜间限值", "at night"),
      limit: say("限值", "limit"),
    }[name] ?? name
  );
}

export function severityName(severity) {
  return { red: say("红", "red"), orange: say("橙", "orange"), yellow: say("黄", "yellow"), blue: say("蓝", "blue") }[severity] ?? severity;
}

export function standingName(standing) {
  return (
    {
      standing: say("持续中", "standing"),
      over: say("已结束", "over"),
      explained: say("另有原因", "explained"),
      withdrawn: say("已撤回", "withdrawn"),
    }[standing] ?? standing
  );
}

export function windowName(reason) {
  return (
    {
      maintenance: say("维护", "maintenance"),
      planned_work: say("计划施工", "planned work"),
      calibration: say("校准", "calibration"),
      shelved: say("搁置", "shelved"),
    }[reason] ?? reason
  );
}

// Why a quantity is proposed for a field of an unknown device.
export function groundsText({ grounds, word, is_declared: declared, unit, others, quantity }, nameOf) {
  const also = others.length ? say(`；该单位也适合：${others.map(nameOf).join("、")}`, `; the unit fits ${others.map(nameOf).join(", ")} too`) : "";
  const by = {
    name: say(`字段名“${word}”即此量`, `the field is called “${word}”`),
    "part-of-name": say(`字段名中有“${word}”`, `“${word}” is part of the field's name`),
    unit: say(`只有此量用单位 ${word}`, `nothing else is measured in ${word}`),
    text: say("发来的是文字，不是数", "it sends words, no numbers"),
    none: say(`“${word}”说明不了是什么量，请选择`, `“${word}” does not tell what it is: please choose`),
  }[grounds];
  const of = !quantity || unit === "1" ? "" : declared ? say(`；单位 ${unit} 由报文声明`, `; its payloads declare ${unit}`) : say(`；报文未声明单位，${unit} 是惯用单位，请核对`, `; no unit is declared, ${unit} is the usual one: check it`);
  return by + of + also;
}
