// Asking for a backtest of a text: of which time, of which place, scored on what; and following it.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { get, post, remove } from "../shell/answers.js";
import { ask as dialog } from "../shell/dialog.js";
import { number, say } from "../shell/language.js";
import { may } from "../shell/person.js";
import { progress } from "../shell/progress.js";
import { link } from "../shell/route.js";
import { inWords } from "../shell/sentences.js";
import { asInput, clockTime, fromInput, now } from "../shell/time.js";
import { BACKTEST_STATES, word } from "./words.js";

const DAY = 86400000;
const LOOK = 700; // [ms] between two looks at one that is not done
const SPANS = [1, 7, 30, 90];
export const isAhead = ({ state }) => state === "waiting" || state === "running";

export function cancel(id) {
  return remove(`backtests/${id}`).catch((why) => {
    if (why.status !== 409) throw why; // it ended meanwhile: the next look says how
  });
}

// What is asked for, in a dialog -> the backtest, or null.
export function askFor(pack) {
  const until = now();
  const span = SPANS[2];
  const set = (days) => (event) => {
    const form = event.target.closest("form");
    form.elements.since.value = asInput(now() - days * DAY);
    form.elements.until.value = asInput(now());
  };
  return dialog({
    title: { zh: "回测", en: "Backtest" },
    note: html`${say("用库中读数判断这段文字，并与生效版本对比；在后台低优先级运行，不影响实时判断。", "Stored readings are judged by this text and by what is in force; it runs in the background at low priority.")}
      <span class="spans" role="group" aria-label=${say("时段", "Period")}>${SPANS.map((days) => html`<button type="button" @click=${set(days)}>${say(`近 ${days} 天`, `last ${days} d`)}</button> `)}</span>`,
    submit: { zh: "开始回测", en: "Start" },
    fields: [
      { name: "since", kind: "time", required: true, label: { zh: "自", en: "From" }, value: asInput(until - span * DAY) },
      { name: "until", kind: "time", required: true, label: { zh: "至", en: "Until" }, value: asInput(until) },
      { name: "zone", label: { zh: "片区、部件或其他标签", en: "Zone, component or another tag" }, hint: { zh: "不填：规则涉及的全部通道", en: "Left out: all channels at which the rule looks" } },
      { name: "labels", kind: "select", required: true, value: "closed-cases", label: { zh: "评分依据", en: "Scored on" },
        options: [["closed-cases", { zh: "已结案件的结论", en: "What people found closed cases to be" }], ["none", { zh: "不评分", en: "Nothing" }]] },
    ],
    send: ({ since, until: end, zone, labels }, key) =>
      post("backtests", { pack, since: fromInput(since), until: fromInput(end), labels, ...(zone ? { zone } : {}) }, { key }),
  });
}

// The backtests of a rule, on its editor: the newest, those that run with progress and "cancel".
export function backtesting(rule, page, pack) {
  const seen = { items: [], mine: new Set(), error: null };
  let timer = null;
  let over = false;

  async function load() {
    clearTimeout(timer);
    try {
      const { items } = await get("backtests", { rule: rule ?? undefined, limit: 5 });
      Object.assign(seen, { items: rule ? items : items.filter(({ id }) => seen.mine.has(id)), error: null });
    } catch (why) {
      if (why.name !== "Error") throw why;
      seen.error = why;
    }
    if (over) return;
    if (seen.items.some(isAhead)) timer = setTimeout(load, LOOK);
    page.draw();
  }

  const stop = (id) => async () => {
    await cancel(id);
    await load();
  };

  return {
    load,
    async ask() {
      const begun = await askFor(pack());
      if (!begun) return;
      seen.mine.add(begun.id);
      await load();
    },
    close() {
      over = true;
      clearTimeout(timer);
    },
    draw() {
      if (seen.error) return html`<p class="refused" role="alert">${seen.error.message}</p>`;
      if (!seen.items.length) return nothing;
      return html`<h2>${say("回测", "Backtests")}</h2><ul class="backtests">${seen.items.map((each) => html`<li data-backtest=${each.id} data-state=${each.state}>${row(each, may("rules.try") ? stop(each.id) : null)}</li>`)}</ul>`;
    },
  };
}

export function row(each, stop) {
  const span = `${clockTime(each.since)} – ${clockTime(each.until)}`;
  if (isAhead(each)) {
    const waits = each.state === "waiting" && each.ahead ? say(`排队，前有 ${each.ahead} 个`, `waits for ${each.ahead}`) : word(BACKTEST_STATES, each.state);
    return html`${progress({ done: Math.round(each.progress * 100), total: each.state === "running" ? 100 : null, label: `${waits} · ${span}`, cancel: stop })}
      <p class="quiet">${say(`已判断 ${number(each.readings, 0)} 条读数`, `${number(each.readings, 0)} readings judged`)}</p>`;
  }
  const said = html`${word(BACKTEST_STATES, each.state)} · ${span}${each.zone ? ` · ${each.zone}` : ""}`;
  return html`<p>${each.state === "done" ? html`<a href=${link("rules", ["backtests", each.id])}>${say("查看结果", "See the result")}</a> · ${said}` : said} <span class="quiet">${each.actor} ${clockTime(each.asked)}</span></p>
    ${each.trouble ? html`<p class="refused">${inWords(each.trouble)}</p>` : nothing}`;
}
