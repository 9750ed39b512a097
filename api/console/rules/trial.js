// A trial beside what is in force: what both found, only the one, only the other. It is live.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { get, part } from "../shell/answers.js";
import { number, say } from "../shell/language.js";
import { list } from "../shell/list.js";
import { follow } from "../shell/live.js";
import { link, replace } from "../shell/route.js";
import { scopeName } from "../shell/sentences/names.js";
import { failed, loading } from "../shell/states.js";
import { clockTime, fullTime } from "../shell/time.js";
import { SEVERITIES, word } from "../cases/words.js";

const SIDES = {
  both: ["两者都有", "found by both"],
  old: ["仅生效版本", "only in force"],
  new: ["仅试行版本", "only on trial"],
};
const sideOf = (pair) => (pair.active_event && pair.trial_event ? "both" : pair.active_event ? "old" : "new");
const AGAIN = 3000; // [ms] between two looks, however many events come

export function trialOf({ state }, page) {
  const { rule } = state;
  const seen = { found: null, error: null };
  let [off, timer] = [null, null];

  async function load() {
    try {
      Object.assign(seen, { found: await get(`rules/${part(rule)}/comparison`), error: null });
    } catch (why) {
      if (why.name !== "Error") throw why;
      seen.error = why;
    }
    page.draw();
  }

  function later() {
    timer ??= setTimeout(() => {
      timer = null;
      load();
    }, AGAIN);
  }

  function sums({ events, cases }) {
    const row = (name, counts) => html`<tr><th scope="row">${name}</th><td class="n">${number(counts.both, 0)}</td><td class="n">${number(counts.only_in_force, 0)}</td><td class="n">${number(counts.only_on_trial, 0)}</td></tr>`;
    return html`<div class="wide" tabindex="0" role="group" aria-label=${say("合计", "Sums")}><table class="sums" aria-label=${say("合计", "Sums")}><thead><tr><td></td>${Object.values(SIDES).map(([zh, en]) => html`<th scope="col" class="n">${say(zh, en)}</th>`)}</tr></thead>
      <tbody>${row(say("事件", "Events"), events)}${row(say("案件", "Cases"), cases)}</tbody></table></div>`;
  }

  function stretch(pair, which) {
    const id = pair[`${which}_event`];
    if (!id) return html`<span class="quiet">–</span>`;
    const until = pair[`${which}_ended`] ? clockTime(pair[`${which}_ended`]) : say("现在", "now");
    const query = { event: id, ...(which === "trial" ? { trial: "1" } : {}) };
    return html`<a href=${link("rules", [rule, "found"], query)}>${clockTime(pair[`${which}_began`])} – ${until}</a> <span class="tag ${pair[`${which}_severity`]}">${word(SEVERITIES, pair[`${which}_severity`])}</span>`;
  }

  return {
    open() {
      if (!state.trial) return undefined;
      off ??= follow("event", later);
      return load();
    },
    close() {
      off?.();
      clearTimeout(timer);
    },
    draw() {
      if (!state.trial) return html`<p class="quiet">${say("没有试行版本。", "No version is on trial.")}</p>`;
      if (seen.error) return failed(seen.error, load);
      if (!seen.found) return loading();
      const wanted = page.route.query.get("side") ?? "";
      const choose = (side) => replace("rules", [rule, "trial"], { side });
      const { pairs, since, active, trial } = seen.found;
      return html`<section class="panel" aria-labelledby="trial-sums">
          <h2 id="trial-sums">${say("试行以来", "Since the trial began")} <small>${fullTime(since)}</small></h2>
          <p class="quiet"><code>${active?.slice(0, 8) ?? "–"}</code> ${say("生效", "in force")} · <code>${trial.slice(0, 8)}</code> ${say("试行", "on trial")} · <a href=${link("rules", [rule, "versions"], { before: active, after: trial })}>${say("文字差异", "How the texts differ")}</a></p>
          ${sums(seen.found)}
        </section>
        <div class="panel">${list({
          name: { zh: `${rule} 试行对比`, en: `trial of ${rule}` },
          rows: pairs.filter((pair) => !wanted || sideOf(pair) === wanted),
          key: (pair) => `${pair.active_event} ${pair.trial_event}`,
          columns: [
            { name: "subject", title: { zh: "对象", en: "Where" }, value: (pair) => `${scopeName(pair.scope)} ${pair.subject}`, cell: (pair) => html`${pair.subject}<small>${scopeName(pair.scope)}</small>` },
            { name: "side", title: { zh: "由谁发现", en: "Found" }, value: sideOf, cell: (pair) => html`<span data-side=${sideOf(pair)}>${say(...SIDES[sideOf(pair)])}</span>` },
            { name: "active_began", title: { zh: "生效版本", en: "In force" }, cell: (pair) => stretch(pair, "active") },
            { name: "trial_began", title: { zh: "试行版本", en: "On trial" }, cell: (pair) => stretch(pair, "trial") },
            { name: "case_number", title: { zh: "案件", en: "Case" }, cell: (pair) => (pair.case_number ? html`<a href=${link("cases", [pair.case_number])}>${pair.case_number}</a>` : pair.would_open ? html`<span class="quiet" title=${pair.would_open}>${say("将立案", "would open one")}</span>` : nothing) },
          ],
          nothing: { zh: "试行以来没有这样的发现。", en: "Nothing of this kind was found since the trial began." },
          tools: html`<span role="group" aria-label=${say("由谁发现", "Found by")}>${[["", ["全部", "all"]], ...Object.entries(SIDES)].map(([side, words]) => html`<button type="button" aria-pressed=${String(side === wanted)} @click=${() => choose(side)}>${say(...words)}</button> `)}</span>`,
        })}</div>`;
    },
  };
}
