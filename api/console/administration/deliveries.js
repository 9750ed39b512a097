// Webhooks: who is told of cases, how each delivery stands, and sending again.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { get, part, post } from "../shell/answers.js";
import { ask, confirm } from "../shell/dialog.js";
import { say } from "../shell/language.js";
import { list } from "../shell/list.js";
import { go, link, replace } from "../shell/route.js";
import { inWords } from "../shell/sentences.js";
import { fullTime } from "../shell/time.js";
import { button, facts } from "./detail.js";
import { reveal } from "./reveal.js";
import { tab } from "./tab.js";

const STATES = { active: ["✓ 推送中", "✓ active", "green"], paused: ["‖ 已暂停", "‖ paused", "yellow"], gone: ["✗ 对方已下线", "✗ gone", "red"], ended: ["■ 已结束", "■ ended", "quiet"] };
const DELIVERED = { pending: ["◷ 等待", "◷ pending", "yellow"], delivered: ["✓ 已送达", "✓ delivered", "green"], failed: ["✗ 失败", "✗ failed", "red"] };

export const deliveries = tab("deliveries", { all, path: "subscriptions", one });

function mark([zh, en, light]) {
  return html`<span class=${light}>${say(zh, en)}</span>`;
}

function all() {
  return html`<section class="panel flush">${list({
    name: { zh: "推送订阅", en: "Subscriptions" }, path: "subscriptions", key: (row) => row.name,
    href: (row) => link("administration", ["deliveries", row.name]),
    nothing: { zh: "还没有订阅。", en: "Nobody is told of cases yet." },
    tools: html`<button type="button" class="main" @click=${subscribe}>${say("新建订阅", "New subscription")}</button>`,
    columns: [
      { name: "name", title: { zh: "名称", en: "Name" } },
      { name: "state", title: { zh: "状态", en: "State" }, cell: (row) => html`${mark(STATES[row.state])}${row.trouble ? html`<small>${inWords(row.trouble)}</small>` : nothing}` },
      { name: "url", title: { zh: "地址", en: "Address" }, cell: (row) => html`<code>${row.url}</code>` },
      { name: "pending", number: true, title: { zh: "等待", en: "Pending" } },
      { name: "failed", number: true, title: { zh: "失败", en: "Failed" } },
      { name: "last_delivered", title: { zh: "最近送达", en: "Last delivered" }, cell: (row) => fullTime(row.last_delivered) },
    ],
  })}</section>`;
}

async function subscribe() {
  const { types } = await get("subscriptions/types");
  const split = (text) => (text ?? "").split(/[\s,，]+/).filter(Boolean);
  const made = await ask({
    title: { zh: "新建订阅", en: "New subscription" },
    fields: [
      { name: "name", label: { zh: "名称", en: "Name" }, required: true, hint: { zh: "小写字母、数字、连字符", en: "Small letters, digits and hyphens" } },
      { name: "url", label: { zh: "地址", en: "Address" }, kind: "url", required: true },
      { name: "areas", label: { zh: "区域", en: "Areas" }, hint: { zh: "网格编码前几位，逗号分隔；空：全部", en: "First digits of grid cells, commas between; empty: all" } },
      { name: "exercises", label: { zh: "演练案件", en: "Cases of drills" }, kind: "select", required: true, value: "without", options: [["without", { zh: "不含", en: "without" }], ["with", { zh: "包含", en: "with" }], ["only", { zh: "仅演练", en: "only those" }]] },
      { name: "types", label: { zh: "事件类型（不选：全部）", en: "Types of events (none: all)" }, kind: "many", options: types.map(({ type, verb, verb_zh: zh }) => [type, { zh, en: verb }]) },
    ],
    submit: { zh: "订阅", en: "Subscribe" },
    send: ({ areas, ...rest }, key) => post("subscriptions", { ...rest, areas: split(areas) }, { key }),
  });
  if (!made) return;
  await reveal({ title: { zh: `签名密钥：${made.name}`, en: `Secret of ${made.name}` }, note: { zh: "接收方用它验证签名；只显示这一次。", en: "The receiver verifies signatures with it; shown this once." }, value: made.secret });
  go("administration", ["deliveries", made.name]);
}

