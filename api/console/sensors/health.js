// How a device does, in tables: what it owed and sent, its contract, who watches it, its ledger.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { number, say } from "../shell/language.js";
import { list } from "../shell/list.js";
import { nameOf, withUnit } from "../shell/quantities.js";
import { link } from "../shell/route.js";
import { ago, clockTime, duration, fullTime, isoDuration, now } from "../shell/time.js";
import { limitName, severityName, windowName } from "./words.js";

const AHEAD = 2; // [s] that a clock may be ahead before we say so

export function health(found, about) {
  const { clock, vitals, channels } = found;
  const fact = (title, value, small = nothing) => html`<div><dt>${title}</dt><dd>${value}${small === nothing ? nothing : html`<small>${small}</small>`}</dd></div>`;
  return html`<dl class="facts">
      ${fact(say("最近上报", "Last heard"), about.last_received ? html`<span title=${fullTime(about.last_received)}>${ago(about.last_received)}</span>` : say("从未", "never"))}
      ${fact(say("设备时钟", "Its clock"), clockText(clock), clock.bad_clock ? say(`${clock.bad_clock} 个读数的时间不可能`, `${clock.bad_clock} readings with a time that cannot be`) : nothing)}
      ${vitals.map(({ quantity, value, time }) => fact(nameOf(quantity), withUnit(quantity, value), ago(time)))}
    </dl>
    <div class="wide" tabindex="0" role="region" aria-label=${say("应收与实收", "Owed and received")}><table class="owed">
      <thead><tr><th scope="col">${say("通道（24 小时）", "Channel (24 h)")}</th><th scope="col">${say("间隔", "Interval")}</th><th scope="col" class="n">${say("应收", "Owed")}</th><th scope="col" class="n">${say("实收", "Came")}</th><th scope="col" class="n">${say("缺失", "Missing")}</th><th scope="col">${say("最后测量", "Last measured")}</th></tr></thead>
      <tbody>${channels.map((each) => html`<tr><td>${nameOf(each.quantity)} <small>${each.name}</small></td><td>${isoDuration(each.interval)}</td><td class="n">${each.owed === null ? "–" : number(each.owed, 0)}</td><td class="n">${number(each.readings, 0)}</td><td class="n ${each.missing > each.owed * 0.05 ? "much" : ""}">${number(each.missing, 0)}${each.owed ? html` <small>${number((100 * each.missing) / each.owed, 1)}%</small>` : nothing}</td><td>${each.last_time ? html`<span title=${fullTime(each.last_time)}>${ago(each.last_time)}</span>` : "–"}</td></tr>`)}</tbody>
    </table></div>`;
}

function clockText({ delay, readings }) {
  if (!readings || delay === null) return say("三天内无读数", "no readings in three days");
  if (delay < -AHEAD) return say(`快 ${duration(delay)}`, `${duration(delay)} ahead`);
  return say(`读数 ${duration(delay)} 后到达`, `readings take ${duration(delay)}`);
}

export function contract(details) {
  if (!details.length) return html`<p class="quiet">–</p>`;
  const range = ({ quantity, contract: { lowest, highest } }) => (lowest === null && highest === null ? say("不限", "any") : `${lowest === null ? "–∞" : withUnit(quantity, lowest)} … ${highest === null ? "∞" : withUnit(quantity, highest)}`);
  const more = ({ attributes, states }) => [...Object.entries(attributes).map(([name, value]) => `${name} ${number(value)}`), ...Object.entries(states).map(([text, value]) => `${text}=${value}`)].join(" · ");
  return html`<div class="wide" tabindex="0" role="region" aria-label=${say("合同", "Contract")}><table>
    <thead><tr><th scope="col">${say("字段", "Field")}</th><th scope="col">${say("量", "Quantity")}</th><th scope="col">${say("报文单位", "Unit sent")}</th><th scope="col">${say("量程", "Range")}</th><th scope="col">${say("最大变化率", "Largest rate")}</th><th scope="col">${say("间隔", "Interval")}</th><th scope="col">${say("其他", "More")}</th></tr></thead>
    <tbody>${details.map((each) => html`<tr><td>${each.name}</td><td>${nameOf(each.quantity)}</td><td>${each.contract.wire_unit}</td><td>${range(each)}</td><td>${each.contract.largest_rate === null ? say("不限", "any") : `${number(each.contract.largest_rate)} ${each.unit}/s`}</td><td>${isoDuration(each.contract.interval)}</td><td>${more(each.contract) || "–"}</td></tr>`)}</tbody>
  </table></div>`;
}

export function rules({ rules: found }, channels) {
  if (!found.length) return html`<p class="quiet">${say("没有生效的规则监视它。", "No rule in force watches it.")}</p>`;
  const quantity = (channel) => channels.find(({ id }) => id === channel)?.quantity;
  const by = new Map();
  for (const each of found) by.set(each.rule, [...(by.get(each.rule) ?? []), each]);
  return html`<ul class="rules">${[...by].map(([rule, same]) => html`<li><span class="tag ${same[0].severity}">${severityName(same[0].severity)}</span> <a href=${link("rules", [rule])}>${say(same[0].title.zh, same[0].title.en)}</a>
    <small>${[...new Set(same.map(({ channel }) => nameOf(quantity(channel))))].join(say("、", ", "))}${same.flatMap(({ limits, channel }) => limits.map(({ name, value }) => ` · ${limitName(name)} ${withUnit(quantity(channel), value)}`))}</small></li>`)}</ul>`;
}

export function windows({ windows: found }) {
  if (!found.length) return html`<p class="quiet">${say("没有。", "None.")}</p>`;
  const when = ({ began, until }) => (Date.parse(began) > now() ? say("将要", "to come") : Date.parse(until) > now() ? say("进行中", "now") : say("已结束", "over"));
  return html`<ul class="events">${found.map((each) => html`<li><span class="tag">${windowName(each.reason)}</span> ${each.why} <small>${when(each)} · ${clockTime(each.began)} – ${clockTime(each.until)} · ${each.actor}</small></li>`)}</ul>`;
}

export function ledger(days) {
  const n = (name, zh, en) => ({ name, title: { zh, en }, number: true, cell: (row) => (row[name] === null ? "–" : number(row[name], 0)) });
  return list({
    name: { zh: "收发台账", en: "Ledger" },
    rows: days,
    key: ({ day }) => day,
    columns: [
      { name: "day", title: { zh: "日", en: "Day" } },
      n("received", "收到", "Received"),
      n("stored", "入库", "Stored"),
      n("duplicate", "重复", "Duplicate"),
      n("rejected", "拒收", "Rejected"),
      n("quarantined", "待接入", "Quarantined"),
      n("late", "迟到", "Late"),
      n("flagged", "不可用", "Not usable"),
      n("missing", "缺失", "Missing"),
      { name: "last_received", title: { zh: "当日最后接收", en: "Last of the day" }, cell: ({ last_received: at }) => (at ? fullTime(at) : "–") },
    ],
    tools: html`<h2>${say("收发台账（14 天）", "Ledger (14 days)")}</h2>`,
    nothing: { zh: "这些天没有收到任何东西。", en: "Nothing came in these days." },
    order: { column: "day", down: true },
  });
}

