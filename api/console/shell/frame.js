// What stands around every section: header, rail, banners, clock.

import { changePassword, showSessions } from "./account.js";
import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { language, say, speak, t } from "./language.js";
import { showKeys } from "./keys.js";
import { postName } from "./posts.js";
import { link } from "./route.js";
import { manageSecondFactor } from "./second_factor.js";
import { chooseTheme, chosenTheme } from "./theme.js";
import { clockTime, duration, freshness, now, speed, told } from "./time.js";

const THEMES = { light: ["浅色", "Light"], dark: ["深色", "Dark"], auto: ["随系统", "As system"] };

// state: {sections, at (name of the section), person, trouble, watermark, menu (open), signOut, toggle}
export function frame(state) {
  return html`<a class="skip" href="#section" @click=${skip}>${say("跳到内容", "Skip to content")}</a>
    <header>
      <a class="product" href="#/"><img src="icon.svg" alt="" width="26" height="26"><span lang="zh">城市生命线</span> <span lang="en">Lifeline</span></a>
      ${clock(state.drill !== null)}
      <div class="tools">
        <button type="button" class="plain" aria-label=${language() === "zh" ? "English" : "中文"} lang=${language() === "zh" ? "en" : "zh"} data-language @click=${() => speak(language() === "zh" ? "en" : "zh")}>${language() === "zh" ? "EN" : "中"}</button>
        <button type="button" class="plain" aria-haspopup="true" aria-expanded=${String(state.menu)} data-menu @click=${state.toggle}>
          <span class="who">${state.person?.name || say("访客", "Guest")}</span><span aria-hidden="true">▾</span>
        </button>
        ${state.menu ? menu(state) : nothing}
      </div>
    </header>
    <nav aria-label=${say("栏目", "Sections")}><ul>
      ${state.sections.map(({ name, title, short, icon, key }) => html`<li><a href=${link(name)} aria-current=${name === state.at ? "page" : nothing} title="${t(title)} (g ${key})">
        <svg viewBox="0 0 20 20" aria-hidden="true"><path d=${icon}></path></svg><span class=${short ? "long" : ""}>${t(title)}</span>${short ? html`<span class="short" aria-hidden="true">${t(short)}</span>` : nothing}</a></li>`)}
    </ul></nav>
    <p id="trouble" role="alert" ?hidden=${!state.trouble}>${state.trouble ?? ""}${state.trouble ? html` <button type="button" aria-label=${say("关闭提示", "Dismiss")} @click=${state.dismiss}>✕</button>` : nothing}</p>
    <p id="exercise" role="status" ?hidden=${!state.watermark}>${state.watermark ?? ""}${state.watermark && state.drill ? html` <time>${exerciseTime(state.drill)}</time> <a href=${link("drills", [String(state.drill.number)])}>${say("导调页", "the drill")}</a>` : nothing}</p>
    <main id="section" tabindex="-1"></main>
    <div id="watermark" aria-hidden="true" ?hidden=${!state.watermark}>${state.watermark ? Array.from({ length: 24 }, () => html`<span data-text=${state.watermark}></span>`) : nothing}</div>`;
}

// How far the exercise is, in the system's time: in a demo it runs fast too.
function exerciseTime({ began }) {
  if (!began || !told()) return "";
  const gone = (now() - Date.parse(began)) / 1000;
  return gone < 0 ? say(`${duration(gone)}后开始`, `begins in ${duration(gone)}`) : say(`演练已进行 ${duration(gone)}`, `exercise ${duration(gone)} in`);
}

function skip(event) {
  event.preventDefault();
  document.getElementById("section").focus();
}

// Whether what is shown is of now: a mark, the city's time, and words.
// In an exercise it is still that of the real city, and says so.
function clock(apart) {
  const { state, age } = freshness();
  const words = {
    live: apart ? say("数据实时", "up to date") : say("数据实时", "live"),
    stale: say(`已 ${duration(age)} 无数据`, `no reading for ${duration(age)}`),
    offline: say("连接中断", "disconnected"),
    waiting: say("等待数据", "waiting for data"),
  };
  return html`<div id="clock" class=${state} role="group" aria-label=${say("系统时间", "Clock")}>
    <span class="mark" aria-hidden="true"></span>
    <time>${told() ? clockTime(now(), speed() < 5) : "–"}</time>
    <span class="age" role="status">${apart ? html`<b>${say("真实系统", "Live city")}</b> ` : nothing}${words[state]}</span>
  </div>`;
}

function menu({ person, signOut }) {
  const posts = [...new Set((person?.grants ?? []).map(({ role }) => postName(role)))].join(say("、", ", "));
  return html`<div class="menu">
    ${person?.name ? html`<p><b>${person.name}</b>${posts ? html`<small>${posts}</small>` : nothing}</p>` : nothing}
    <fieldset><legend>${say("显示", "Theme")}</legend>
      ${Object.entries(THEMES).map(([name, words]) => html`<label><input type="radio" name="theme" value=${name} .checked=${chosenTheme() === name} @change=${() => chooseTheme(name)}> ${say(...words)}</label>`)}
    </fieldset>
    <fieldset><legend>语言 Language</legend>
      ${[["zh", "中文"], ["en", "English"]].map(([code, name]) => html`<label lang=${code}><input type="radio" name="language" value=${code} .checked=${language() === code} @change=${() => speak(code)}> ${name}</label>`)}
    </fieldset>
    <button type="button" @click=${showKeys}>${say("键盘操作", "Keys")} <kbd>?</kbd></button>
    ${person?.kind === "guest" ? html`<a class="button" href="#/sign-in">${say("登录", "Sign in")}</a>` : nothing}
    ${person?.kind === "person" ? html`<button type="button" @click=${changePassword}>${say("修改密码", "Change the password")}</button>
      <button type="button" @click=${manageSecondFactor}>${say("第二因素", "Second factor")}</button>
      <button type="button" @click=${showSessions}>${say("我的登录", "Where I am signed in")}</button>
      <button type="button" data-sign-out @click=${signOut}>${say("退出登录", "Sign out")}</button>` : nothing}
  </div>`;
}
