// One device: its curve from raw readings to years, and how it does.

import { html, nothing, render } from "../vendor/lit-html/lit-html.js";
import { get, part } from "../shell/answers.js";
import { say } from "../shell/language.js";
import { follow } from "../shell/live.js";
import { mark, stateName } from "../shell/marks.js";
import { may } from "../shell/person.js";
import { nameOf, withUnit } from "../shell/quantities.js";
import { link, replace } from "../shell/route.js";
import { failed, loading } from "../shell/states.js";
import { ago, fullTime, now } from "../shell/time.js";
import { Curve, SPANS, asQuery, eventsIn, spanName, windowOf } from "./curve.js";
import { contract, health, ledger, rules, windows } from "./health.js";
import { SmallMap } from "./small_map.js";
import { kindName, stateOf } from "./words.js";

const AGAIN = 15000; // [ms] between two looks at what goes on

export async function openDevice(root, route, shell) {
  const id = route.path.join("/");
  const state = { about: null, health: null, ledger: null, channels: [], error: null };
  const map = new SmallMap();
  let query = route.query;
  const channel = () => state.channels.find((each) => each.id === query.get("channel")) ?? state.channels[0];
  const move = (window, more = {}) => {
    const next = new URLSearchParams();
    const all = { channel: query.get("channel"), ...asQuery(window), ...more };
    for (const [name, value] of Object.entries(all)) if (value !== null && value !== undefined) next.set(name, value);
    replace("sensors", route.path, next);
  };
  const curve = new Curve(() => draw(), (window) => move(window));

  const draw = () => {
    if (state.error) return void render(failed(state.error, load, true), root);
    if (!state.about) return void render(loading(), root);
    render(page({ ...state, curve, channel: channel(), move }), root);
    map.draw(root.querySelector(".small-map"), state.about);
    return undefined;
  };
  const show = () => (channel() ? curve.show(channel().id, windowOf(query)) : draw());

  async function load() {
    state.error = null;
    draw();
    try {
      state.about = await get(`devices/${part(id)}`);
      const [found, { items: channels }, { items: days }] = await Promise.all([get(`devices/${part(id)}/health`), get("channels", { device: id, limit: 500 }), get(`devices/${part(id)}/ledger`, { days: 14 })]);
      Object.assign(state, { health: found, channels, ledger: days });
      state.details = await Promise.all(channels.slice(0, 20).map((each) => get(`channels/${part(each.id)}`)));
      shell.title(state.about.component_name || id);
      await show();
    } catch (why) {
      if (why.status === 404 && (await isChannel(id))) return;
      state.error = why;
      draw();
    }
  }

  // Who knows a channel only, comes to its device.
  async function isChannel(name) {
    const found = await get(`channels/${part(name)}`).catch(() => null);
    if (found) replace("sensors", [found.device], { channel: found.id });
    return found !== null;
  }

  // Only a window that ends now is looked at again by itself.
  async function again() {
    if (document.hidden || !state.about || curve.loading || curve.window?.span === null) return;
    const [about, found] = await Promise.all([get(`devices/${part(id)}`), get(`devices/${part(id)}/health`)]).catch(() => [state.about, state.health]);
    Object.assign(state, { about, health: found });
    await show();
  }
  const timer = setInterval(again, AGAIN);
  const off = follow("reset", again);
  const keys = () =>
    shell.keys({
      "[": { zh: "曲线向前移动", en: "Plot: earlier", run: () => curve.window && curve.shift(-0.5) },
      "]": { zh: "曲线向后移动", en: "Plot: later", run: () => curve.window && curve.shift(0.5) },
    });
  keys();
  await load();
  return {
    update(next) {
      query = next.query;
      return show();
    },
    redraw() {
      map.redraw();
      draw();
    },
    close() {
      clearInterval(timer);
      off();
      curve.close();
      map.close();
    },
  };
}

