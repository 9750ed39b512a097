// The editor: a pack and its tests as text, checked as one writes, tested, back-tested, put on trial.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { get, part, post } from "../shell/answers.js";
import { confirm } from "../shell/dialog.js";
import { say } from "../shell/language.js";
import { may } from "../shell/person.js";
import { go, link } from "../shell/route.js";
import { clockTime } from "../shell/time.js";
import { backtesting } from "./backtesting.js";
import { tryOut } from "./changes.js";
import { completer, describer } from "./completion.js";
import { draftOf, dropDraft, keepDraft } from "./drafts.js";
import "./editor.js";
import { inWords } from "./messages.js";
import { actions as changeActions } from "./rule.js";
import { tagsOf, titleOf } from "./rules_list.js";

const QUIET = 450; // [ms] after the last key until the text is checked
const NEW = `pack: my.pack
rules:
  - id: my.rule
    title: {en: "", zh: ""}
    status: active
    why: 
    source: own default
    signals:
      deep:
        select: {quantity: depth}
        detect: [{with: level, high: 15 cm}]
    per: device
    severity: [{at: 1.0, level: blue}]
    event: {code_list: GB/T 30428.2-2013, code: "0506", condition: standing-water}
    case: {one_per: device}
`;

const told = (findings) => findings.map((each) => ({ ...each, message: inWords(each.message) }));
let known = null; // schema and words, the same for every rule

async function learnt() {
  known ??= Promise.all([get("rules/schema"), get("quantities"), get("rules"), get("catalogue", { limit: 1000 }).catch(() => null)]).then(
    ([schema, { items }, states, catalogue]) => ({ schema, words: wordsOf(items, states, catalogue) }),
    (why) => {
      known = null;
      throw why;
    },
  );
  return known;
}

function wordsOf(quantities, states, catalogue) {
  const entries = catalogue?.items ?? [];
  return {
    quantities: Object.fromEntries(quantities.map((each) => [each.name, each])),
    rules: states.map(({ rule }) => rule),
    lists: [...new Set(entries.map((each) => each.code_list))],
    conditions: [...new Set(entries.map((each) => each.condition.slug))],
    scopes: ["channel", "device", "component", "zone", "gateway", "pipe", "city"],
  };
}

export async function openEditor(detail, page) {
  const rule = detail?.state.rule ?? null;
  const name = rule ?? "new";
  const state = detail?.state ?? null;
  const base = page.route.query.get("from") ?? state?.trial ?? state?.version ?? detail?.terms[0]?.version ?? null;
  const [{ schema, words }, written, kept] = await Promise.all([
    learnt(),
    base ? get(`rules/${part(rule)}/versions/${part(base)}`) : { text: NEW },
    rule ? get(`rules/${part(rule)}/tests`).catch((why) => (why.status === 404 ? null : Promise.reject(why))) : null,
  ]);
  const original = { pack: written.text, tests: kept?.text ?? "" };
  const draft = draftOf(name);
  const edit = {
    pack: draft?.pack ?? original.pack, tests: draft?.tests ?? original.tests, draft, side: "pack",
    check: null, checking: false, report: null, busy: null, error: null, told: null,
  };
  const at = (id) => page.root.querySelector(id);
  const trying = backtesting(rule, page, () => edit.pack);
  let timer = null;
  let turn = 0;
  const complete = completer(schema, () => words);
  const describe = describer(schema);

  function change(which, text) {
    if (edit[which] === text) return;
    edit[which] = text;
    edit.report = null;
    if (edit.pack === original.pack && edit.tests === original.tests) dropDraft(name);
    else keepDraft(name, { pack: edit.pack, tests: edit.tests, base: edit.draft?.base ?? base });
    edit.draft = draftOf(name);
    clearTimeout(timer);
    if (which === "pack") timer = setTimeout(() => check(), QUIET);
    page.draw();
  }

  // As one writes, and by the button with a count of the channels at which each signal would look.
  async function check(channels = false) {
    const mine = ++turn;
    edit.checking = true;
    if (channels) page.draw();
    try {
      const found = await post("rules/check", { pack: edit.pack, channels });
      if (mine !== turn) return;
      Object.assign(edit, { check: found, error: null });
      at("lifeline-yaml.pack")?.show(told(found.findings));
    } catch (why) {
      if (why.name !== "Error") throw why;
      if (mine === turn) edit.error = why;
    }
    edit.checking = false;
    page.draw();
  }

  async function test() {
    Object.assign(edit, { busy: "test", error: null });
    page.draw();
    try {
      edit.report = await post("rules/test", { pack: edit.pack, tests: edit.tests });
      at("lifeline-yaml.tests")?.show(told(edit.report.findings));
    } catch (why) {
      if (why.name !== "Error") throw why;
      edit.error = why;
    }
    edit.busy = null;
    page.draw();
  }

  async function shadow() {
    const done = await tryOut(edit.pack, edit.tests);
    if (!done) return;
    dropDraft(name);
    go("rules", [done[0]?.rule ?? name, "trial"]);
  }

  async function drop() {
    const sure = await confirm({ zh: "丢弃草稿？", en: "Drop the draft?" }, { note: say("编辑的内容将恢复为原版本。", "The texts become those of the version it began from."), danger: true });
    if (!sure) return;
    Object.assign(edit, { ...original, draft: null, report: null });
    dropDraft(name);
    at("lifeline-yaml.pack").write(original.pack);
    at("lifeline-yaml.tests").write(original.tests);
    page.draw();
  }

  const goTo = (which, line, column) => {
    edit.side = which;
    page.draw();
    at(`lifeline-yaml.${which}`).goTo(line, column);
  };

  const view = {
    title: rule ?? say("新建规则", "New rule"),
    draw: () => draw({ edit, state, detail, rule, base, original, page, trying, words: { complete, describe }, change, check, test, shadow, drop, goTo }),
    shown: () => {
      check(true);
      trying.load();
    },
    redraw() {
      page.draw();
      at("lifeline-yaml.pack")?.show(told(edit.check?.findings ?? []));
    },
    keeps: ({ path }) => path.join("/") === (rule ? `${rule}/edit` : "new"),
    close() {
      clearTimeout(timer);
      turn += 1;
      trying.close();
    },
  };
  return view;
}

