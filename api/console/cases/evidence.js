// What a case rests on, as frozen: the curve with limit and baseline, what fired, the quality of the
// data, and what would have kept it quiet.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { both, number, otherLanguage, say, t } from "../shell/language.js";
import { plot } from "../shell/plot.js";
import { nameOf, shownSpan, shownUnit, shownValue, withUnit } from "../shell/quantities.js";
import { link } from "../shell/route.js";
import { clockTime, duration, fullTime, isoDuration, now } from "../shell/time.js";
import { expectedName, quietly } from "./quiet.js";
import { QUALITY, SEVERITIES, STANDINGS, word } from "./words.js";

const CURVES = 4; // of one event, and of a case before "show all"
const HOUR = 3600000;
// Quantities that are one thing or another, with nothing in between.
const STEPS = new Set(["last_gasp", "water_contact", "status"]);

export function holds(event) {
  return event.standing === "standing" || event.standing === "over";
}

// The curves worth showing: a channel once, those of events that still hold before those withdrawn,
// and of those the one that went on longest: its limit and its peak are those of the whole.
export function curvesOf(evidence, events) {
  const byId = new Map(events.map((event) => [event.id, event]));
  const valid = ({ event_id: id }) => byId.has(id) && holds(byId.get(id));
  const end = ({ event_id: id }) => Date.parse(byId.get(id)?.ended ?? "9999-01-01");
  const sorted = [...evidence].sort((a, b) => valid(b) - valid(a) || end(b) - end(a));
  const found = new Map();
  for (const { event_id: id, body } of sorted) {
    for (const curve of body.curves) {
      if (curve.time.length && !found.has(curve.channel)) found.set(curve.channel, { curve, body, event: byId.get(id) });
    }
  }
  return [...found.values()];
}

// later: {channel: readings since it was frozen}; open: how many curves are shown; more(): all.
export function evidenceOf({ evidence, events }, later, all, more) {
  if (!events.length) return nothing;
  const curves = curvesOf(evidence, events);
  const shown = all ? curves : curves.slice(0, CURVES);
  const rest = evidence.reduce((sum, { body }) => sum + body.further_channels.length, 0);
  return html`<section class="panel evidence" aria-labelledby="evidence">
    <h2 id="evidence">${say("证据", "Evidence")} <small class="quiet">${say("立案时固定", "frozen as the case began")}</small></h2>
    ${shown.length ? shown.map((each) => figure(each, later[each.curve.channel] ?? [])) : html`<p class="quiet">${say("此案件没有曲线证据。", "This case has no curve.")}</p>`}
    ${curves.length > shown.length ? html`<p class="more"><button type="button" @click=${more}>${say(`显示全部 ${curves.length} 条曲线`, `Show all ${curves.length} curves`)}</button></p>` : nothing}
    ${rest ? html`<p class="quiet">${say(`另有 ${rest} 个通道参与，未固定曲线`, `${rest} more channels spoke; their curves were not frozen`)}</p>` : nothing}
    ${reasons(events)}
  </section>`;
}

