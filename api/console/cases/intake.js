// Filing a report by hand: what somebody tells, where it is, and whether it is known already.

import { html, nothing, render } from "../vendor/lit-html/lit-html.js";
import { get, newKey, post } from "../shell/answers.js";
import { control, read } from "../shell/dialog.js";
import { number, say } from "../shell/language.js";
import { openMap } from "../shell/map.js";
import { may, roles } from "../shell/person.js";
import { go, link } from "../shell/route.js";
import { failed } from "../shell/states.js";
import { fromInput } from "../shell/time.js";
import { classField } from "./class_field.js";
import { cellsInView } from "./cells_in_view.js";
import { photoField } from "./photo_field.js";
import { last } from "./filters.js";
import { hrefOf, titleOf } from "./shown.js";
import { SEVERITIES, SOURCES, STATES, word } from "./words.js";

// Who enters a report of the source, if they have that post; anybody who may file reports otherwise.
const BY = { inspector: "inspector", hotline: "intake", police: "partner", video: "intake", leader: "leader", system: "partner" };
const WRITERS = ["intake", "shift-lead", "inspector", "leader"];

export function openIntake(root, route, shell) {
  const given = route.query;
  const state = { source: given.get("source") ?? (roles().includes("inspector") && !roles().includes("intake") ? "inspector" : "hotline"), alike: [], join: "", error: null, busy: false, key: newKey() };
  let map = null;
  let stopCells = () => {};
  let timer = 0;
  let turn = 0;
  let closed = false;
  const chosenClass = classField({});
  const photos = photoField();

  const fields = () => [
    { name: "source", label: { zh: "来源", en: "Source" }, kind: "select", required: true, value: state.source, options: Object.keys(SOURCES).filter((name) => name !== "sensor").map((name) => [name, SOURCES[name]]) },
    { name: "text", label: { zh: "所述问题", en: "What is told" }, kind: "textarea", rows: 4, required: true },
    { name: "address", label: { zh: "地址", en: "Address" } },
    { name: "component", label: { zh: "部件编码", en: "Code of the component" }, value: given.get("component") ?? "" },
    { name: "lon", label: { zh: "经度", en: "Longitude" }, kind: "number", min: -180, max: 180, value: given.get("lon") ?? "" },
    { name: "lat", label: { zh: "纬度", en: "Latitude" }, kind: "number", min: -90, max: 90, value: given.get("lat") ?? "" },
    { name: "happened", label: { zh: "自何时起", en: "Since when" }, kind: "time" },
    { name: "severity", label: { zh: "等级（估计）", en: "Severity (a guess)" }, kind: "select", options: Object.entries(SEVERITIES) },
    { name: "external_id", label: { zh: "来源编号", en: "Its number there" }, required: state.source === "police" },
    { name: "caller_name", label: { zh: "来电人姓名", en: "Name of the caller" } },
    { name: "caller_phone", label: { zh: "来电人电话", en: "Phone of the caller" } },
    { name: "exercise", label: { zh: "演练", en: "It is an exercise" }, kind: "checkbox" },
    { name: "class", own: chosenClass },
    { name: "photos", own: photos },
  ];

  // As the API takes it.
  function body(form) {
    const { caller_name: name, caller_phone: phone, class: kind, lon, lat, happened, ...said } = read(form, fields());
    const mine = BY[said.source];
    const role = roles().includes(mine) ? mine : WRITERS.find((each) => roles().includes(each));
    return {
      ...said, ...(kind || {}), ...(role ? { role } : {}),
      ...(lon !== undefined && lat !== undefined ? { lon, lat } : {}),
      ...(happened ? { happened: fromInput(happened) } : {}),
      ...(phone ? { caller: { name: name ?? "", phone } } : {}),
      ...(state.join ? { join_to: state.join } : {}),
    };
  }

  async function send(event) {
    event.preventDefault();
    if (state.busy) return;
    Object.assign(state, { busy: true, error: null });
    const sent = body(event.target);
    draw();
    try {
      const taken = await post("reports", sent, { key: state.key });
      go("cases", [taken.case]);
    } catch (why) {
      // What is said next is another report: the server remembers what it answered to this key.
      Object.assign(state, { error: why, busy: false, key: newKey() });
      draw();
      root.querySelector(".refused")?.scrollIntoView({ block: "nearest" });
    }
  }

  function changed(event) {
    if (event.target.name === "source") {
      state.source = event.target.value;
      draw();
    }
    if (["lon", "lat", "exercise"].includes(event.target.name) || event.target.matches("class-field")) look();
  }

  // Cases that may be the same, as soon as it is known where it is.
  function look() {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const form = root.querySelector("form");
      const { lon, lat, class: kind, exercise } = read(form, fields());
      if (lon === undefined || lat === undefined) return;
      mark(lon, lat);
      const mine = ++turn;
      try {
        const found = await get("reports/alike", { lon, lat, ...(kind || {}), exercise });
        if (mine !== turn) return;
        Object.assign(state, { alike: found, alikeError: null });
        if (!found.some((each) => each.number === state.join)) state.join = "";
      } catch (why) {
        state.alikeError = why;
      }
      draw();
    }, 250);
  }

  function mark(lon, lat) {
    map?.cases([{ number: "", lon, lat, light: "red", title_zh: "上报位置", title_en: "the report" }]);
    map?.choose({ case: "" });
  }

  function placed(lon, lat) {
    const form = root.querySelector("form");
    form.elements.lon.value = lon.toFixed(6);
    form.elements.lat.value = lat.toFixed(6);
    look();
  }

  async function openPlace() {
    const holder = root.querySelector(".place-map");
    const opened = await openMap(holder, {});
    if (closed) return opened.close();
    map = opened;
    map.library?.on("click", ({ lngLat }) => placed(lngLat.lng, lngLat.lat));
    if (map.missing) return;
    // The sensors say where the city lies, and the cells what is where; without them coordinates can still be written.
    stopCells = cellsInView(map);
    const asked = [get("map/sensors"), get("map/sensors/states")];
    const [places, known] = (await Promise.allSettled(asked)).map(({ value }) => value);
    if (closed) return;
    if (places && known) map.sensors(places, (id) => known.states[id]?.state ?? "normal");
    look();
  }

  function draw() {
    const named = Object.fromEntries(fields().map((field) => [field.name, field]));
    const show = (...names) => names.map((name) => control(named[name], state.error));
    render(
      html`<div class="page intake">
        <p class="back"><a href=${link("cases", [], last.query)}>← ${say("案件", "Cases")}</a></p>
        <h1>${say("登记上报", "File a report")}</h1>
        ${may("reports.write") ? nothing : failed(Object.assign(new Error(say("您的岗位不能登记上报。", "Your posts do not file reports.")), { status: 403 }))}
        <form class="two" @submit=${send} @change=${changed} @keydown=${quick} ?inert=${!may("reports.write")}>
          <div class="panel fields">${show("source", "text", "class")}
            <div class="pair">${show("happened", "severity")}</div>
            ${show("external_id", "photos")}
            ${["hotline", "police", "system"].includes(state.source) ? html`<fieldset class="pair"><legend>${say("来电人（另行保管，仅用于回访）", "Who called (kept apart, for the call back alone)")}</legend>${show("caller_name", "caller_phone")}</fieldset>` : html`<div hidden>${show("caller_name", "caller_phone")}</div>`}
            ${show("exercise")}
          </div>
          <div class="panel fields">
            <h2>${say("位置", "Place")}</h2>
            <p class="quiet">${say("在地图上点击，或填写坐标、部件编码或地址。", "Click on the map, or give coordinates, the code of a component or an address.")}</p>
            <div class="place-map"></div>
            <div class="pair">${show("lon", "lat")}</div>
            ${show("component", "address")}
            ${known()}
            ${state.error ? html`<p class="refused" role="alert">${state.error.message}</p>` : nothing}
            <p class="send"><button type="submit" class="main" ?disabled=${state.busy}>${state.join ? say(`并入 ${state.join}`, `Join into ${state.join}`) : say("登记", "File it")}</button> <small class="quiet">Ctrl+Enter</small></p>
          </div>
        </form>
      </div>`,
      root,
    );
  }

  function known() {
    if (state.alikeError) return failed(state.alikeError, look);
    if (!state.alike.length) return nothing;
    const choose = (value) => () => {
      state.join = value;
      draw();
    };
    return html`<fieldset class="alike"><legend>${say("疑似已有的案件", "May be known already")}</legend>
      ${state.alike.map((each) => html`<label><input type="radio" name="join" value=${each.number} .checked=${state.join === each.number} @change=${choose(each.number)}>
        <span>${say("并入", "Join into")} <a href=${hrefOf(each.number)} target="_blank" rel="noopener">${each.number}</a> ${titleOf(each)} <small class="quiet">${number(each.metres, 0)} m · ${word(SOURCES, each.source)} · ${word(STATES, each.state)}</small></span></label>`)}
      <label><input type="radio" name="join" value="" .checked=${!state.join} @change=${choose("")}> <span>${say("是新的问题", "It is another problem")}</span></label></fieldset>`;
  }

  function quick(event) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.currentTarget.requestSubmit();
  }

  shell.title({ zh: "登记上报", en: "File a report" });
  draw();
  root.querySelector("textarea").focus();
  openPlace();
  return {
    redraw() {
      draw();
      map?.redraw();
    },
    close() {
      closed = true;
      clearTimeout(timer);
      stopCells();
      map?.close();
    },
  };
}
