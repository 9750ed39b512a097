// The pipe that was chosen on the map: what it is, who watches it, what is the matter with it.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { get, part } from "../shell/answers.js";
import { both, number, say } from "../shell/language.js";
import { mark, stateName } from "../shell/marks.js";
import { networkName, networkSign, widthText } from "../shell/networks.js";
import { link } from "../shell/route.js";
import { failed, loading } from "../shell/states.js";
import { left } from "../shell/time.js";

// name: "gas/M-7", as the address has it.
export function readPipe(name) {
  const [network, ...rest] = name.split("/");
  return get(`pipes/${part(network)}/${part(rest.join("/"))}`);
}

// about: what `readPipe` gave, an Error, or null while it is read. choose(device): show it on the map.
export function pipeCard(name, about, stateOf, choose, close, again) {
  const [network, ...rest] = name.split("/");
  return html`<aside class="card panel pipe-card" aria-label=${say("所选管线", "The chosen pipe")}>
    <div class="head"><h2>${networkSign(network)} ${about?.name || rest.join("/")}</h2>
      <button type="button" class="plain" aria-label=${say("关闭", "Close")} @click=${close}>✕</button></div>
    ${about instanceof Error ? failed(about, again) : about ? told(about, stateOf, choose) : loading()}
  </aside>`;
}

function told(pipe, stateOf, choose) {
  const facts = [
    [say("编号", "Id"), pipe.name ? pipe.id : ""],
    [say("管径", "Diameter"), widthText(pipe.diameter)],
    [say("材质", "Material"), pipe.material],
    [say("敷设年份", "Laid in"), pipe.year],
    [say("长度", "Length"), lengthText(pipe.length)],
    [say("起止点", "From, to"), [pipe.from_node, pipe.to_node].filter(Boolean).join(" – ")],
  ];
  return html`<dl class="facts"><div><dt>${say("管网", "Network")}</dt><dd>${networkName(pipe.network)}</dd></div>
      ${facts.filter(([, value]) => value).map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
    ${part_(say("未结案件", "Open cases"), pipe.cases, say("没有未结案件。", "No open case."), caseRow)}
    ${part_(say("沿线传感器", "Sensors on it"), pipe.sensors, say("沿线没有传感器。", "No sensor is on it."), (each) => sensorRow(each, stateOf(each.device), choose))}`;
}

function part_(name, rows, none, row) {
  return html`<section><h3>${name} ${rows.length ? html`<small class="quiet">${number(rows.length, 0)}</small>` : nothing}</h3>
    ${rows.length ? html`<ul class="plain">${rows.map(row)}</ul>` : html`<p class="quiet">${none}</p>`}</section>`;
}

function caseRow({ number: name, light, title_zh: zh, title_en: en, stage_due: due }) {
  return html`<li>${mark(light)} <a href=${link("cases", [name])}>${both(zh, en)[0]}</a> <small class="quiet">${name}${due ? ` · ${left(due).text}` : ""}</small></li>`;
}

function sensorRow({ device, component_name: name }, state, choose) {
  return html`<li>${mark(state)} <button type="button" class="plain" title=${device} @click=${() => choose(device)}>${name || device}</button> <small class="quiet">${stateName(state)}</small></li>`;
}

function lengthText(metres) {
  return metres >= 1000 ? `${number(metres / 1000, 2)} km` : `${number(metres, 0)} m`;
}