function one(found, again, route, place) {
  const path = `subscriptions/${part(found.name)}`;
  const state = route.query.get("state") ?? "";
  const turn = async (what, title, more = {}) => {
    if (!(await confirm(title, more))) return;
    await post(`${path}/${what}`);
    again();
  };
  const redeliver = async (event) => {
    await post(`${path}/redeliver`, undefined, { query: { event } });
    place.querySelector("lifeline-list").reload();
  };
  const running = found.state !== "ended";
  return html`<section class="panel">
      <div class="head"><h2>${found.name}</h2>${mark(STATES[found.state])}
        ${button({ zh: "暂停", en: "Pause" }, found.state === "active" ? () => turn("pause", { zh: "暂停推送？", en: "Pause it?" }, { note: { zh: "期间的事件会等待。", en: "What happens meanwhile waits." } }) : null)}
        ${button({ zh: "恢复", en: "Resume" }, ["paused", "gone"].includes(found.state) ? () => turn("resume", { zh: "恢复推送？", en: "Go on?" }) : null)}
        ${button({ zh: "重发失败", en: "Send what failed again" }, running && found.failed ? () => redeliver() : null)}
        ${button({ zh: "结束订阅", en: "End it" }, running ? () => turn("end", { zh: `结束「${found.name}」？`, en: `End ${found.name}?` }, { danger: true, note: { zh: "等待的事件不再发送，不能恢复。", en: "What waits is not sent; it does not come back." } }) : null, "danger")}
      </div>
      ${facts([
        [{ zh: "地址", en: "Address" }, html`<code>${found.url}</code>`],
        [{ zh: "等待", en: "Pending" }, String(found.pending)], [{ zh: "失败", en: "Failed" }, String(found.failed)],
        [{ zh: "连续无应答", en: "Tries unanswered" }, found.unanswered ? String(found.unanswered) : null],
        [{ zh: "最近送达", en: "Last delivered" }, found.last_delivered && fullTime(found.last_delivered)],
        [{ zh: "同意于", en: "Agreed" }, found.agreed && fullTime(found.agreed)],
        [{ zh: "休止至", en: "Rests until" }, found.rests_until && fullTime(found.rests_until)],
        [{ zh: "问题", en: "Trouble" }, inWords(found.trouble)],
        [{ zh: "区域", en: "Areas" }, found.areas.join(", ")], [{ zh: "部门", en: "Departments" }, found.departments.join(", ")],
        [{ zh: "类型", en: "Types" }, found.types.join(", ")],
      ])}
    </section>
    <section class="panel flush">${list({
      name: { zh: "推送记录", en: "Deliveries" }, path: `${path}/deliveries`, query: { state }, key: (row) => row.event,
      nothing: { zh: "没有这样的推送。", en: "No delivery is like that." },
      tools: html`<h2>${say("推送记录", "Deliveries")}</h2><label>${say("状态", "State")} <select @change=${(event) => replace("administration", ["deliveries", found.name], { state: event.target.value })}><option value="">${say("全部", "all")}</option>${Object.entries(DELIVERED).map(([name, [zh, en]]) => html`<option value=${name} ?selected=${name === state}>${say(zh, en)}</option>`)}</select></label>`,
      columns: [
        { name: "event", title: { zh: "编号", en: "Number" }, number: true },
        { name: "subject", title: { zh: "案件", en: "Case" }, cell: (row) => html`<a href=${link("cases", [row.subject])}>${row.subject}</a><small>${row.type.split(".").at(-2)}</small>` },
        { name: "time", title: { zh: "发生", en: "Happened" }, cell: (row) => fullTime(row.time) },
        { name: "state", title: { zh: "状态", en: "State" }, cell: (row) => html`${mark(DELIVERED[row.state])}${row.trouble ? html`<small>${inWords(row.trouble)}</small>` : nothing}` },
        { name: "attempts", number: true, title: { zh: "次数", en: "Tries" } },
        { name: "status", number: true, title: { zh: "应答", en: "Answer" }, cell: (row) => row.status ?? "–" },
        { name: "next_try", title: { zh: "下次", en: "Next try" }, cell: (row) => fullTime(row.next_try) },
        { name: "act", title: { zh: "操作", en: "Act" }, sort: false, value: () => "", cell: (row) => (running && row.attempts ? html`<button type="button" aria-label=${say(`重发 ${row.event}`, `Send ${row.event} again`)} @click=${() => redeliver(row.event)}>${say("重发", "Send again")}</button>` : nothing) },
      ],
    })}</section>`;
}
