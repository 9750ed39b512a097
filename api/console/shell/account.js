// One's own password, and the browsers one is signed in with.

import { html, nothing, render } from "../vendor/lit-html/lit-html.js";
import { get, part, post, remove } from "./answers.js";
import { ask } from "./dialog.js";
import { say } from "./language.js";
import { recognise } from "./person.js";
import { failed, loading } from "./states.js";
import { fullTime } from "./time.js";

export async function changePassword() {
  const again = { kind: "password", required: true, autocomplete: "new-password", minlength: 12 };
  const changed = await ask({
    title: { zh: "修改密码", en: "Change the password" },
    note: { zh: "其他浏览器上的登录随之结束。", en: "It signs you out in every other browser." },
    fields: [
      { name: "current", label: { zh: "当前密码", en: "Current password" }, kind: "password", required: true, autocomplete: "current-password" },
      { ...again, name: "new", label: { zh: "新密码", en: "New password" }, hint: { zh: "12 至 128 个字符，不能是常见密码", en: "12 to 128 characters, not one that is tried first" } },
      { ...again, name: "again", label: { zh: "再输一次", en: "Once more" } },
    ],
    send: ({ current, new: next, again: repeated }) => {
      if (next !== repeated) throw new Error(say("两次输入的密码不同。", "The two passwords differ."));
      return post("me/password", { current, new: next });
    },
  });
  if (changed) await recognise(); // the session goes on under another cookie and token
}

export function showSessions() {
  const dialog = document.createElement("dialog");
  dialog.className = "ask sessions";
  document.body.append(dialog);
  const end = async (session) => {
    await remove(session ? `me/sessions/${part(session)}` : "me/sessions");
    await load();
  };
  const draw = (inside) => render(html`<form method="dialog" aria-labelledby="sessions-title"><h2 id="sessions-title">${say("我的登录", "Where I am signed in")}</h2>${inside}
    <footer><button class="main">${say("关闭", "Close")}</button></footer></form>`, dialog);
  const load = () => get("me/sessions").then((found) => draw(listed(found, end)), (why) => draw(failed(why, load)));
  draw(loading());
  dialog.addEventListener("close", () => dialog.remove());
  dialog.showModal();
  return load();
}

function listed(sessions, end) {
  const others = sessions.filter(({ current }) => !current);
  return html`<ul class="sessions">${sessions.map((one) => html`<li><span><b>${browser(one.agent)}</b>${one.current ? html` <span class="tag">${say("本机", "this one")}</span>` : nothing}
      <small>${one.address}${one.provider ? ` · ${one.provider}` : ""} · ${say("最近", "seen")} ${fullTime(one.seen)} · ${say("至", "until")} ${fullTime(one.ends)}</small></span>
      ${one.current ? nothing : html`<button type="button" @click=${() => end(one.number)}>${say("退出", "Sign out")}</button>`}</li>`)}</ul>
    ${others.length > 1 ? html`<p><button type="button" @click=${() => end(null)}>${say("退出所有其他登录", "Sign out everywhere else")}</button></p>` : nothing}`;
}

// What a person knows their browser by; the whole of it says little more.
function browser(agent) {
  const name = /(Edg|OPR|Firefox|Chrome|Safari)\/([\d]+)/.exec(agent);
  const system = /(Windows|Mac OS|Linux|Android|iPhone)/.exec(agent);
  return [name && `${name[1].replace("Edg", "Edge").replace("OPR", "Opera")} ${name[2]}`, system?.[1]].filter(Boolean).join(", ") || agent.slice(0, 60) || say("未知浏览器", "some browser");
}
