// Keys of systems and gateways: a secret is shown once, rotated without a gap, revoked at once.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { post } from "../shell/answers.js";
import { ask } from "../shell/dialog.js";
import { say } from "../shell/language.js";
import { list } from "../shell/list.js";
import { go, link } from "../shell/route.js";
import { fullTime } from "../shell/time.js";
import { button, facts } from "./detail.js";
import { reveal } from "./reveal.js";
import { tab } from "./tab.js";
import { grantFields, grantOf, grantWords, known } from "./words.js";

const SOON = 14 * 86400000; // [ms] before its end a key is marked
let words = null;

export const keys = tab("keys", { all, one, learn });

async function learn() {
  words = await known();
}

// Keys live by the reader's watch, not by the city's.
function stateOf({ revoked, expires }) {
  const rest = Date.parse(expires) - Date.now();
  return revoked ? "revoked" : rest < 0 ? "expired" : rest < SOON ? "ending" : "good";
}

function state(key) {
  const [zh, en, light] = { revoked: ["✗ 已吊销", "✗ revoked", "red"], expired: ["✗ 已过期", "✗ expired", "red"], ending: ["◷ 即将到期", "◷ ends soon", "yellow"], good: ["✓ 有效", "✓ good", "green"] }[stateOf(key)];
  return html`<span class=${light}>${say(zh, en)}</span>`;
}

function all() {
  return html`<section class="panel flush">${list({
    name: { zh: "密钥", en: "Keys" }, path: "keys",
    href: (row) => link("administration", ["keys", row.number]), key: (row) => row.number,
    columns: [
      { name: "name", title: { zh: "名称", en: "Name" } },
      { name: "state", title: { zh: "状态", en: "State" }, cell: state, value: stateOf },
      { name: "grants", title: { zh: "岗位", en: "Roles" }, cell: (row) => row.grants.map((grant) => html`<div>${grantWords(words, grant)}</div>`), value: (row) => row.grants.map((grant) => grantWords(words, grant)).join("; "), sort: false },
      { name: "device", title: { zh: "设备", en: "Device" }, cell: (row) => row.device || "–" },
      { name: "expires", title: { zh: "到期", en: "Ends" }, cell: (row) => fullTime(row.expires) },
      { name: "used", title: { zh: "最近使用", en: "Last used" }, cell: (row) => fullTime(row.used) },
    ],
    nothing: { zh: "还没有密钥。系统与网关用密钥接入。", en: "No key yet. Systems and gateways come with one." },
    tools: html`<button type="button" class="main" @click=${make}>${say("新建密钥", "New key")}</button>`,
  })}</section>`;
}

function showSecret({ key, secret }) {
  return reveal({
    title: { zh: `密钥：${key.name}`, en: `Key: ${key.name}` },
    note: { zh: "只显示这一次；系统只保存其散列。以 Authorization: Bearer 发送。", en: "Shown this once: only its hash is kept. Send it as Authorization: Bearer." },
    value: secret,
  });
}

const DAYS = { name: "days", label: { zh: "有效天数", en: "Good for days" }, kind: "number", min: 1, max: 731, step: 1, value: 365, required: true };

async function make() {
  const there = await known();
  const fields = grantFields(there, true);
  const made = await ask({
    title: { zh: "新建密钥", en: "New key" },
    fields: [
      { name: "name", label: { zh: "名称", en: "Name" }, required: true, hint: { zh: "谁使用：如 东区雨量计", en: "Who uses it: rain gauges of the east" } },
      ...fields,
      { name: "device", label: { zh: "设备或网关", en: "Device or gateway" }, hint: { zh: "只能代表它；空：不限", en: "It speaks for that alone; empty: any" } },
      DAYS,
    ],
    submit: { zh: "新建", en: "Make" },
    send: ({ name, device = "", days, ...grant }, key) => post("keys", { name, device, grants: [grantOf(grant)], lasts: `P${days}D` }, { key }),
  });
  if (!made) return;
  await showSecret(made);
  go("administration", ["keys", made.key.number]);
}

function one(key, again) {
  const path = `keys/${key.number}`;
  const rotate = async () => {
    const made = await ask({
      title: { zh: "轮换密钥", en: "Rotate the key" },
      note: { zh: "生成新的密文；旧的在重叠期内仍有效，系统不会中断。", en: "A new secret is made; the one before is good during the overlap, so that nothing stands still." },
      fields: [{ name: "overlap", label: { zh: "重叠小时", en: "Overlap in hours" }, kind: "number", min: 0, max: 720, step: 1, value: 24, required: true }, DAYS],
      submit: { zh: "轮换", en: "Rotate" },
      send: ({ overlap, days }, pressed) => post(`${path}/rotate`, { overlap: `PT${overlap}H`, lasts: `P${days}D` }, { key: pressed }),
    });
    if (made) await showSecret(made).then(again);
  };
  const revoke = async () => {
    const sure = await ask({ title: { zh: `吊销「${key.name}」？`, en: `Revoke ${key.name}?` }, note: { zh: "立即失效，不能恢复。", en: "It ends at once and does not come back." }, danger: true, submit: { zh: "吊销", en: "Revoke" }, send: () => post(`${path}/revoke`) });
    if (sure) again();
  };
  return html`<section class="panel">
    <div class="head"><h2>${key.name}</h2>${state(key)}
      ${key.revoked ? nothing : html`${button({ zh: "轮换", en: "Rotate" }, rotate)}${button({ zh: "吊销", en: "Revoke" }, revoke, "danger")}`}</div>
    ${facts([
      [{ zh: "岗位", en: "Roles" }, key.grants.map((grant) => html`<div>${grantWords(words, grant)}</div>`)],
      [{ zh: "限于权限", en: "Held to" }, key.scopes.join(", ")],
      [{ zh: "设备", en: "Device" }, key.device],
      [{ zh: "到期", en: "Ends" }, fullTime(key.expires)],
      [{ zh: "旧密文有效至", en: "Former secret good until" }, key.former_until && fullTime(key.former_until)],
      [{ zh: "最近使用", en: "Last used" }, key.used ? fullTime(key.used) : say("从未", "never")],
      [{ zh: "创建", en: "Made" }, `${fullTime(key.created)} · ${key.created_by}`],
      [{ zh: "吊销于", en: "Revoked" }, key.revoked && fullTime(key.revoked)],
    ])}
  </section>`;
}
