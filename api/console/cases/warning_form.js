// Issuing a warning, bringing one up to date, calling one off: beside the form stands what is sent.

import { html, nothing, render } from "../vendor/lit-html/lit-html.js";
import { get, part, post } from "../shell/answers.js";
import { ask, control, read } from "../shell/dialog.js";
import { both, say } from "../shell/language.js";
import { may, roles } from "../shell/person.js";
import { link } from "../shell/route.js";
import { failed, loading } from "../shell/states.js";
import { fullTime } from "../shell/time.js";
import { classField } from "./class_field.js";
import { hrefOf, titleOf } from "./shown.js";
import { checkTexts, fieldsOf, fill, said } from "./warning_fields.js";
import { warningMap } from "./warning_map.js";
import { factsOf, placeOf, textsOf } from "./warning_parts.js";
import { ISSUERS } from "./warning_words.js";
import { colourTag, statusTag, warningHref } from "./warned.js";

const WAIT = 350; // [ms] without a key before the preview is asked for
const KINDS = {
  new: { title: { zh: "发布预警", en: "Issue a warning" }, send: { zh: "发布…", en: "Issue it …" } },
  update: { title: { zh: "更新预警", en: "Update a warning" }, send: { zh: "发布更新…", en: "Send the update …" }, kind: "Update" },
  cancel: { title: { zh: "解除预警", en: "Call a warning off" }, send: { zh: "解除…", en: "Call it off …" }, kind: "Cancel" },
};