function figure({ curve, body, event }, later) {
  const quantity = curve.quantity;
  const unit = shownUnit(quantity);
  const points = curve.time.map((time, n) => [Date.parse(time), shownValue(quantity, curve.value[n])]);
  const last = points.at(-1)[0];
  const since = later.map((each) => [Date.parse(each.time), shownValue(quantity, each.value)]).filter(([time]) => time > last);
  // The event as it is known now: its peak may have come after the evidence was frozen.
  const members = [...(event?.why.members ?? []), ...(body.why.members ?? [])];
  const member = members.find((each) => each.channel === curve.channel);
  const began = Date.parse(member?.began ?? body.event.began);
  const ended = event?.ended ? Date.parse(event.ended) : null;
  const all = [...points, ...since];
  const [from, to] = [all[0][0], Math.max(all.at(-1)[0], silent(member) ? Math.min(ended ?? now(), began + 2 * (last - points[0][0]) + HOUR) : 0)];
  const series = [{ name: { zh: "固定的证据", en: "frozen" }, points, steps: STEPS.has(quantity) }];
  if (since.length) series.push({ name: { zh: "其后读数", en: "since then" }, points: [[last, points.at(-1)[1]], ...since], faint: true, ink: "--quiet", steps: STEPS.has(quantity) });
  const base = baseline(member, quantity, from, to);
  if (base) series.push(base);
  return html`<figure class="curve" data-channel=${curve.channel}>
    <figcaption><b><a href=${link("sensors", [curve.channel])}>${curve.channel}</a></b> <span>${nameOf(quantity)}${peak(member, quantity, unit)}</span></figcaption>
    ${plot({
      label: { zh: `${curve.channel} ${nameOf(quantity)}`, en: `${curve.channel} ${nameOf(quantity)}` },
      unit, series, limits: limitsOf(member, quantity), height: 210, range: [from, to],
      spans: [{ from: began, to: ended, label: { zh: "异常时段", en: "abnormal" }, ink: `--${body.event.severity}` }],
    })}
    ${quality(curve)}
  </figure>`;
}

const silent = (member) => member !== undefined && "silent_for_s" in member.expected;

function peak(member, quantity, unit) {
  if (!member) return "";
  if (silent(member)) return ` · ${say("已失联", "silent for")} ${duration(member.expected.silent_for_s)}`;
  if (member.peak_value === null || STEPS.has(quantity)) return "";
  const { low, fall, clock_behind_by_s: behind } = member.expected;
  if (behind !== undefined) return ` · ${say("时钟滞后", "clock behind by")} ${duration(behind)}`;
  const lowest = fall !== undefined || member.peak_value <= low;
  return ` · ${lowest ? say("最低", "lowest") : say("峰值", "peak")} ${number(shownValue(quantity, member.peak_value))} ${unit}`.trimEnd();
}

// Limits end in high, low or limit; what a detector took for usual is a line too, named as it is.
export function limitsOf(member, quantity) {
  return Object.entries(member?.expected ?? {})
    .filter(([name]) => /(high|low|limit)$|^usual_|^stood_still_at$/.test(name))
    .map(([name, value]) => {
      const limit = /(^|_)(high|low|limit)$/.test(name);
      const words = expectedName(name.replaceAll("_", " "));
      return { label: limit ? { zh: "限值", en: "limit" } : { zh: words, en: words }, value: shownValue(quantity, value), ink: limit ? "--red" : "--curve-3" };
    });
}

// What the rule expected: the level, with the spread about it as a band.
function baseline(member, quantity, from, to) {
  const { level, spread } = member?.expected ?? {};
  if (level === undefined) return null;
  const at = shownValue(quantity, level);
  const one = { name: { zh: "基线", en: "baseline" }, times: [from, to], values: [at, at], dashed: true, ink: "--curve-3" };
  const wide = shownSpan(quantity, spread ?? 0);
  return spread === undefined ? one : { ...one, low: [at - wide, at - wide], high: [at + wide, at + wide] };
}

function quality(curve) {
  const { unusable, flags, longest_gap_seconds: gap } = curve.data_quality;
  const said = [
    say(`${curve.readings} 条读数`, `${curve.readings} readings`),
    unusable ? say(`${unusable} 条不可用`, `${unusable} unusable`) : say("全部可用", "all usable"),
    ...Object.entries(flags).map(([name, count]) => `${word(QUALITY, name)} ${count}`),
    gap !== null && say(`最长间隔 ${duration(gap)}`, `longest gap ${duration(gap)}`),
    curve.thinned && say("曲线已抽稀，保留每段高低点", "thinned, lowest and highest of each stretch kept"),
  ];
  return html`<p class="quality quiet"><b>${say("数据质量", "Data quality")}</b> ${said.filter(Boolean).join(" · ")}</p>`;
}