function draw(all) {
  const { edit, state, detail, rule, base, original, page, trying, words, change, check, test, shadow, drop, goTo } = all;
  const errors = edit.check?.findings.filter(({ severity }) => severity === "error").length ?? 0;
  const changed = edit.pack !== original.pack;
  return html`<div class="page rule">
    <nav class="trail" aria-label=${say("位置", "Where this is")}><a href=${link("rules")}>${say("规则", "Rules")}</a> / ${rule ? html`<a href=${link("rules", [rule])}>${rule}</a> / ` : nothing}${rule ? say("编辑", "edit") : say("新建", "new")}</nav>
    <div class="head"><h1>${rule ? titleOf(state)[0] : say("新建规则", "New rule")}</h1>${state ? tagsOf(state) : nothing}${detail ? changeActions(all, false) : nothing}</div>
    ${notice(edit, base, state, drop)}
    <div class="editing">
      <section class="panel writing" aria-label=${say("文字", "Texts")}>
        <div class="toolbar">
          <span role="group" aria-label=${say("文字", "Texts")}>
            <button type="button" aria-pressed=${String(edit.side === "pack")} @click=${() => ((edit.side = "pack"), page.draw())}>${say("规则", "Rule")}</button>
            <button type="button" aria-pressed=${String(edit.side === "tests")} @click=${() => ((edit.side = "tests"), page.draw())}>${say("测试", "Tests")}</button>
            ${base ? html`<button type="button" data-text="changes" aria-pressed=${String(edit.side === "changes")} @click=${() => ((edit.side = "changes"), page.draw())}>${say("改动", "Changes")}</button>` : nothing}
          </span>
          <span class="count" role="status" data-checked=${edit.check && !edit.checking ? errors : nothing}>${edit.checking ? say("检查中…", "checking …") : errors ? say(`${errors} 处错误`, `${errors} to mend`) : edit.check ? say("写法正确", "well written") : ""}</span>
        </div>
        <lifeline-yaml class="pack" ?hidden=${edit.side !== "pack"} .setting=${{ text: edit.pack, label: say("规则文字", "Text of the rule"), change: (text) => change("pack", text), ...words }}></lifeline-yaml>
        <lifeline-yaml class="tests" ?hidden=${edit.side !== "tests"} .setting=${{ text: edit.tests, label: say("测试文字", "Text of the tests"), change: (text) => change("tests", text) }}></lifeline-yaml>
        ${edit.side === "changes" ? html`<lifeline-diff .setting=${{ before: original.pack, after: edit.pack, label: say("自所始版本的改动", "Changes since the version it began from") }}></lifeline-diff>` : nothing}
        <p class="quiet">${say("Ctrl+空格补全，指向字段看说明，Ctrl+] 缩进；按 Tab 离开编辑框。", "Ctrl-Space completes, pointing at a field explains it, Ctrl-] indents; Tab leaves the text.")}</p>
      </section>
      <section class="panel deeds" aria-label=${say("检查与试用", "Check and try")}>
        ${may("rules.try") ? html`<div class="buttons">
          <button type="button" data-act="check" ?disabled=${edit.checking} @click=${() => check(true)}>${say("检查", "Check")}</button>
          <button type="button" data-act="test" ?disabled=${Boolean(edit.busy) || !edit.tests.trim()} title=${edit.tests.trim() ? nothing : say("先写测试", "Write tests first")} @click=${test}>${edit.busy === "test" ? say("测试中…", "Testing …") : say("测试", "Test")}</button>
          <button type="button" data-act="backtest" ?disabled=${errors > 0} @click=${trying.ask}>${say("回测…", "Backtest …")}</button>
          ${may("rules.change") ? html`<button type="button" class="main" data-act="shadow" ?disabled=${errors > 0 || (!changed && Boolean(rule))} title=${changed || !rule ? nothing : say("没有修改", "Nothing was changed")} @click=${shadow}>${say("试行…", "Put on trial …")}</button>` : nothing}
        </div>` : html`<p class="quiet">${say("您的岗位只能查看。", "Your posts may only look.")}</p>`}
        ${edit.error ? html`<p class="refused" role="alert">${edit.error.message}</p>` : nothing}
        ${findings(edit, goTo)}
        ${report(edit.report, goTo)}
        ${trying.draw()}
      </section>
    </div>
  </div>`;
}