function page({ about, health: found, ledger: days, channels, details, curve, channel, move }) {
  const { id, component, component_name: name, tags, gateway, standing, status, last_received: heard } = about;
  const worst = stateOf(standing);
  return html`<div class="page device">
    <div class="head">
      <h1>${mark(worst)} ${name || id}</h1>
      <span class="tag">${stateName(worst)}</span>${found.windows.some(isNow) ? html`<span class="tag blue">${mark("maintenance")} ${say("维护窗口内", "in a maintenance window")}</span>` : nothing}${status === "retired" ? html`<span class="tag">${say("退役", "retired")}</span>` : nothing}
      <a href=${link("sensors")}>${say("全部设备", "All devices")}</a>
    </div>
    <p class="quiet">${[id, component, kindName(tags.kind), tags.zone, gateway && `${say("网关", "gateway")} ${gateway}`].filter(Boolean).join(" · ")} · <span title=${fullTime(heard)}>${heard ? say(`最近上报 ${ago(heard)}`, `last heard ${ago(heard)}`) : say("从未上报", "never heard")}</span></p>
    <section class="panel curve" aria-label=${say("曲线", "Curve")}>
      ${channels.length > 1 ? html`<div class="channels" role="group" aria-label=${say("通道", "Channels")}>${channels.map((each) => html`<button type="button" aria-pressed=${each.id === channel?.id} @click=${() => move(curve.window, { channel: each.id })}>${nameOf(each.quantity)}<small>${each.latest ? (each.latest.state ?? withUnit(each.quantity, each.latest.value)) : "–"}</small></button>`)}</div>` : nothing}
      ${channel ? html`${windowBar(curve, move)}${curve.error ? failed(curve.error, () => curve.load()) : curve.template()}` : html`<p class="quiet">${say("此设备没有通道。", "This device has no channel.")}</p>`}
    </section>
    <div class="split">
      <section class="panel" aria-labelledby="health-title"><h2 id="health-title">${say("运行状况", "Health")}</h2>${health(found, about)}</section>
      <section class="panel" aria-labelledby="place-title"><h2 id="place-title">${say("位置", "Place")}</h2><div class="small-map"></div><p class="quiet">${about.lon === null ? say("没有坐标。", "No coordinates.") : `${about.lon.toFixed(5)}, ${about.lat.toFixed(5)}`}</p></section>
    </div>
    <section class="panel" aria-labelledby="contract-title"><h2 id="contract-title">${say("合同", "Contract")}</h2>${contract(details ?? [])}</section>
    <div class="split">
      <section class="panel" aria-labelledby="rules-title"><h2 id="rules-title">${say("监视它的规则", "Rules that watch it")}</h2>${rules(found, channels)}</section>
      <section class="panel" aria-labelledby="events-title"><h2 id="events-title">${say("事件和案件（30 天）", "Events and cases (30 days)")}</h2>${found.events.length ? html`<ul class="events">${eventsIn(found)}</ul>` : html`<p class="quiet">${say("没有事件。", "None.")}</p>`}
        <h3>${say("维护窗口", "Maintenance windows")}</h3>${windows(found)}${may("windows.set") && status !== "retired" ? html`<p><a class="button" href=${link("administration", ["windows"], { scope: "device", subject: id })}>${say("设置维护窗口", "Set a window")}</a></p>` : nothing}</section>
    </div>
    <section class="panel ledger" aria-label=${say("收发台账", "Ledger")}>${ledger(days)}</section>
  </div>`;
}

const isNow = ({ began, until }) => Date.parse(began) <= now() && Date.parse(until) > now();

function windowBar(curve, move) {
  const { from, to, span } = curve.window ?? {};
  const choose = (each) => move({ span: each, from: now() - each, to: now() });
  return html`<div class="window" role="group" aria-label=${say("时间范围", "Stretch of time")}>
    <button type="button" aria-label=${say("更早", "Earlier")} @click=${() => curve.shift(-0.5)}>←</button>
    ${SPANS.map((each) => html`<button type="button" data-span=${each / 1000} aria-pressed=${span === each} @click=${() => choose(each)}>${spanName(each)}</button>`)}
    <button type="button" aria-label=${say("更晚", "Later")} @click=${() => curve.shift(0.5)}>→</button>
    <span class="told">${from ? `${fullTime(from)} – ${fullTime(to)}` : ""}${span ? say(" · 至当前", " · up to now") : ""}</span>
    <small>${say("滚轮或拖动缩放，双击恢复", "wheel or drag zooms, double click goes back")}</small>
  </div>`;
}
