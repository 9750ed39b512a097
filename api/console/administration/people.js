// People who sign in: accounts, roles with area and department, one-time links.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { part, post, remove } from "../shell/answers.js";
import { ask, confirm } from "../shell/dialog.js";
import { say } from "../shell/language.js";
import { list } from "../shell/list.js";
import { go, link, replace } from "../shell/route.js";
import { fullTime } from "../shell/time.js";
import { button, facts } from "./detail.js";
import { reveal } from "./reveal.js";
import { tab } from "./tab.js";
import { grantFields, grantOf, grantWords, known } from "./words.js";

let words = null;

export const people = tab("people", { all, one, learn });

async function learn() {
  words = await known();
}

function state(person) {
  if (person.disabled) return html`<span class="red">✗ ${say("已停用", "disabled")}</span>`;
  if (person.invited_until) return html`<span class="yellow">◷ ${say("待接受邀请", "invited")}</span>`;
  if (!person.has_password && !person.provider) return html`<span class="yellow">! ${say("无法登录", "no way in")}</span>`;
  return html`<span class="green">✓ ${say("在用", "active")}</span>`;
}

function all(route) {
  const search = route.query.get("search") ?? "";
  const change = (event) => replace("administration", ["people"], { search: event.target.value });
  return html`<section class="panel flush">${list({
    name: { zh: "人员", en: "People" }, path: "people", query: { search },
    href: (row) => link("administration", ["people", row.number]), key: (row) => row.number,
    columns: [
      { name: "name", title: { zh: "姓名", en: "Name" } },
      { name: "state", title: { zh: "状态", en: "State" }, cell: state, value: (row) => (row.disabled ? "disabled" : row.invited_until ? "invited" : row.has_password || row.provider ? "active" : "no way in") },
      { name: "grants", title: { zh: "岗位", en: "Roles" }, cell: (row) => row.grants.map((grant) => html`<div>${grantWords(words, grant)}</div>`), value: (row) => row.grants.map((grant) => grantWords(words, grant)).join("; "), sort: false },
      { name: "how", title: { zh: "登录方式", en: "Signs in by" }, cell: how, value: how },
      { name: "seen", title: { zh: "最近使用", en: "Last seen" }, cell: (row) => fullTime(row.seen) },
    ],
    nothing: search ? { zh: "没有这样的人员。", en: "Nobody is called so." } : { zh: "还没有人员。", en: "Nobody yet." },
    tools: html`<label>${say("姓名", "Name")} <input type="search" data-search .value=${search} @change=${change}></label>
      <button type="button" class="main" @click=${invite}>${say("邀请人员", "Invite somebody")}</button>`,
  })}</section>`;
}

function how({ provider, has_password: password }) {
  return [password && say("密码", "password"), provider].filter(Boolean).join(", ") || "–";
}

async function invite() {
  const there = await known();
  const [role, ...rest] = grantFields(there, false).map((field) => ({ ...field, options: field.name === "role" ? field.options.filter(([name]) => !there.roles.find((each) => each.role === name).of_keys) : field.options }));
  const made = await ask({
    title: { zh: "邀请人员", en: "Invite somebody" },
    note: { zh: "将生成一次性链接，由本人设置密码。", en: "A one-time link is made, with which they set a password." },
    fields: [{ name: "name", label: { zh: "姓名", en: "Name" }, required: true }, role, ...rest],
    submit: { zh: "邀请", en: "Invite" },
    send: ({ name, ...grant }, key) => post("people", { name, grants: [grantOf(grant)] }, { key }),
  });
  if (!made) return;
  if (made.link) await showLink(made.person, made.link);
  go("administration", ["people", made.person.number]);
}

function showLink(person, { link: address, expires }) {
  return reveal({
    title: { zh: `${person.name} 的一次性链接`, en: `One-time link for ${person.name}` },
    note: { zh: `请交给本人；只显示这一次，${fullTime(expires)} 前有效。`, en: `Hand it to them; it is shown this once and is good until ${fullTime(expires)}.` },
    value: address.startsWith("/") ? location.origin + address : address,
  });
}

