// What can be rehearsed, and what was.

import { html, nothing, render } from "../vendor/lit-html/lit-html.js";
import { get, post } from "../shell/answers.js";
import { ask } from "../shell/dialog.js";
import { number, say } from "../shell/language.js";
import { list } from "../shell/list.js";
import { may, me } from "../shell/person.js";
import { go, link } from "../shell/route.js";
import { failed, loading } from "../shell/states.js";
import { takePart } from "../shell/taking_part.js";
import { clockTime, duration, isoDuration, seconds } from "../shell/time.js";
import "./place_field.js";
import { isOn, stateInk, stateName, titleOf } from "./words.js";

const RELOAD = 5000; // [ms]

export function choose(root, shell) {
  const state = { scenarios: null, error: null };
  const draw = () => render(page(state, load), root);
  async function load() {
    Object.assign(state, { scenarios: null, error: null });
    draw();
    try {
      state.scenarios = (await get("drills/scenarios")).items;
    } catch (why) {
      state.error = why;
    }
    draw();
  }
  shell.title({ zh: "演练", en: "Drills" });
  load();
  const timer = setInterval(() => root.querySelector("lifeline-list")?.reload(), RELOAD);
  return { redraw: draw, close: () => clearInterval(timer) };
}

function page(state, again) {
  const leads = may("drills.run");
  return html`<div class="page">
    <div class="head"><h1>${say("演练", "Drills")}</h1></div>
    <p class="quiet lead">${say(
      "演练走真实链路：虚拟设备经 MQTT 上报，由同样的检测、规则和流程处置；全程标记为演练，不进入任何真实列表、统计与通知。",
      "A drill runs on the live path: devices of its own report over MQTT, found by the same detectors and rules and handled on the same workflow. All of it is marked, and in no live list, statistic or notification.",
    )}</p>
    <section aria-labelledby="scenarios"><h2 id="scenarios">${say("剧本", "Scenarios")}</h2>
      ${state.error ? failed(state.error, again) : state.scenarios ? html`<ul class="scenarios">${state.scenarios.map((one) => card(one, leads))}</ul>` : loading()}
    </section>
    <section aria-labelledby="past"><h2 id="past">${say("历次演练", "Drills held")}</h2>
      <div class="panel">${list({
        name: { zh: "演练", en: "Drills" },
        path: "drills",
        key: (row) => row.number,
        href: (row) => link("drills", [String(row.number)]),
        nothing: { zh: "还没有演练。选择上面的剧本开始。", en: "No drill was held yet. Choose a scenario above." },
        columns: [
          { name: "number", title: { zh: "编号", en: "No." }, cell: (row) => `#${row.number}` },
          { name: "title", title: { zh: "剧本", en: "Scenario" }, cell: (row) => titleOf(row), value: (row) => titleOf(row), sort: false },
          { name: "state", title: { zh: "状态", en: "State" }, cell: (row) => html`<span class="tag ${stateInk(row.state)}">${stateName(row.state)}</span>` },
          { name: "began", title: { zh: "开始", en: "Began" }, cell: (row) => clockTime(row.began) },
          { name: "lasted", title: { zh: "历时", en: "Lasted" }, narrow: true, number: true, cell: (row) => (row.ended ? duration((Date.parse(row.ended) - Date.parse(row.began)) / 1000) : "–"), value: (row) => (row.ended ? (Date.parse(row.ended) - Date.parse(row.began)) / 1000 : null) },
          { name: "devices", title: { zh: "设备", en: "Devices" }, number: true, narrow: true },
          { name: "cases", title: { zh: "案件", en: "Cases" }, number: true },
          { name: "started_by", title: { zh: "导调", en: "Led by" }, narrow: true },
          { name: "report", title: { zh: "报告", en: "Report" }, sort: false, value: () => "", cell: (row) => (isOn(row.state) ? "" : html`<a href=${link("drills", [String(row.number), "report"])}>${say("查看", "read")}</a>`) },
        ],
      })}</div>
    </section>
  </div>`;
}

function card(one, leads) {
  return html`<li class="panel scenario">
    <h3>${titleOf(one.title)}</h3>
    <p>${titleOf(one.summary)}</p>
    <dl class="small">
      <div><dt>${say("时长", "Lasts")}</dt><dd>${isoDuration(one.lasts)}</dd></div>
      <div><dt>${say("问题与干扰", "Happens")}</dt><dd>${number(one.happens.length + one.faults.length)}</dd></div>
      <div><dt>${say("通报", "Injects")}</dt><dd>${number(one.injects.length)}</dd></div>
      <div><dt>${say("要求", "Expected")}</dt><dd>${number(one.expects.length)}</dd></div>
    </dl>
    ${seconds(one.history) ? html`<p class="quiet">${say(`开始前写入 ${isoDuration(one.history)} 的平常数据，供检测器学习。`, `Begins with ${isoDuration(one.history)} of ordinary readings, which detectors learn from.`)}</p>` : nothing}
    ${leads ? html`<button type="button" class="main" data-begin=${one.name} @click=${() => begin(one)}>${say("开始演练", "Begin")}</button>` : nothing}
  </li>`;
}

// Who leads in an area alone names a cell of it; the place would not need to lie in there.
const inArea = () => {
  const grants = (me()?.grants ?? []).filter(({ role }) => role === "drill-leader");
  return grants.length > 0 && grants.every(({ area, department }) => area || department);
};

async function begin(one) {
  const cellOnly = inArea();
  const place = Object.assign(document.createElement("place-field"), { cellOnly });
  place.setAttribute("name", "place");
  const made = await ask({
    title: { zh: `开始演练：${one.title.zh}`, en: `Begin: ${one.title.en}` },
    wide: true,
    submit: { zh: "开始", en: "Begin" },
    fields: [
      { name: "place", own: place },
      { name: "grid_cell", label: { zh: "网格（案件归入其中）", en: "Grid cell that its cases are filed in" }, hint: { zh: "14 或 15 位编码", en: "14 or 15 digits" }, required: cellOnly },
      ...(cellOnly ? [] : [
        { name: "lon", label: { zh: "经度", en: "Longitude" }, kind: "number", step: "any", min: -180, max: 180 },
        { name: "lat", label: { zh: "纬度", en: "Latitude" }, kind: "number", step: "any", min: -85, max: 85 },
      ]),
      { name: "seed", label: { zh: "种子", en: "Seed" }, kind: "number", value: 1, min: 0, required: true, hint: { zh: "相同的种子产生相同的数据", en: "The same seed gives the same readings" } },
      { name: "part", label: { zh: "我参加这次演练（控制台只显示演练）", en: "I take part: the console shows the drill alone" }, kind: "checkbox", value: true },
    ],
    send: (values) => {
      const given = Object.fromEntries(["grid_cell", "lon", "lat", "seed"].filter((name) => values[name] !== null && values[name] !== undefined && values[name] !== "").map((name) => [name, values[name]]));
      return post("drills", { scenario: one.name, ...given }).then((drill) => ({ drill, part: values.part }));
    },
  });
  if (!made) return;
  if (made.part) takePart(made.drill);
  go("drills", [String(made.drill.number)]);
}
