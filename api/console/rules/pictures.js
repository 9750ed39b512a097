// Stretches of history that are worth a look: missed, false and found ones, with limits and events.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { number, say } from "../shell/language.js";
import { plot } from "../shell/plot.js";
import { duration, fullTime } from "../shell/time.js";
import { quietly } from "../cases/quiet.js";
import { KINDS, word } from "./words.js";

const AT_ONCE = 6; // drawn before somebody asks for more

export function pictures(drawn, report, state, again) {
  const kinds = [...new Set(drawn.map(({ kind }) => kind))];
  const chosen = drawn.filter(({ kind }) => !state.kind || kind === state.kind);
  const shown = chosen.slice(0, state.many ?? AT_ONCE);
  const choose = (kind) => {
    Object.assign(state, { kind, many: AT_ONCE });
    again();
  };
  const count = drawn.filter(({ kind }) => ["event", "false", "found"].includes(kind)).length;
  return html`<section class="panel pictures" aria-labelledby="pictures"><h2 id="pictures">${say("曲线", "Curves")}</h2>
    ${drawn.length ? html`<div class="kinds" role="group" aria-label=${say("种类", "Kind")}>${["", ...kinds].map((kind) => html`<button type="button" aria-pressed=${String(kind === (state.kind ?? ""))} @click=${() => choose(kind)}>${kind ? word(KINDS, kind) : say("全部", "all")} (${kind ? drawn.filter((one) => one.kind === kind).length : drawn.length})</button> `)}</div>` : html`<p class="quiet">${say("没有事件。", "Nothing was raised.")}</p>`}
    ${count < report.events ? html`<p class="quiet">${say(`${number(report.events, 0)} 个事件中画出 ${count} 个，首尾均匀选取；全部见事件 CSV。`, `${count} of ${number(report.events, 0)} events are drawn, first to last evenly; all are in the CSV.`)}</p>` : nothing}
    ${shown.map(picture)}
    ${shown.length < chosen.length ? html`<p class="more"><button type="button" @click=${() => ((state.many = (state.many ?? AT_ONCE) + AT_ONCE), again())}>${say("显示更多", "Show more")}</button></p>` : nothing}
  </section>`;
}

function picture(one) {
  const [event] = one.events;
  const missed = one.kind === "missed" ? one.labels[0] : null;
  const title = missed ? `${missed.kind || "?"} · ${missed.place || "*"}` : event ? `${say(event.title.zh, event.title.en)} · ${event.subject}` : one.labels.map((label) => `${label.kind} ${label.place}`).join(", ");
  const said = missed ? say(`${fullTime(missed.start)} – ${fullTime(missed.end)}：没有为它触发`, `${fullTime(missed.start)} – ${fullTime(missed.end)}: nothing was raised for it`) : event ? say(inChinese(event), event.explanation) : "";
  const spans = [
    ...one.labels.map((label) => ({ from: label.start, to: label.end, label: { zh: "属实案件", en: "real case" }, ink: "--green" })),
    ...one.events.map((each) => ({ from: each.opened, to: each.cleared, label: { zh: "触发", en: "raised" }, ink: each.case ? "--red" : "--unwell" })),
  ];
  const series = one.series.filter(({ value }) => value.some((each) => each !== null));
  return html`<figure class="picture" data-kind=${one.kind}>
    <figcaption><span class="tag">${word(KINDS, one.kind)}</span> <b>${title}</b> <span class="quiet">${said}</span></figcaption>
    ${series.length ? series.map((each, n) => curve(each, one, spans, n)) : html`<p class="quiet">${say("这里没有可用读数。", "There are no usable readings here.")}</p>`}
  </figure>`;
}

// The server explains in English; what is in the figures says it too.
function inChinese({ began, opened, cleared, peak, quiet_if: quiet }) {
  const after = opened > began ? `异常持续 ${duration((opened - began) / 1000)} 后触发` : "立即触发";
  const until = cleared ? `，${fullTime(cleared)} 结束` : "，至末仍未结束";
  const still = quiet.length ? `；如下情形不会触发：${quiet.map(quietly).join("；")}` : "";
  return `${fullTime(began)} 起异常，${after}${until}；峰值为限值 ${number(peak)} 倍${still}。`;
}

function curve(series, one, spans, n) {
  const label = { zh: `${series.channel} ${series.quantity.zh}`, en: `${series.channel} ${series.quantity.en}` };
  return html`<p class="quiet">${series.channel} · ${say(series.quantity.zh, series.quantity.en)}</p>${plot({
    label, unit: series.unit, height: n ? 110 : 170, range: [one.start, one.end], spans,
    series: [{ name: label, times: series.time, values: series.value, ink: `--curve-${n + 1}` }],
    limits: series.limits.map(([name, value]) => ({ label: { zh: name === "low" ? "下限" : "限值", en: name === "low" ? "low limit" : "limit" }, value })),
  })}`;
}