function notice(edit, base, state, drop) {
  if (!edit.draft) return nothing;
  const present = state?.trial ?? state?.version;
  const moved = edit.draft.base && present && edit.draft.base !== present && edit.draft.base !== state.version;
  return html`<div class="panel draft" role="status">
    <p><b>${say("草稿", "Draft")}</b> ${say(`保存在此浏览器，${clockTime(edit.draft.at)}；刷新页面不会丢失。`, `kept in this browser, ${clockTime(edit.draft.at)}; it survives a reload.`)}
      ${edit.draft.base ? html`<span class="quiet">${say("始于版本", "Begun from")} <code>${edit.draft.base.slice(0, 8)}</code></span>` : nothing}
      ${moved ? html`<span class="wrong">${say("此后已有新版本。", "Another version has come since.")}</span>` : nothing}</p>
    <button type="button" @click=${drop}>${say("丢弃草稿", "Drop the draft")}</button>
  </div>`;
}

function findings({ check }, goTo) {
  if (!check) return nothing;
  const signals = check.rules.flatMap(({ rule, signals: own }) => own.map((each) => ({ rule, ...each })));
  return html`<h2>${say("检查", "Check")}</h2>
    ${check.findings.length ? html`<ul class="findings">${check.findings.map((each) => html`<li class=${each.severity}>
      <button type="button" class="row" @click=${() => goTo("pack", each.line, each.column)}>${each.severity === "error" ? say("错误", "Error") : say("注意", "Note")} · ${say(`第 ${each.line} 行`, `line ${each.line}`)}${each.field ? html` · <code>${each.field}</code>` : nothing}</button>
      <p>${inWords(each.message)}</p></li>`)}</ul>` : html`<p class="fine"><span aria-hidden="true">✓</span> ${say("写法正确，与其他规则和目录相符。", "Well written; it fits the other rules and the catalogue.")}</p>`}
    ${check.rules.map(({ rule, version, in_force: same }) => html`<p class="quiet"><code>${rule}</code> ${say("版本", "version")} <code>${version.slice(0, 8)}</code>${same ? say(" · 与生效版本相同", " · as in force") : nothing}</p>`)}
    ${signals.length ? html`<ul class="signals quiet">${signals.map(({ name, channels }) => html`<li><code>${name}</code> ${say(`适用于 ${channels} 个通道`, `looks at ${channels} channels`)}</li>`)}</ul>` : nothing}`;
}

function report(found, goTo) {
  if (!found) return nothing;
  const good = found.outcomes.filter(({ passed }) => passed).length;
  return html`<h2>${say("测试", "Tests")} <span class="tag ${found.passed ? "green" : "red"}" data-tests=${String(found.passed)}>${found.passed ? say("通过", "passed") : say("未通过", "failed")}</span></h2>
    ${found.outcomes.length ? html`<p class="quiet">${say(`${found.outcomes.length} 项中 ${good} 项通过`, `${good} of ${found.outcomes.length} pass`)}</p>` : nothing}
    <ul class="findings">
      ${found.findings.map((each) => html`<li class="error"><button type="button" class="row" @click=${() => goTo("tests", each.line, each.column)}>${say(`测试第 ${each.line} 行`, `tests, line ${each.line}`)}</button><p>${inWords(each.message)}</p></li>`)}
      ${found.outcomes.map((one) => html`<li class=${one.passed ? "good" : "error"}><button type="button" class="row" @click=${() => goTo("tests", one.line, 1)}><span aria-hidden="true">${one.passed ? "✓" : "✗"}</span> ${one.passed ? say("通过：", "passes: ") : say("未通过：", "fails: ")}${one.name}</button>${one.problems.map((each) => html`<p>${inWords(each)}</p>`)}</li>`)}
      ${found.untested.map((rule) => html`<li class="error"><p>${say(`没有测试使 ${rule} 触发`, `no test in which ${rule} fires`)}</p></li>`)}
    </ul>`;
}
