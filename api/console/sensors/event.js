// An event that is in no case: what was found, by which rule, on which channels.

import { html, nothing, render } from "../vendor/lit-html/lit-html.js";
import { get, part } from "../shell/answers.js";
import { say, t } from "../shell/language.js";
import { nameOf } from "../shell/quantities.js";
import { link } from "../shell/route.js";
import { place } from "../shell/sentences/names.js";
import { shown } from "../shell/states.js";
import { fullTime } from "../shell/time.js";
import { severityName, standingName } from "./words.js";

export async function openEvent(root, route, shell) {
  const id = route.path[1];
  let event = null;
  const draw = () => event && render(page(event), root);
  const read = async () => {
    const found = await get(`events/${part(id)}`);
    const channels = await Promise.all(found.channels.slice(0, 50).map((each) => get(`channels/${part(each)}`)));
    return { ...found, channels };
  };
  event = await shown(root, render, read, page);
  if (event) shell.title(event.rule);
  return { redraw: draw };
}

function page({ rule, why, severity, standing, began, raised, found, ended, channels, case_number: name, scope, subject, shadow }) {
  const fact = (title, value) => html`<div><dt>${title}</dt><dd>${value}</dd></div>`;
  const text = why.title ? say(why.title.zh, why.title.en) : rule;
  const hour = 3600000;
  const around = { from: new Date(Date.parse(began) - 3 * hour).toISOString(), to: new Date(Date.parse(ended ?? found) + 3 * hour).toISOString() };
  return html`<div class="page">
    <div class="head"><h1>${text}</h1><span class="tag ${severity}">${severityName(severity)}</span><span class="tag">${standingName(standing)}</span>${shadow ? html`<span class="tag">${say("试运行", "on trial")}</span>` : nothing}</div>
    <section class="panel"><h2>${say("事件", "Event")}</h2><dl class="facts">
      ${fact(say("规则", "Rule"), html`<a href=${link("rules", [rule])}>${rule}</a>`)}${fact(say("对象", "About"), place(scope, subject))}${fact(say("开始", "Began"), fullTime(began))}${fact(say("成立", "Raised"), fullTime(raised))}${fact(say("获知", "Found"), fullTime(found))}${fact(say("结束", "Ended"), ended ? fullTime(ended) : "–")}${fact(say("案件", "Case"), name ? html`<a href=${link("cases", [name])}>${name}</a>` : say("未立案", "none"))}
    </dl>${why.because ? html`<p>${t(why.because)}</p>` : nothing}</section>
    <section class="panel"><h2>${say("依据的通道", "Channels it rests on")}</h2><ul class="events">${channels.map((each) => html`<li><a href=${link("sensors", [each.device], { channel: each.id, ...around })}>${each.id}</a> <small>${nameOf(each.quantity)}${each.component_name ? ` · ${each.component_name}` : ""}</small></li>`)}</ul></section>
  </div>`;
}