// #/cases/warnings/new?case=<number>, #/cases/warnings/<identifier>/update, .../cancel
export function openWarningForm(root, route, shell) {
  const what = route.path[1] === "new" ? "new" : route.path[2];
  const identifier = what === "new" ? null : route.path[1];
  const about = what === "new" ? route.query.get("case") : null;
  const words = KINDS[what];
  const mine = ISSUERS.filter((role) => roles().includes(role));
  const fields = fieldsOf(mine, Boolean(about || identifier));
  const state = { case: null, seen: null, of: "", error: null, cells: false };
  const touched = new Set();
  const chosenClass = classField({ required: true });
  let map = null;
  let timer = 0;
  let turn = 0;
  let closed = false;

  const form = () => root.querySelector("form");
  const asked = () => ["role", "status", "colour", "urgency", "certainty", "expires", "responses", "lon", "lat", "radius", "cells", "headline_zh", "headline_en", "description_zh", "description_en", "instruction_zh", "instruction_en"].filter((name) => form().elements[name] !== undefined || form().querySelector(`[name="${name}"]`)).map((name) => fields[name]);

  // As the API takes it, without the reason.
  function body() {
    const values = read(form(), asked());
    const sent = { role: values.role ?? mine[0], ...said(values, touched) };
    if (identifier) return sent;
    const { lon, lat, radius, cells } = values;
    if (about) sent.case = about;
    else Object.assign(sent, read(form(), [{ name: "class" }]).class || {}, { colour: values.colour });
    if (state.cells) sent.cells = (cells ?? "").split(/[\s,，、]+/).filter(Boolean);
    else if (lon !== undefined && lat !== undefined && (!about || touched.has("lon") || touched.has("lat"))) Object.assign(sent, { lon, lat });
    if (!state.cells && touched.has("radius") && radius) sent.radius = radius;
    return { ...sent, status: values.status };
  }

  // What would be sent, as the server says it; the last answer counts.
  async function preview() {
    clearTimeout(timer);
    const asking = body();
    const mineNow = ++turn;
    const where = identifier ? `warnings/${part(identifier)}/preview` : "warnings/preview";
    if (!identifier && !about && !asking.code) return;
    const kind = words.kind ? { kind: words.kind } : {};
    try {
      const seen = await post(where, { ...asking, ...kind });
      if (mineNow !== turn || closed) return;
      Object.assign(state, { seen, of: JSON.stringify(asking), error: null });
      fill(form(), seen.content, touched);
      checkTexts(form());
    } catch (why) {
      if (mineNow !== turn || closed) return;
      Object.assign(state, { error: why, of: "" });
    }
    draw();
  }

  function changed(event) {
    const { name, value, type } = event.target;
    if (name === "area") state.cells = value === "cells";
    else if (type !== "checkbox" && value === "") touched.delete(name);
    else if (name) touched.add(name);
    checkTexts(form());
    state.of = "";
    draw();
    clearTimeout(timer);
    timer = setTimeout(preview, WAIT);
  }

  function placed(lon, lat) {
    if (state.cells) return void toggle(lon, lat);
    form().elements.lon.value = lon.toFixed(6);
    form().elements.lat.value = lat.toFixed(6);
    touched.add("lon").add("lat");
    preview();
  }

  // A press takes the cell in, or out again.
  async function toggle(lon, lat) {
    const { cell } = await get("areas/at", { lon, lat }).catch(() => ({ cell: null }));
    if (!cell || closed) return;
    const field = form().elements.cells;
    const codes = field.value.split(/[\s,，、]+/).filter(Boolean);
    field.value = (codes.includes(cell) ? codes.filter((code) => code !== cell) : [...codes, cell]).join(" ");
    preview();
  }

  async function send(event) {
    event.preventDefault();
    if (state.of !== JSON.stringify(body())) await preview();
    if (closed || !state.of) return;
    const { content, status } = state.seen;
    const sent = JSON.parse(state.of);
    const where = identifier ? `warnings/${part(identifier)}/${what}` : "warnings";
    const answer = await ask({
      title: words.title,
      note: html`<span class="confirm">${colourTag(content.colour)} ${statusTag(status)}<b>${both(content.headline.zh, content.headline.en)[0]}</b><span>${both(content.area.name.zh, content.area.name.en)[0]} · ${say("有效至", "until")} ${fullTime(content.expires)}</span></span>
        <span class="caution">${status === "Actual" ? say("发出后立即对外公布，不能撤回，只能更新或解除。", "It is public at once. It cannot be taken back, only updated or called off.") : say("只作为演练或测试公布。", "It is published as an exercise or a test only.")}</span>`,
      fields: [{ name: "reason", label: { zh: "理由（记入日志，不对外公布）", en: "Why (kept in the log, not sent)" }, kind: "textarea", rows: 3, required: true }],
      submit: words.title,
      danger: what === "new" && status === "Actual",
      send: ({ reason }, key) => post(where, { ...sent, reason }, { key }),
    });
    if (answer) location.hash = warningHref(answer.identifier);
  }

  async function learn() {
    if (!about) return;
    state.case = await get(`cases/${part(about)}`).then((found) => found.case).catch((why) => ((state.error = why), null));
    if (!closed) draw();
  }

  async function openMap() {
    const opened = await warningMap(root.querySelector(".place-map"), identifier ? null : placed);
    if (closed) return opened.close();
    map = opened;
    const asks = await Promise.allSettled([get("map/sensors"), get("map/sensors/states")]);
    const [places, known] = asks.map(({ value }) => value);
    if (closed || !places || !known) return undefined;
    map.map.sensors(places, (id) => known.states[id]?.state ?? "normal");
    if (state.seen) map.set(state.seen.content);
    map.again();
    return undefined;
  }

  function draw() {
    const show = (...names) => names.map((name) => control(fields[name], state.error));
    const languages = (name) => html`<div class="pair">${show(`${name}_zh`, `${name}_en`)}</div>`;
    const allowed = may("warnings.issue") && mine.length > 0;
    render(
      html`<div class="page intake warning-form">
        <p class="back"><a href=${identifier ? warningHref(identifier) : about ? hrefOf(about) : link("cases", ["warnings"])}>← ${identifier ?? about ?? say("预警", "Warnings")}</a></p>
        <h1>${say(words.title.zh, words.title.en)}</h1>
        ${allowed ? nothing : failed(Object.assign(new Error(say("发布预警由值班长、指挥长或领导决定。", "A warning is for a shift lead, a command lead or a leader to decide.")), { status: 403 }))}
        <form class="two" @submit=${send} @input=${changed} @change=${(event) => event.target.matches("class-field") && changed(event)} ?inert=${!allowed}>
          <div class="panel fields">
            ${state.case ? html`<p>${say("针对案件", "Of the case")} <a href=${hrefOf(about)}>${titleOf(state.case)}</a> <small class="quiet">${about}</small></p>` : nothing}
            ${about || identifier ? nothing : chosenClass}
            <div class="pair">${mine.length > 1 ? show("role") : nothing}${identifier ? nothing : show("status")}${show("colour", "expires")}</div>
            <div class="pair">${show("urgency", "certainty")}</div>
            ${what === "cancel" ? nothing : show("responses")}
            ${languages("headline")}${languages("description")}${languages("instruction")}
          </div>
          <div class="panel fields">
            <h2>${say("范围", "Area")}</h2>
            ${identifier ? html`<p class="quiet">${say("范围不变；另一处请另行发布预警。", "The area stays as it is; of another place issue another warning.")}</p>` : areaFields(show)}
            <div class="place-map"></div>
            <h2>${say("将要发出的内容", "What is sent")}</h2>
            ${shown()}
            <p class="send"><button type="submit" class="main" ?disabled=${!state.seen || state.error}>${say(words.send.zh, words.send.en)}</button></p>
          </div>
        </form>
      </div>`,
      root,
    );
    if (state.seen) map?.set(state.seen.content);
  }

  function areaFields(show) {
    const way = (value, text) => html`<label><input type="radio" name="area" value=${value} .checked=${(value === "cells") === state.cells}> ${text}</label>`;
    return html`<fieldset class="yes-no"><legend class="hidden">${say("范围", "Area")}</legend>${way("circle", say("圆", "A circle"))}${way("cells", say("单元网格", "Grid cells"))}</fieldset>
      <p class="quiet">${state.cells ? say("在地图上点选网格，或填写编码。", "Press on cells on the map, or write their codes.") : say("在地图上点击圆心，或填写坐标。", "Press on the middle on the map, or write coordinates.")}</p>
      <div class="pair" ?hidden=${state.cells}>${show("lon", "lat", "radius")}</div><div ?hidden=${!state.cells}>${show("cells")}</div>`;
  }

  function shown() {
    if (state.error) return html`<p class="refused" role="alert">${state.error.message}</p>`;
    if (!state.seen) return about || identifier ? loading() : html`<p class="quiet">${say("先选择类别和位置。", "Choose a class and a place first.")}</p>`;
    const { content, status } = state.seen;
    return html`<div class="preview" aria-busy=${String(!state.of)}><p>${colourTag(content.colour)} ${statusTag(status)}</p>${textsOf(content)}${factsOf(content)}${placeOf(content)}</div>`;
  }

  shell.title(words.title);
  draw();
  form().querySelector("input, select, textarea")?.focus();
  openMap();
  learn();
  if (may("warnings.issue") && mine.length) preview();
  return {
    redraw() {
      draw();
      map?.redraw();
    },
    close() {
      closed = true;
      clearTimeout(timer);
      map?.close();
    },
  };
}
