// Finding devices and channels by any part of their words.

import { html, nothing, render } from "../vendor/lit-html/lit-html.js";
import { say } from "../shell/language.js";
import { list } from "../shell/list.js";
import { mark, stateName } from "../shell/marks.js";
import { nameOf, withUnit } from "../shell/quantities.js";
import { link, replace } from "../shell/route.js";
import { ago, fullTime } from "../shell/time.js";
import { tabs } from "./tabs.js";
import { KINDS, flagsOf, kindName, stateOf } from "./words.js";

const WAIT = 250; // [ms] after the last letter typed
const QUANTITIES = ["depth", "level", "pressure", "flow", "methane", "gas_pressure", "voltage", "current", "sound_level", "tilt", "rain_rate", "battery", "signal", "temperature", "status"];

const STATES = () => [
  ["alarming", say("报警", "alarming")],
  ["unwell", say("异常或离线", "unwell or silent")],
  ["well", say("正常", "normal")],
];

// What both lists have: tabs, filters in the address, a list.
function page(root, route, name, heading, path, columns, extra) {
  let typed = 0;
  const set = (field, value) => {
    const query = new URLSearchParams(route.query);
    if (value) query.set(field, value);
    else query.delete(field);
    replace("sensors", name === "devices" ? [] : [name], query);
  };
  const type = (field) => ({ target }) => {
    clearTimeout(typed);
    typed = setTimeout(() => set(field, target.value.trim()), WAIT);
  };
  const chosen = (field, title, options) => html`<label>${title}
    <select name=${field} @change=${({ target }) => set(field, target.value)}><option value="">${say("全部", "all")}</option>
    ${options.map(([value, text]) => html`<option value=${value} ?selected=${route.query.get(field) === value}>${text}</option>`)}</select></label>`;
  const draw = () => {
    const get = (field) => route.query.get(field) ?? "";
    const query = { ...Object.fromEntries(route.query), ...extra };
    const tools = html`<input type="search" name="search" data-search class="find" autocomplete="off" aria-label=${say("搜索", "Search")}
        placeholder=${say("名称、位置、部件、类型、量…", "name, place, component, kind, quantity …")} .value=${get("search")} @input=${type("search")}>
      ${chosen("kind", say("类型", "Kind"), KINDS.map((kind) => [kind, kindName(kind)]))}
      ${chosen("state", say("状态", "State"), STATES())}
      ${chosen("quantity", say("量", "Quantity"), QUANTITIES.map((quantity) => [quantity, nameOf(quantity)]))}
      <label>${say("分区", "Zone")} <input name="zone" class="zone" autocomplete="off" .value=${get("zone")} @input=${type("zone")}></label>`;
    render(
      html`<div class="page">
        <div class="head"><h1>${heading()}</h1></div>
        ${tabs(name)}
        <div class="panel">${list({ name: { zh: heading(), en: heading() }, path, query, columns: columns(), tools, href: hrefOf, key: (row) => row.id, marked: (row) => (row.standing?.length ? stateOf(row.standing) : ""), nothing: { zh: "没有符合条件的传感器。减少条件，或到“待接入”查看未接入的设备。", en: "Nothing fits. Ask for less, or look in quarantine for devices that nobody has adopted." } })}</div>
      </div>`,
      root,
    );
  };
  draw();
  return {
    update(next) {
      route = next;
      draw();
    },
    redraw: draw,
    close: () => clearTimeout(typed),
  };
}

const hrefOf = (row) => (row.device ? link("sensors", [row.device], { channel: row.id }) : link("sensors", [row.id]));

export function openDevices(root, route) {
  return page(root, route, "devices", () => say("设备", "Devices"), "devices", deviceColumns, { latest: true });
}

export function openChannels(root, route) {
  return page(root, route, "channels", () => say("通道", "Channels"), "channels", channelColumns, {});
}

function deviceColumns() {
  return [
    { name: "name", title: { zh: "位置", en: "Place" }, sort: "name", value: (row) => row.component_name ?? "", cell: ({ id, component_name: name, component, status }) => html`${name || component || id}${status === "active" ? nothing : html` <span class="tag">${status === "retired" ? say("退役", "retired") : say("待接入", "quarantined")}</span>`}` },
    { name: "id", title: { zh: "设备", en: "Device" }, sort: "id", cell: ({ id, component }) => html`${id}<small>${component ?? ""}</small>` },
    { name: "kind", title: { zh: "类型", en: "Kind" }, sort: false, value: ({ tags }) => tags.kind, cell: ({ tags }) => kindName(tags.kind) },
    { name: "zone", title: { zh: "分区", en: "Zone" }, sort: false, narrow: true, value: ({ tags }) => tags.zone, cell: ({ tags }) => tags.zone ?? "–" },
    { name: "state", title: { zh: "状态", en: "State" }, sort: false, value: ({ standing }) => stateOf(standing), cell: ({ standing }) => html`<span class="state-of">${mark(stateOf(standing))} ${stateName(stateOf(standing))}</span>${standing.length ? html`<small>${standing.join(" · ")}</small>` : nothing}` },
    { name: "latest", title: { zh: "最新读数", en: "Newest readings" }, sort: false, value: ({ latest }) => newest(latest), cell: ({ latest }) => newest(latest) },
    { name: "heard", title: { zh: "最近上报", en: "Last heard" }, sort: "heard", value: ({ last_received: heard }) => heard, cell: ({ last_received: heard }) => (heard ? html`<span title=${fullTime(heard)}>${ago(heard)}</span>` : say("从未", "never")) },
  ];
}

function newest(latest) {
  return (latest ?? []).slice(0, 3).map(({ quantity, value, state }) => `${nameOf(quantity)} ${state ?? withUnit(quantity, value)}`).join(" · ") || "–";
}

function channelColumns() {
  return [
    { name: "place", title: { zh: "位置", en: "Place" }, sort: false, value: (row) => row.component_name, cell: ({ component_name: name, component, device }) => html`${name || component || device}` },
    { name: "quantity", title: { zh: "量", en: "Quantity" }, sort: "quantity", cell: ({ quantity }) => nameOf(quantity) },
    { name: "id", title: { zh: "通道", en: "Channel" }, sort: "id", cell: ({ id, component }) => html`${id}<small>${component ?? ""}</small>` },
    { name: "device", title: { zh: "设备", en: "Device" }, sort: false, narrow: true },
    { name: "zone", title: { zh: "分区", en: "Zone" }, sort: false, narrow: true, value: ({ tags }) => tags.zone, cell: ({ tags }) => tags.zone ?? "–" },
    { name: "value", title: { zh: "最新值", en: "Newest" }, sort: false, number: true, value: ({ latest }) => latest?.value, cell: ({ latest, quantity }) => (latest ? html`${latest.state ?? withUnit(quantity, latest.value)}${flagsOf(latest.quality).map(({ name }) => html`<small>${name}</small>`)}` : "–") },
    { name: "time", title: { zh: "测量时间", en: "Measured" }, sort: false, value: ({ latest }) => latest?.time, cell: ({ latest }) => (latest ? html`<span title=${fullTime(latest.time)}>${ago(latest.time)}</span>` : "–") },
  ];
}
