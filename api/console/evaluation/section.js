// Evaluation: the month's ranking, every indicator, how alarms serve, what the sensors are worth;
// each number opens the cases behind it.

import { html, nothing, render } from "../vendor/lit-html/lit-html.js";
import { address, get } from "../shell/answers.js";
import { say, t } from "../shell/language.js";
import { may } from "../shell/person.js";
import { link, replace } from "../shell/route.js";
import { failed, loading } from "../shell/states.js";
import { alarms } from "./alarms.js";
import { behind } from "./behind.js";
import { indicators } from "./indicators.js";
import { method } from "./method.js";
import { ranking } from "./ranking.js";
import { sensors } from "./sensors.js";

export const title = { zh: "综合评价", en: "Evaluation" };

const VIEWS = {
  ranking: { title: { zh: "排名", en: "Ranking" }, view: ranking },
  indicators: { title: { zh: "指标", en: "Indicators" }, view: indicators },
  alarms: { title: { zh: "告警质量", en: "Alarm hygiene" }, view: alarms, wholeCity: true },
  sensors: { title: { zh: "传感效能", en: "Sensors' worth" }, view: sensors },
  method: { title: { zh: "办法与定义", en: "Method" }, view: method },
};
const LEVELS = { district: { zh: "区县", en: "Districts" }, street: { zh: "街道", en: "Streets" }, community: { zh: "社区", en: "Communities" } };

export async function open(root, route, shell) {
  const known = await get("evaluation/indicators");
  const page = { known, districts: [], answers: new Map(), opened: null, asked: null, name: "" };

  // One answer a question, kept as long as the section is open: tabs go back and forth at once.
  page.answer = (path, query) => {
    const key = address(path, query);
    if (!page.answers.has(key)) {
      page.answers.set(key, { state: "loading" });
      get(path, query).then(
        (found) => page.answers.set(key, { state: "there", found }),
        (error) => page.answers.set(key, { state: "failed", error }),
      ).then(draw);
    }
    return page.answers.get(key);
  };
  // A template of what is asked: draws `there(found)`, or the state it is in.
  page.shown = (path, query, there) => {
    const { state, found, error } = page.answer(path, query);
    if (state === "loading") return loading({ zh: "正在统计…", en: "Counting …" });
    if (state === "there") return there(found);
    return failed(error, () => (page.answers.delete(address(path, query)), draw()));
  };
  page.open = (given) => {
    page.opened = given;
    draw();
    if (given) root.querySelector("#behind").focus({ preventScroll: innerWidth > 800 });
  };
  page.filter = (changed) => replace("evaluation", [page.name], { ...page.asked, ...Object.fromEntries(route.query), ...changed });
  page.one = (name) => known.indicators.find((each) => each.name === name);

  const read = () => {
    const month = route.query.get("month") ?? "";
    const level = route.query.get("level") ?? "";
    page.name = route.path[0] in VIEWS ? route.path[0] : "ranking";
    page.asked = {
      month: /^\d{4}-\d{2}$/.test(month) ? month : known.shown_month,
      area: route.query.get("area") ?? "",
      level: level in LEVELS ? level : "street",
    };
  };

  function draw() {
    shell.title({ zh: `综合评价 ${page.asked.month}`, en: `Evaluation ${page.asked.month}` });
    render(view(page), root);
  }

  const shut = (event) => event.key === "Escape" && page.opened && page.open(null);
  root.addEventListener("keydown", shut);
  read();
  get("evaluation", { period: page.asked.month, by: "district", cohort: "due" }).then(({ rows }) => {
    page.districts = rows.filter((row) => row.key).sort((a, b) => a.key.localeCompare(b.key));
    draw();
  });
  draw();
  return {
    update(next) {
      route = next;
      page.opened = null;
      read();
      draw();
    },
    redraw: draw,
  };
}

function view(page) {
  const { asked, name, opened } = page;
  const kept = { month: asked.month, area: asked.area, level: asked.level };
  return html`<div class="page">
    <div class="head">
      <h1>${say("综合评价", "Evaluation")}</h1>
      ${filters(page)}
    </div>
    <nav class="tabs" aria-label=${say("评价内容", "Parts of the evaluation")}>
      ${Object.entries(VIEWS).map(([each, { title: named }]) => html`<a href=${link("evaluation", [each], kept)} aria-current=${each === name ? "page" : nothing}>${t(named)}</a>`)}
    </nav>
    <div class=${opened ? "two" : "one"}>
      <div class="told">${VIEWS[name].view(page)}</div>
      ${opened ? behind(page) : nothing}
    </div>
  </div>`;
}

function filters(page) {
  const { asked, name, districts } = page;
  const change = (event) => page.filter({ [event.target.name]: event.target.value });
  const place = VIEWS[name].wholeCity ? nothing : html`<label>${say("区域", "Area")}
      <select name="area" @change=${change}>
        <option value="">${say("全市", "The city")}</option>
        ${districts.map((each) => html`<option value=${each.key} ?selected=${each.key === asked.area}>${say(each.name.zh, each.name.en)}</option>`)}
      </select></label>`;
  const level = name !== "ranking" ? nothing : html`<label>${say("排名单位", "Ranked areas")}
      <select name="level" @change=${change}>${Object.entries(LEVELS).map(([each, words]) => html`<option value=${each} ?selected=${each === asked.level}>${t(words)}</option>`)}</select></label>`;
  const files = name !== "ranking" || !may("evaluation.read") ? nothing : html`<span class="files">${["pdf", "csv"].map((kind) => html`<a class="button" download href=${address(`evaluation/ranking.${kind}`, asked)}>${kind.toUpperCase()}</a>`)}</span>`;
  return html`<form class="filters" @submit=${(event) => event.preventDefault()}>
    ${name === "method" ? nothing : html`<label>${say("月份", "Month")} <input type="month" name="month" required .value=${asked.month} @change=${(event) => event.target.value && change(event)}></label>${place}${level}`}${files}
  </form>`;
}
