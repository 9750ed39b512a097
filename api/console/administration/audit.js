// The trail: every change and every refusal, with filters in the address.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { address } from "../shell/answers.js";
import { inWords } from "../shell/sentences.js";
import { say } from "../shell/language.js";
import { list } from "../shell/list.js";
import { replace } from "../shell/route.js";
import { asInput, fromInput, fullTime } from "../shell/time.js";
import { tab } from "./tab.js";

const KINDS = { person: ["人员", "person"], key: ["密钥", "key"], guest: ["访客", "guest"], command: ["命令行", "command"] };
const FILTERS = ["name", "kind", "refused", "contains", "since", "until"];

export const audit = tab("audit", { all: view });

function view(route) {
  const query = Object.fromEntries(FILTERS.map((name) => [name, route.query.get(name) ?? ""]));
  const change = (event) => replace("administration", ["audit"], { ...query, [event.target.name]: event.target.type === "datetime-local" && event.target.value ? fromInput(event.target.value) : event.target.value });
  const when = (name) => (query[name] ? asInput(query[name]) : "");
  return html`<form class="panel filters" @submit=${(event) => event.preventDefault()} @change=${change}>
      <label>${say("谁", "Who")} <input type="search" name="name" data-search .value=${query.name}></label>
      <label>${say("类型", "Kind")} <select name="kind"><option value="">${say("全部", "all")}</option>${Object.entries(KINDS).map(([kind, words]) => html`<option value=${kind} ?selected=${kind === query.kind}>${say(...words)}</option>`)}</select></label>
      <label>${say("结果", "Result")} <select name="refused">${[["", "全部", "all"], ["true", "被拒绝", "refused"], ["false", "已执行", "let through"]].map(([value, zh, en]) => html`<option value=${value} ?selected=${value === query.refused}>${say(zh, en)}</option>`)}</select></label>
      <label>${say("包含", "Contains")} <input type="search" name="contains" .value=${query.contains}></label>
      <label>${say("自", "Since")} <input type="datetime-local" name="since" .value=${when("since")}></label>
      <label>${say("至", "Until")} <input type="datetime-local" name="until" .value=${when("until")}></label>
      <a class="button" download href=${address("audit.csv", query)}>${say("全部导出 CSV", "All as CSV")}</a>
    </form>
    <section class="panel flush">${list({
      name: { zh: "审计记录", en: "Audit trail" }, path: "audit", query, key: (row) => row.number,
      marked: (row) => (refused(row) ? "refused-line" : ""),
      columns: [
        { name: "at", title: { zh: "时间", en: "When" }, cell: (row) => fullTime(row.at) },
        { name: "name", title: { zh: "谁", en: "Who" }, cell: (row) => html`${row.name || "–"}<small>${say(...(KINDS[row.kind] ?? [row.kind, row.kind]))}${row.address ? ` · ${row.address}` : ""}</small>` },
        { name: "doing", title: { zh: "操作", en: "What" }, value: done, cell: (row) => html`${done(row)}${row.path ? html`<small><code>${row.method} ${row.path}</code></small>` : nothing}`, sort: false },
        { name: "status", title: { zh: "结果", en: "Result" }, cell: result },
        { name: "why", title: { zh: "说明", en: "Why" }, cell: (row) => inWords(row.why) || "–", sort: false },
      ],
      nothing: { zh: "没有这样的记录。", en: "No line is like that." },
    })}</section>`;
}

// What was done in the reader's words; of a command, the command.
const done = ({ doing, method, route }) => (doing ? say(doing.zh, doing.en) : `${method} ${route}`.trim());
const refused = ({ status }) => status === 401 || status === 403;

function result(row) {
  if (row.status === null) return html`<span class="quiet">${say("未完成", "not ended")}</span>`;
  if (refused(row)) return html`<span class="red">✗ ${row.status} ${say("被拒绝", "refused")}</span>`;
  return row.status < 400 ? html`<span class="green">✓ ${row.status}</span>` : html`${row.status}`;
}
