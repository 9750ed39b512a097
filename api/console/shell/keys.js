// The keyboard: g and a letter goes to a section, ? shows the keys, / goes to the search field.

import { html, render } from "../vendor/lit-html/lit-html.js";
import { keep, kept } from "./kept.js";
import { say, t } from "./language.js";
import { go } from "./route.js";

const own = new Map(); // of the section open: key -> {zh, en, run}
let sections = [];
let going = -Infinity; // when g was pressed

// Keys of the section open; forgotten when it closes. {n: {zh: "新建", en: "New", run: () => …}}
export function useKeys(given) {
  own.clear();
  for (const [key, what] of Object.entries(given)) own.set(key, what);
}

export function listen(shown) {
  sections = shown;
}

const single = () => kept("keys") !== "off";

addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest?.("input, select, textarea, [contenteditable], dialog, .cm-editor")) return;
  if (event.key === "?") return void showKeys();
  if (!single()) return;
  const after = performance.now() - going < 1500;
  going = -Infinity;
  if (after) {
    const section = sections.find(({ key }) => key === event.key);
    if (section) go(section.name);
    return;
  }
  if (event.key === "g") going = performance.now();
  else if (event.key === "/") focusOn("[data-search]", event);
  else if (event.key === "j" || event.key === "k") document.querySelector("main lifeline-list")?.step(event.key === "j" ? 1 : -1);
  else if (own.has(event.key)) {
    event.preventDefault();
    own.get(event.key).run(event);
  }
});

function focusOn(place, event) {
  const field = document.querySelector(`main ${place}`);
  if (!field) return;
  event.preventDefault();
  field.focus();
}

export function showKeys() {
  if (document.querySelector("dialog")) return;
  const dialog = document.createElement("dialog");
  dialog.className = "ask keys";
  const row = (keys, what) => html`<div><dt>${keys.map((key) => html`<kbd>${key}</kbd> `)}</dt><dd>${what}</dd></div>`;
  const off = (event) => keep("keys", event.target.checked ? null : "off");
  render(
    html`<form method="dialog" aria-labelledby="keys-title">
      <h2 id="keys-title">${say("键盘操作", "Keys")}</h2>
      <dl>
        ${sections.map(({ key, title }) => row(["g", key], t(title)))}
        ${row(["j", "k"], say("列表：下一条、上一条", "List: next, previous"))}
        ${row(["Enter"], say("打开", "Open"))}
        ${row(["/"], say("搜索", "Search"))}
        ${row(["Esc"], say("关闭", "Close"))}
        ${row(["←", "→", "+", "−", "0"], say("曲线：移动、放大、缩小、全部", "Plot: move, zoom in, out, all"))}
        ${[...own].map(([key, what]) => row([key], t(what)))}
        ${row(["?"], say("本帮助", "This help"))}
      </dl>
      <label class="field check"><input type="checkbox" ?checked=${single()} @change=${off}> <span>${say("单键快捷键", "Shortcuts of a single key")}</span></label>
      <footer><button class="main">${say("关闭", "Close")}</button></footer>
    </form>`,
    dialog,
  );
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  dialog.querySelector(".main").focus();
}
