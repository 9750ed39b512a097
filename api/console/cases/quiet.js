// What would have kept an event quiet, and what a detector took for normal: the server says it in
// English (rules/quiet.py); here it is in the reader's language.

import { language } from "../shell/language.js";
import { nameOf } from "../shell/quantities.js";
import { QUALITY, word } from "./words.js";

const UNITS = { d: "天", h: "小时", min: "分", s: "秒" };
const PLACES = { device: "设备", zone: "分区", pipe: "管线", component: "部件", station: "站", transformer: "台区", gateway: "网关", cell: "网格" };
const named = (quantity) => nameOf(quantity.replaceAll(" ", "_"));
const lasting = (text) => text.replace(/(\d) (d|h|min|s)\b/g, (_, digit, unit) => `${digit} ${UNITS[unit]}`);
const flags = (text) => text.split(", ").map((name) => word(QUALITY, name)).join("、");

// What is said of one condition, and how it is said in Chinese; the first that fits counts.
const CLAUSES = [
  [/^(\S+) heard again within (.+)$/, (channel, time) => `${channel} 在 ${lasting(time)}内恢复上报`],
  [/^abnormal for less than (.+)$/, (time) => `异常持续不足 ${lasting(time)}`],
  [/^fewer than (\d+) abnormal readings in a row$/, (count) => `连续异常读数少于 ${count} 条`],
  [/^fewer than (\d+) channels at once$/, (count) => `同时异常的通道少于 ${count} 个`],
  [/^(\S+) in step with the others of its (\S+)$/, (channel, place) => `${channel} 与同一${PLACES[place] ?? place}的其他通道步调一致`],
  [/^a clock that is not (.+) behind$/, (time) => `时钟没有滞后 ${lasting(time)}`],
  [/^less than (.+) above that$/, (amount) => `超出不足 ${amount}`],
  [/^a step of about (.+) as usual$/, (amount) => `落差如常，约 ${amount}`],
  [/^a step under (.+)$/, (amount) => `落差小于 ${amount}`],
  [/^(.+) at night as usual, (.+)$/, (quantity, amount) => `夜间${named(quantity)}如常（${amount}）`],
  [/^(.+) as before, about (.+)$/, (quantity, amount) => `${named(quantity)}如前，约 ${amount}`],
  [/^(.+) as usual at this hour$/, (quantity) => `${named(quantity)}与此时段平常一致`],
  [/^(.+) changing more slowly$/, (quantity) => `${named(quantity)}变化更慢`],
  [/^(.+) standing still once$/, (quantity) => `${named(quantity)}停走一次`],
  [/^(.+) nearer to its rest$/, (quantity) => `${named(quantity)}接近静止值`],
  // As events of old say it.
  [/^(.+) days learnt .+$/, (quantity) => `${named(quantity)}与此时段平常一致`],
  [/^(.+) nominal (.+)$/, (quantity, amount) => `标称${named(quantity)} ${amount}`],
  [/^no (.+) reported$/, (quantity) => `没有出现${named(quantity)}`],
  [/^(.+) moving on from (.+)$/, (quantity, amount) => `${named(quantity)}不再停在 ${amount}`],
  [/^(.+) rising by less than (.+)$/, (quantity, amount) => `${named(quantity)}上升不足 ${amount}`],
  [/^(.+) falling by less than (.+)$/, (quantity, amount) => `${named(quantity)}下降不足 ${amount}`],
  [/^(.+) under the limit of (\S+)$/, (quantity, detector) => `${named(quantity)}未超过 ${detector} 的限值`],
  [/^(.+) under (.+)$/, (quantity, amount) => `${named(quantity)}低于 ${amount}`],
  [/^(.+) above (.+)$/, (quantity, amount) => `${named(quantity)}高于 ${amount}`],
];

const EXPECTED = {
  high: "上限", low: "下限", limit: "限值", rise: "升幅", fall: "降幅", level: "基线", spread: "离散", floor: "下限",
  nominal: "标称", rest: "静止位", offset: "偏移", temperature: "温度", needed: "所需", night: "夜间", day: "白天",
  "allowed excess": "允许超出", "usual night flow": "平常夜间流量", "usual step": "平常落差", "largest step": "最大落差",
  "stood still at": "停滞于", "silent for": "已失联", "clock behind by": "时钟滞后", "unit slip": "单位倍数",
  "reached in": "预计到达", "reached in least": "最快到达", "reached in most": "最慢到达", foretold: "预测值", "level off the flows": "按流量推算的水平", "days learnt": "已学习天数", "longest run by habit": "平时最长连续",
};

function clause(text) {
  for (const [said, words] of CLAUSES) {
    const found = said.exec(text);
    if (found) return words(...found.slice(1));
  }
  return text;
}

// A limit may hold by day or by night alone; what was said for one signal of several names it.
function part(text) {
  const [, plain, when] = /^(.+?)(?: by (day|night))?$/.exec(text);
  const said = clause(plain);
  return when ? `${when === "day" ? "白天" : "夜间"}${said}` : said;
}

export function quietly(text) {
  if (language() !== "zh") return text;
  const [, signal, rest] = /^(?:([\w-]+): )?(.+)$/s.exec(text) ?? [null, undefined, text];
  const begins = signal ? `${signal}：` : "";
  const flagged = /^(\S+) without the flags (.+)$/.exec(rest);
  if (flagged) return `${begins}${flagged[1]} 没有数据标记：${flags(flagged[2])}`;
  // A comma that is inside of what one condition says stands before an amount or "about".
  return begins + rest.split(/(?<!as usual|as before), /).map(part).join("，");
}

export function expectedName(name) {
  if (language() !== "zh") return name;
  const [, when, plain] = /^(day |night )?(.+)$/.exec(name);
  return `${when ? (when === "day " ? "白天" : "夜间") : ""}${EXPECTED[plain] ?? plain}`;
}
