// All versions of a rule, who put them in force and why, and where any two of them differ.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { get, part } from "../shell/answers.js";
import { inWords } from "../shell/sentences.js";
import { say } from "../shell/language.js";
import { list } from "../shell/list.js";
import { replace } from "../shell/route.js";
import { failed, loading } from "../shell/states.js";
import { fullTime } from "../shell/time.js";
import { VERBS, word } from "./words.js";

export function versionsOf({ state, terms, log }, page) {
  const { rule } = state;
  const seen = { diff: null, error: null, asked: null };
  const known = [...new Map(terms.map((term) => [term.version, term])).values()];

  async function load() {
    const { route } = page;
    const asked = { before: route.query.get("before"), after: route.query.get("after") };
    seen.asked = JSON.stringify(asked);
    Object.assign(seen, { diff: null, error: null });
    try {
      if (known.length) seen.diff = await get(`rules/${part(rule)}/diff`, asked);
    } catch (why) {
      if (why.name !== "Error") throw why;
      seen.error = why;
    }
    page.draw();
  }

  const choose = (which) => (event) => replace("rules", [rule, "versions"], { before: seen.diff?.before?.version, after: seen.diff?.after.version, [which]: event.target.value });
  const named = (version) => {
    const marks = [version === state.version && say("生效", "in force"), version === state.trial && say("试行", "on trial"), version === state.shipped && say("随程序", "came with the program")].filter(Boolean);
    return `${version.slice(0, 8)}${marks.length ? ` · ${marks.join(" · ")}` : ""}`;
  };
  const options = (chosen) => known.map(({ version }) => html`<option value=${version} ?selected=${version === chosen}>${named(version)}</option>`);

  function diff() {
    if (seen.error) return failed(seen.error, load);
    if (!seen.diff) return known.length ? loading() : html`<p class="quiet">${say("还没有版本。", "There are no versions yet.")}</p>`;
    const { before, after, differences } = seen.diff;
    return html`<div class="toolbar">
        <label>${say("旧", "Before")} <select data-before @change=${choose("before")}>${before ? nothing : html`<option selected></option>`}${options(before?.version)}</select></label>
        <span aria-hidden="true">→</span>
        <label>${say("新", "After")} <select data-after @change=${choose("after")}>${options(after.version)}</select></label>
        <span class="count" role="status">${say(`${differences.length} 处不同`, differences.length === 1 ? "1 field differs" : `${differences.length} fields differ`)}</span>
      </div>
      ${differences.length ? html`<div class="wide" tabindex="0" role="group" aria-label=${say("不同的字段", "Fields that differ")}><table class="differences" aria-label=${say("不同的字段", "Fields that differ")}>
        <thead><tr><th scope="col">${say("字段", "Field")}</th><th scope="col">${say("旧", "Before")}</th><th scope="col">${say("新", "After")}</th></tr></thead>
        <tbody>${differences.map((each) => html`<tr><th scope="row"><code>${each.field}</code></th><td><del>${written(each.before)}</del></td><td><ins>${written(each.after)}</ins></td></tr>`)}</tbody>
      </table></div>` : html`<p class="quiet">${say("两个版本相同。", "The two are the same.")}</p>`}
      <lifeline-diff .setting=${{ before: before?.text ?? "", after: after.text, label: say("两个版本", "Two versions") }}></lifeline-diff>`;
  }

  return {
    open: load,
    changed: () => JSON.stringify({ before: page.route.query.get("before"), after: page.route.query.get("after") }) !== seen.asked && load(),
    draw: () => html`<section class="panel diff" aria-labelledby="differences"><h2 id="differences">${say("差异", "Difference")}</h2>${diff()}</section>
      <div class="split">
        <section class="panel log" aria-labelledby="who"><h2 id="who">${say("变更记录", "Who changed it, and why")}</h2>
          ${log.length ? html`<ol>${log.map((line) => html`<li><p><b>${word(VERBS, line.verb)}</b> ${line.version ? html`<code title=${line.version}>${line.version.slice(0, 8)}</code>` : nothing}${line.former ? html` <span class="quiet">${say("替换", "for")} <code title=${line.former}>${line.former.slice(0, 8)}</code></span>` : nothing} · ${line.actor} <time class="quiet">${fullTime(line.at)}</time></p><p>${inWords(line.reason)}</p></li>`)}</ol>` : html`<p class="quiet">${say("没有记录。", "Nothing is on record.")}</p>`}
        </section>
        <section class="panel" aria-labelledby="terms"><h2 id="terms">${say("各版本的时段", "When each was in force")}</h2>
          ${list({
            name: { zh: `${rule} 版本`, en: `versions of ${rule}` }, rows: terms, key: (term) => `${term.version} ${term.shadow} ${term.in_force_from}`,
            columns: [
              { name: "version", title: { zh: "版本", en: "Version" }, cell: (term) => html`<code title=${term.version}>${term.version.slice(0, 8)}</code>` },
              { name: "shadow", title: { zh: "身份", en: "As" }, value: (term) => (term.shadow ? "on-trial" : "in-force"), cell: (term) => (term.shadow ? say("试行", "on trial") : say("生效", "in force")) },
              { name: "in_force_from", title: { zh: "自", en: "From" }, cell: (term) => fullTime(term.in_force_from) },
              { name: "in_force_until", title: { zh: "至", en: "Until" }, cell: (term) => (term.in_force_until ? fullTime(term.in_force_until) : say("现在", "now")) },
            ],
          })}
        </section>
      </div>`,
  };
}

function written(value) {
  if (value === null || value === undefined) return say("（无）", "not written");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
