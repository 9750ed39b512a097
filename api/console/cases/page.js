// One case with all that is known of it, live, and what its reader may do with it.

import { html, nothing, render } from "../vendor/lit-html/lit-html.js";
import { all, get, part } from "../shell/answers.js";
import { say } from "../shell/language.js";
import { follow } from "../shell/live.js";
import { may } from "../shell/person.js";
import { learn } from "../shell/quantities.js";
import { link } from "../shell/route.js";
import { failed, loading } from "../shell/states.js";
import { now } from "../shell/time.js";
import { curvesOf, evidenceOf } from "./evidence.js";
import { last } from "./filters.js";
import { facts, head } from "./head.js";
import { duplicatesOf, legend, mapOf, surroundingsOf } from "./near.js";
import { clocksOf, logOf, verificationOf, warningsOf } from "./parts.js";
import { photosOf, showLarger, thumbnails } from "./photos.js";
import { reportsOf } from "./reports.js";

import { stepButtons, takeStep } from "./steps.js";

const HOUR = 3600000;
const LATER = 4; // curves of which what came later is asked for
const SOON = 400; // [ms] news of one case are asked for together

export function openCase(root, route, shell) {
  const number = route.path[0];
  const path = `cases/${part(number)}`;
  const state = { detail: null, error: null, alike: [], reports: [], warnings: [], around: null, later: {}, callers: new Map(), all: false, map: null, turn: 0 };
  let timer = 0;
  let closed = false;
  const off = [
    follow("case", (it) => it.number === number && soon()),
    follow("event", (event) => event.case_number === number && soon()),
    follow("reset", soon),
  ];

  function soon() {
    clearTimeout(timer);
    timer = setTimeout(load, SOON);
  }

  async function load() {
    const turn = ++state.turn;
    try {
      const [detail] = await Promise.all([get(path), learn()]);
      if (turn !== state.turn || closed) return;
      show(detail);
    } catch (why) {
      if (turn !== state.turn || closed) return;
      state.error = why;
      draw();
      return;
    }
    await Promise.all([
      beside("alike", () => get(`${path}/duplicates`)),
      may("reports.read") && beside("reports", () => get(`${path}/reports`)),
      beside("warnings", () => all("warnings", { case: number })),
      beside("around", () => get(`${path}/surroundings`)),
      beside("later", () => loadLater(state.detail)),
    ]);
  }

  function show(detail) {
    const first = state.detail === null;
    Object.assign(state, { detail, error: null });
    shell.title({ zh: `${detail.case.title_zh} ${number}`, en: `${detail.case.title_en} ${number}` });
    shell.watermark?.(detail.case.exercise ? { zh: "演练", en: "EXERCISE" } : null);
    draw();
    if (first) root.querySelector("h1")?.focus({ preventScroll: true });
  }

  // What stands beside the case fails by itself: the case is worth reading without it.
  async function beside(name, ask) {
    try {
      state[name] = await ask();
      state[`${name}Error`] = null;
    } catch (why) {
      state[`${name}Error`] = why;
    }
    if (!closed) draw();
  }

  // What the channels of the evidence read after it was frozen: until an hour after the end, or now.
  async function loadLater({ evidence, events }) {
    const asked = curvesOf(evidence, events).slice(0, LATER).map(async ({ curve: { channel }, body, event }) => {
      const start = body.window[1];
      const latest = Math.min(now(), event?.ended ? Date.parse(event.ended) + HOUR : Infinity, Date.parse(body.window[0]) + 48 * HOUR);
      const end = new Date(Math.max(latest, Date.parse(start))).toISOString();
      const { items } = await get(`channels/${part(channel)}/readings`, { start, end, limit: 3000 });
      return [channel, items];
    });
    return Object.fromEntries(await Promise.all(asked));
  }

  async function take(choice) {
    const found = await takeStep(state.detail, choice, state);
    if (!found || closed) return;
    state.turn += 1; // an answer that was asked for before knows less
    show(found);
    root.querySelector("h1")?.focus();
    load();
  }

  function join(into) {
    const choice = state.detail.choices.find(({ verb }) => verb === "merge");
    return takeStep(state.detail, choice, { ...state, alike: [into, ...state.alike.filter((each) => each !== into)] }).then((found) => found && load());
  }

  function draw() {
    if (state.error) return void render(html`<div class="page">${back()}${failed(state.error, load, true)}</div>`, root);
    if (!state.detail) return void render(html`<div class="page">${back()}${loading()}</div>`, root);
    const { detail } = state;
    const note = detail.choices.find(({ verb }) => verb === "note");
    const merge = detail.choices.find(({ verb, why_not: why }) => verb === "merge" && !why);
    const pictures = photosOf(detail.log, state.reports);
    render(
      html`<div class="page case">
        ${back()}
        ${head(detail)}
        <section class="panel actions" aria-labelledby="actions"><h2 id="actions">${say("您可以", "You may")}</h2>${stepButtons(detail.case, detail.choices, take)}</section>
        ${facts(detail)}
        <div class="two">
          <div>
            ${evidenceOf(detail, state.later, state.all, () => ((state.all = true), draw()))}
            ${wrong("reports")}${reportsOf(state.reports, state.callers, looked, showLarger)}
            ${pictures.length || note ? html`<section class="panel" aria-labelledby="photos"><h2 id="photos">${say("照片", "Photos")}</h2>
              ${pictures.length ? thumbnails(pictures, showLarger) : html`<p class="quiet">${say("没有照片。", "There are no photos.")}</p>`}
              ${note ? html`<p><button type="button" @click=${() => take(note)}>${say("添加照片", "Add photos")}</button></p>` : nothing}</section>` : nothing}
            ${logOf(detail.log, detail.events, showLarger)}
          </div>
          <div>
            ${verificationOf(detail)}
            ${wrong("alike")}${duplicatesOf(state.alike, merge && join)}
            <section class="panel" aria-labelledby="around"><h2 id="around">${say("周边", "Around it")}</h2>
              <div class="case-map"></div>${legend()}
              ${wrong("around")}${state.around ? surroundingsOf(state.around, detail.evidence) : nothing}</section>
            ${clocksOf(detail.clocks)}
            ${wrong("warnings")}${warningsOf(state.warnings, detail.case)}
          </div>
        </div>
      </div>`,
      root,
    );
    drawMap();
  }

  // The map's element stays: lit leaves alone what it did not write.
  async function drawMap() {
    const holder = root.querySelector(".case-map");
    if (!state.around || state.detail.case.lon === null) return void (holder.hidden = state.detail.case.lon === null);
    state.map ??= mapOf(holder);
    const map = await state.map;
    if (!closed) map.set({ ...state.around, case: state.detail.case });
  }

  function wrong(name) {
    return state[`${name}Error`] ? failed(state[`${name}Error`], load) : nothing;
  }

  function looked(report, caller) {
    state.callers.set(report, caller);
    draw();
  }

  shell.keys({ a: { zh: "转到可做的操作", en: "To what you may do", run: () => root.querySelector(".actions button:not([aria-disabled])")?.focus() } });
  const back = () => html`<p class="back"><a href=${link("cases", [], last.query)}>← ${say("案件", "Cases")}</a></p>`;

  shell.title({ zh: `案件 ${number}`, en: `Case ${number}` });
  draw();
  load();
  return {
    redraw() {
      draw();
      state.map?.then((map) => map.redraw());
    },
    close() {
      closed = true;
      clearTimeout(timer);
      for (const stop of off) stop();
      shell.watermark?.(null);
      state.map?.then((map) => map.close());
    },
  };
}
