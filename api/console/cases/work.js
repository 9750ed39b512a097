// What a post has to do now: its lists as a board or as a table, narrowed by the address, live.

import { html, nothing, render } from "../vendor/lit-html/lit-html.js";
import { get } from "../shell/answers.js";
import { download, exported, exportedWhole } from "../shell/export.js";
import { say } from "../shell/language.js";
import { list } from "../shell/list.js";
import { follow } from "../shell/live.js";
import { may, me, roles } from "../shell/person.js";
import { go, link } from "../shell/route.js";
import { failed, loading } from "../shell/states.js";
import { board, stepCards, tally, titleOfList } from "./board.js";
import { conditions, departments } from "./departments.js";
import { asked, filters, last } from "./filters.js";
import { hint } from "./hint.js";
import { columnsOf, hrefOf } from "./shown.js";
import { tabs } from "./tabs.js";
import { ENDS, ROLES, STATES, word } from "./words.js";

const POSTS = Object.keys(ROLES).filter((role) => role !== "system");
const EVERY = "all"; // not a post: every case that is open
const SOON = 700; // [ms] what changed meanwhile is asked for together
const OF_ALL = 500; // cases on the board of all

export function openWork(root, route, shell) {
  const state = { query: route.query, lists: null, error: null, classes: [], departments: [], turn: 0, shown: "" };
  let timer = 0;
  const off = [follow("case", soon), follow("reset", soon)];
  document.addEventListener("keydown", step);
  shell.keys({ n: { zh: "登记上报", en: "File a report", run: () => may("reports.write") && go("cases", ["new"]) },
    b: { zh: "看板或表格", en: "Board or table", run: () => go("cases", [], withView(isBoard() ? "table" : "board")) } });
  shell.title({ zh: "案件", en: "Cases" });

  const mine = () => POSTS.filter((role) => roles().includes(role));
  // Without a person signed in, or for one with no post of the workflow, every post is to be seen.
  const posts = () => (me()?.kind === "person" ? mine() : POSTS);
  const post = () => [...posts(), EVERY].find((each) => each === state.query.get("post")) ?? posts()[0] ?? EVERY;
  const isBoard = () => state.query.get("view") !== "table";
  const narrowed = () => asked(state.query, post() === EVERY);

  function withView(view) {
    const query = new URLSearchParams(state.query);
    query.set("view", view);
    if (view === "board") query.delete("list");
    return query;
  }

  async function learn() {
    const [classes, them] = await Promise.all([conditions(), departments()]);
    state.classes = [...new Map(classes.map((each) => [each.code, each.name]))];
    state.departments = them;
    draw();
  }

  // What the lists of this post, or all cases, are now; the old ones are shown until they come.
  async function load() {
    const turn = ++state.turn;
    last.query = state.query;
    const what = `${post()}?${new URLSearchParams(narrowed())}`;
    if (what !== state.shown) Object.assign(state, { lists: null, shown: what });
    try {
      const lists = post() === EVERY ? await ofAll() : (await get(`worklists/${post()}`, { ...narrowed(), limit: isBoard() ? 50 : 1 })).lists;
      if (turn !== state.turn) return;
      Object.assign(state, { lists, error: null });
    } catch (why) {
      if (turn !== state.turn) return;
      state.error = why;
    }
    draw();
  }

  async function ofAll() {
    if (!isBoard()) return [];
    const page = await get("cases", { open: true, ...narrowed(), limit: OF_ALL });
    return Object.keys(STATES).filter((name) => !ENDS.has(name)).map((name) => ({
      name, zh: STATES[name].zh, en: STATES[name].en, counts: null, next: null,
      items: page.items.filter((it) => it.state === name).sort((a, b) => (a.stage_due ?? "9").localeCompare(b.stage_due ?? "9")),
    })).filter(({ items }) => items.length);
  }

  function soon() {
    if (timer) return;
    timer = setTimeout(() => {
      timer = 0;
      load();
      root.querySelector("lifeline-list")?.reload();
    }, SOON);
  }

  function step(event) {
    if (isBoard() && !event.defaultPrevented) stepCards(event, root);
  }

  function columns() {
    return state.lists.map((each) => ({
      ...each, title: titleOfList(each), withState: post() !== EVERY && !STATES[each.name],
      more: link("cases", [], { ...Object.fromEntries(state.query), view: "table", ...(post() === EVERY ? { state: each.name } : { list: each.name }) }),
    }));
  }

  async function save(kind) {
    const name = post() === EVERY ? say("案件", "Cases") : word(ROLES, post());
    const rows = [];
    const paths = post() === EVERY ? [["cases", { open: true, ...narrowed() }]] : state.lists.map((each) => [`worklists/${post()}/${each.name}`, narrowed()]);
    for (const [path, query] of paths) {
      const found = await exportedWhole(name, path, query);
      if (!found) return;
      rows.push(...found);
    }
    download(name, kind, exported(kind, columnsOf(), rows));
  }

  function draw() {
    const all = post() === EVERY;
    render(
      html`<div class="page work">
        <div class="head">
          <h1>${say("案件", "Cases")}</h1>
          <div class="choose" role="group" aria-label=${say("视图", "View")}>
            ${["board", "table"].map((view) => html`<a class="button" href=${link("cases", [], withView(view))} aria-current=${(view === "board") === isBoard() ? "true" : nothing}>${view === "board" ? say("看板", "Board") : say("表格", "Table")}</a>`)}
          </div>
          ${may("reports.write") ? html`<a class="button main" href=${link("cases", ["new"])}>${say("登记上报", "File a report")}</a>` : nothing}
        </div>
        ${tabs("work")}
        <div role="navigation" class="tabs posts" aria-label=${say("岗位", "Posts")}>
          ${[...posts(), EVERY].map((each) => html`<a href=${link("cases", [], { ...Object.fromEntries(state.query), post: each, list: "", state: "", level: "" })} aria-current=${each === post() ? "page" : nothing}>${each === EVERY ? say("全部案件", "All cases") : word(ROLES, each)}</a>`)}
        </div>
        ${filters(state.query, { all, leader: post() === "leader", classes: state.classes, departments: state.departments })}
        ${state.error ? failed(state.error, load) : !state.lists ? loading() : isBoard() ? theBoard() : theTable(all)}
      </div>`,
      root,
    );
  }

  function theBoard() {
    const shown = columns();
    const count = shown.reduce((sum, { items }) => sum + items.length, 0);
    return html`<div class="toolbar bare"><span class="count" role="status">${say(`显示 ${count} 件`, `${count} shown`)}</span>
        <span class="export" role="group" aria-label=${say("导出", "Export")}>${["csv", "json"].map((kind) => html`<button type="button" ?disabled=${!count} @click=${() => save(kind)}>${kind.toUpperCase()}</button>`)}</span></div>
      ${count || Object.keys(narrowed()).length ? nothing : hint(post())}
      ${shown.length ? board(shown) : html`<div class="panel">${say("没有这样的案件。", "There are no such cases.")}</div>`}`;
  }

  function theTable(all) {
    const closed = state.query.get("closed");
    if (all) {
      const query = { ...(closed ? {} : { open: true }), ...narrowed() };
      return html`<div class="panel">${list({ name: { zh: "全部案件", en: "All cases" }, path: "cases", query, columns: columnsOf(), href: (it) => hrefOf(it.number), key: (it) => it.number, nothing: { zh: "没有这样的案件。", en: "There are no such cases." },
        tools: html`<a class="button" href=${link("cases", [], { ...Object.fromEntries(state.query), closed: closed ? "" : "1", state: "" })} aria-current=${closed ? "true" : nothing}>${say("含已结案件", "With those that ended")}</a>` })}</div>`;
    }
    const chosen = state.lists.find(({ name }) => name === state.query.get("list")) ?? state.lists.find(({ counts }) => counts.red + counts.yellow + counts.green + counts.standing) ?? state.lists[0];
    return html`<div role="navigation" class="tabs lists" aria-label=${say("工作清单", "Work lists")}>
        ${state.lists.map((each) => html`<a href=${link("cases", [], { ...Object.fromEntries(state.query), list: each.name })} aria-current=${each === chosen ? "page" : nothing}>${titleOfList(each)} ${tally(each.counts)}</a>`)}
      </div>
      <div class="panel">${list({ name: { zh: chosen.zh, en: chosen.en }, path: `worklists/${post()}/${chosen.name}`, query: narrowed(), columns: columnsOf(), href: (it) => hrefOf(it.number), key: (it) => it.number, nothing: { zh: "此清单没有案件。", en: "Nothing to do in this list." } })}</div>`;
  }

  draw();
  load();
  learn();
  return {
    update(asked) {
      state.query = asked.query;
      draw();
      load();
    },
    redraw: draw,
    close() {
      clearTimeout(timer);
      for (const stop of off) stop();
      document.removeEventListener("keydown", step);
    },
  };
}