// Events of one rule have one explanation: it is told once, and first where it still holds.
function reasons(events) {
  const told = new Map([...events.filter(holds), ...events].reverse().map((event) => [event.rule, event]));
  return [...told.values()].sort((a, b) => holds(b) - holds(a)).map((event) => {
    const { why } = event;
    const many = events.filter(({ rule }) => rule === event.rule).length;
    return html`<div class="why">
      <h3>${why.title ? twoNames(why.title) : event.rule} <span class="tag ${event.severity}">${word(SEVERITIES, event.severity)}</span></h3>
      ${why.because ? html`<p>${t(why.because)}</p>` : nothing}
      <dl class="fired">
        ${fired(why).map((text) => html`<div><dt>${say("触发", "What fired")}</dt><dd>${text}</dd></div>`)}
        ${(why.members ?? []).slice(0, CURVES).map((member) => html`<div><dt>${member.channel}</dt><dd>${memberSaid(member)}</dd></div>`)}
        ${why.explained_by ? html`<div><dt>${say("已有解释", "Explained by")}</dt><dd>${why.explained_by.rule} · ${why.explained_by.subject}</dd></div>` : nothing}
        <div><dt>${say("规则", "Rule")}</dt><dd><a href=${link("rules", [event.rule])}>${event.rule}</a> <small class="quiet">${say("版本", "version")} <code>${event.version}</code></small></dd></div>
        <div><dt>${say("事件", "Event")}</dt><dd><a href=${link("sensors", ["events", event.id])}>${word(STANDINGS, event.standing)}</a> · ${say("始于", "began")} ${fullTime(event.began)}${event.ended ? ` · ${say("止于", "ended")} ${clockTime(event.ended)}` : ""}${many > 1 ? say(` · 共 ${many} 个`, ` · ${many} of them`) : ""}</dd></div>
      </dl>
      ${items({ zh: "何种情况下不会报警", en: "What would have kept it quiet" }, (why.quiet_if ?? []).map(quietly))}
      ${items({ zh: "常见误报", en: "Known false alarms" }, why.false_alarms)}
      ${items({ zh: "处置建议", en: "What to do" }, why.steps, true)}
    </div>`;
  });
}

function twoNames({ zh, en }) {
  const [first, second] = both(zh, en);
  return html`${first}${second ? html` · <span lang=${otherLanguage()}>${second}</span>` : nothing}`;
}

function fired(why) {
  const needs = (why.fired?.needs ?? []).map(({ signal, stood, of, least }) =>
    say(`${signal}：${of} 个通道中 ${stood} 个成立，需 ${least} 个`, `${signal}: ${stood} of ${of} channels stood, ${least} needed`));
  return why.fired?.within ? [...needs, say(`起始时间相差在 ${isoDuration(why.fired.within)}内`, `their beginnings within ${isoDuration(why.fired.within)}`)] : needs;
}

function memberSaid(member) {
  const expected = Object.entries(member.expected ?? {}).filter(([name]) => name !== "score").map(([name, value]) => {
    const [, plain, timed] = /^(.+?)(_s|_h)?$/.exec(name); // a time, whatever the channel measures
    const said = name === "days_learnt" ? number(value) : timed ? duration(timed === "_h" ? value * 3600 : value) : withUnit(member.quantity, value);
    return `${expectedName(plain.replaceAll("_", " "))} ${said}`;
  });
  const worst = silent(member) || member.peak_value === null ? "" : `${withUnit(member.quantity, member.peak_value)} · `;
  return `${worst}${say(`为限值的 ${number(member.peak)} 倍`, `${number(member.peak)} × its limit`)}${expected.length ? ` · ${say("预期", "expected")} ${expected.join(", ")}` : ""}`;
}

function items(title, entries, ordered = false) {
  if (!entries?.length) return nothing;
  const lines = entries.map((text) => html`<li>${t(text)}</li>`);
  return html`<h4>${t(title)}</h4>${ordered ? html`<ol>${lines}</ol>` : html`<ul>${lines}</ul>`}`;
}