function one(person, again) {
  const path = `people/${person.number}`;
  const act = async (what, ask_) => (await ask_) && (await post(`${path}/${what}`), again());
  const newLink = async () => {
    const made = await ask({ title: { zh: "生成一次性链接？", en: "Make a one-time link?" }, note: { zh: "以前的链接随之失效。", en: "Former links end with it." }, send: (_, key) => post(`${path}/link`, {}, { key }) });
    if (made) await showLink(person, made).then(again);
  };
  const give = async () => {
    const there = await known();
    const fields = grantFields({ ...there, roles: there.roles.filter(({ of_keys: ofKeys }) => !ofKeys) }, false);
    if (await ask({ title: { zh: "授予岗位", en: "Give a role" }, fields, send: (grant, key) => post(`${path}/grants`, grantOf(grant), { key }) })) again();
  };
  const take = async (grant) => {
    const sure = await ask({ title: { zh: `收回「${grantWords(words, grant)}」？`, en: `Take back ${grantWords(words, grant)}?` }, danger: true, send: () => remove(`${path}/grants/${part(grant.role)}`, { query: { department: grant.department, area: grant.area } }) });
    if (sure) again();
  };
  return html`<section class="panel">
      <div class="head"><h2>${person.name}</h2>${state(person)}
        ${button({ zh: "一次性链接", en: "One-time link" }, person.disabled || person.provider ? null : newLink)}
        ${person.second_factor ? button({ zh: "重置第二因素", en: "Reset the second factor" }, () => act("second-factor/reset", confirm({ zh: `重置 ${person.name} 的第二因素？`, en: `Reset the second factor of ${person.name}?` }, { danger: true, note: { zh: "请先确认是本人；其所有登录随之结束。", en: "Make sure that it is them; all their sessions end with it." } })), "danger") : nothing}
        ${person.disabled
          ? button({ zh: "启用", en: "Enable" }, () => act("enable", confirm({ zh: `启用 ${person.name}？`, en: `Enable ${person.name}?` })))
          : button({ zh: "停用", en: "Disable" }, () => act("disable", confirm({ zh: `停用 ${person.name}？`, en: `Disable ${person.name}?` }, { danger: true, note: { zh: "立即退出所有登录；已做的工作保留姓名。", en: "They are signed out everywhere; what they did keeps their name." } })), "danger")}
      </div>
      ${facts([
        [{ zh: "登录方式", en: "Signs in by" }, how(person)],
        [{ zh: "第二因素", en: "Second factor" }, person.second_factor ? say("已启用", "on") : person.has_password ? say("未启用", "off") : null],
        [{ zh: "提供方标识", en: "Called by the provider" }, person.subject],
        [{ zh: "创建", en: "Made" }, fullTime(person.created)],
        [{ zh: "最近使用", en: "Last seen" }, person.seen && fullTime(person.seen)],
        [{ zh: "邀请有效至", en: "Invited until" }, person.invited_until && fullTime(person.invited_until)],
        [{ zh: "停用于", en: "Disabled" }, person.disabled && fullTime(person.disabled)],
      ])}
    </section>
    <section class="panel"><div class="head"><h2>${say("岗位", "Roles")}</h2>${button({ zh: "授予岗位", en: "Give a role" }, give)}</div>
      ${person.grants.length ? html`<ul class="grants">${person.grants.map((grant) => html`<li><span>${grantWords(words, grant)}${grant.by_provider ? html` <small>${say("由登录提供方给予", "given by the provider")}</small>` : nothing}</span>
        ${grant.by_provider ? nothing : html`<button type="button" aria-label=${say(`收回 ${grantWords(words, grant)}`, `Take back ${grantWords(words, grant)}`)} @click=${() => take(grant)}>${say("收回", "Take back")}</button>`}</li>`)}</ul>` : html`<p class="quiet">${say("没有岗位：登录后什么也看不到。", "No role: they can sign in and see nothing.")}</p>`}
    </section>
    <p><a href=${link("administration", ["audit"], { name: person.name })}>${say("其操作记录", "What they did, in the trail")}</a></p>`;
}
