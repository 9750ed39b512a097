// Signing in: a local account, a provider, or the one-time link of an invitation.

import { html, nothing, render } from "../vendor/lit-html/lit-html.js";
import { part, post } from "./answers.js";
import { control, read } from "./dialog.js";
import { language, say, speak } from "./language.js";
import { providers, recognise, signIn } from "./person.js";
import { route } from "./route.js";

const NAME = { name: "name", label: { zh: "账号", en: "Name" }, required: true, autocomplete: "username" };
const PASSWORD = { name: "password", label: { zh: "密码", en: "Password" }, kind: "password", required: true, autocomplete: "current-password" };
const NEW = { ...PASSWORD, label: { zh: "新密码", en: "New password" }, autocomplete: "new-password", minlength: 12, hint: { zh: "12 至 128 个字符，不能是常见密码", en: "12 to 128 characters, not one that is tried first" } };
const AGAIN = { ...NEW, name: "again", label: { zh: "再输一次", en: "Once more" }, hint: null };

// Draws into `root` until somebody is signed in: person.js tells it then. token: of a one-time link.
export function showSignIn(root, token = null) {
  const back = route().query.get("problem") === "provider"; // from a provider that let nobody in
  const error = back ? new Error(say("登录提供方未能确认您的身份，或您没有账号。请联系管理员。", "The provider did not vouch for you, or you have no account here. Ask an administrator.")) : null;
  const state = { error, busy: false, providers: [] };
  const fields = token ? [{ ...NAME, required: false, hint: { zh: "仅首位管理员填写，自定账号", en: "Only the first administrator chooses one" } }, NEW, AGAIN] : [NAME, PASSWORD];

  const press = async (event) => {
    event.preventDefault();
    const given = read(event.target, fields);
    Object.assign(state, { error: null, busy: true });
    draw();
    try {
      if (!token) await signIn(given.name, given.password);
      else await accept(given);
      return;
    } catch (why) {
      state.error = why;
    }
    state.busy = false;
    draw();
    root.querySelector("[name=password]")?.select();
  };

  const accept = async ({ name, password, again }) => {
    if (password !== again) throw new Error(say("两次输入的密码不同。", "The two passwords differ."));
    await post(`invitations/${part(token)}`, { ...(name ? { name } : {}), password });
    history.replaceState(null, "", "#/"); // used up: it must not be asked again
    await recognise();
  };

  const draw = () => render(html`<main class="sign-in" id="section">
      <div class="panel">
        <p class="product"><img src="icon.svg" alt="" width="40" height="40"><span><b lang="zh">城市生命线</b> <span lang="en">Lifeline</span></span></p>
        <h1>${token ? say("设置密码", "Set your password") : say("登录", "Sign in")}</h1>
        ${token ? html`<p class="note">${say("此链接只能使用一次。", "This link works once.")}</p>` : nothing}
        <form @submit=${press}>
          ${fields.map((field) => control(field, state.error))}
          ${state.error ? html`<p class="refused" role="alert">${state.error.message}</p>` : nothing}
          <button class="main" ?disabled=${state.busy}>${token ? say("设置并登录", "Set and sign in") : say("登录", "Sign in")}</button>
        </form>
        ${!token && state.providers.length ? html`<p class="or">${say("或使用", "or with")}</p>
          <ul class="providers">${state.providers.map(({ name, title }) => html`<li><a class="button" href="/api/v1/sign-in/${part(name)}">${title ?? name}</a></li>`)}</ul>` : nothing}
        <button type="button" class="plain" lang=${language() === "zh" ? "en" : "zh"} @click=${turn}>${language() === "zh" ? "English" : "中文"}</button>
      </div>
    </main>`, root);
  const turn = () => {
    speak(language() === "zh" ? "en" : "zh");
    draw();
  };

  draw();
  root.querySelector("input")?.focus();
  if (token) return;
  // Without them the local account still works; a first account may be all there is.
  providers().then((found) => {
    state.providers = found.items ?? found;
    draw();
  }, () => {});
}
