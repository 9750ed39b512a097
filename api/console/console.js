// The console: who is signed in, which section is open, and what is told to everybody.

import { render } from "./vendor/lit-html/lit-html.js";
import { Refused } from "./shell/answers.js";
import { frame } from "./shell/frame.js";
import { listen, useKeys } from "./shell/keys.js";
import { onLanguage, say, t } from "./shell/language.js";
import * as live from "./shell/live.js";
import { may, me, onPerson, recognise, signOut } from "./shell/person.js";
import { onRoute, route } from "./shell/route.js";
import { showOwed } from "./shell/second_factor.js";
import { SECTIONS } from "./shell/sections.js";
import { showSignIn } from "./shell/sign_in.js";
import { failed, loading } from "./shell/states.js";
import { mark, onTakingPart, takingPart } from "./shell/taking_part.js";
import { onTheme } from "./shell/theme.js";

let place = null; // where the frame, or the sign-in page, is drawn
const state = { sections: [], at: null, person: null, trouble: null, watermark: null, menu: false, toggle, dismiss: () => trouble(null), signOut: leave };
let view = null; // what the section open gave back
let turn = 0; // of two sections asked for, only the later is shown
let signing = false;

const shell = {
  trouble,
  // Text over the whole console as long as an exercise is shown; null takes it away.
  watermark(text) {
    state.watermark = text && t(text);
    draw();
  },
  keys: useKeys,
  // What the tab is called: the name of a case, of a sensor.
  title(text) {
    document.title = `${t(text)} · ${say("城市生命线", "Lifeline")}`;
  },
};

function draw() {
  if (place && !signing) render(frame({ ...state, watermark: state.watermark ?? mark(), drill: takingPart() }), place);
}

// Said to everybody until it is dismissed or taken back.
function trouble(text) {
  state.trouble = text && t(text);
  draw();
}

function toggle() {
  state.menu = !state.menu;
  draw();
}

async function leave() {
  state.menu = false;
  await signOut();
}

async function show(asked) {
  state.menu = false;
  const section = state.sections.find(({ name }) => name === asked.section);
  if (!section) return arrive(asked);
  if (section.name === state.at && view?.update) return view.update(asked);
  return open(section, asked);
}

// An address without a section, or with one that is not for this person.
function arrive(asked) {
  if (!asked.section && state.sections.length) return void location.replace(`#/${state.sections[0].name}`);
  close();
  state.at = null;
  draw();
  const known = SECTIONS.some(({ name }) => name === asked.section);
  const text = known ? say("您的岗位不能打开此栏目。", "Your posts do not open this section.") : say("没有此页面。", "There is no such page.");
  render(failed(Object.assign(new Error(text), { status: known ? 403 : 404 }), null, true), fresh());
  return undefined;
}

async function open(section, asked, again = "") {
  const mine = ++turn;
  const moved = state.at !== null && state.at !== section.name;
  close();
  state.at = section.name;
  shell.title(section.title);
  draw();
  render(loading(), fresh(section.name));
  try {
    const [module] = await Promise.all([import(`./${section.name}/section.js${again}`), style(section.name)]);
    if (mine !== turn) return;
    shell.title(module.title ?? section.title);
    const now = route().section === section.name ? route() : asked;
    const opened = await module.open(fresh(section.name), now, shell);
    if (mine !== turn) return void opened?.close?.();
    view = opened ?? {};
    if (moved) document.getElementById("section").focus({ preventScroll: true });
  } catch (why) {
    if (mine !== turn) return;
    console.warn(why);
    // A module that failed once is remembered by the browser: another address asks again.
    render(failed(why, () => open(section, route(), `?again=${mine}`), true), fresh(section.name));
  }
}

function close() {
  useKeys({});
  view?.close?.();
  view = null;
}

// A new element for each section: nothing of the one before is left in it.
function fresh(name = "") {
  const root = document.createElement("div");
  root.className = `section ${name}`;
  const main = document.getElementById("section");
  main.replaceChildren(root);
  main.scrollTop = 0;
  return root;
}

const styles = new Map();
function style(name) {
  if (!styles.has(name)) {
    const sheet = Object.assign(document.createElement("link"), { rel: "stylesheet", href: `${name}/section.css` });
    const come = new Promise((resolve) => {
      sheet.onload = sheet.onerror = resolve; // without it the section is plain, and still there
    });
    styles.set(name, come);
    document.head.append(sheet);
  }
  return styles.get(name);
}

// In the other language or theme: a section that can redraw does, another is opened again.
function redraw() {
  if (signing) return;
  draw();
  const section = SECTIONS.find(({ name }) => name === state.at);
  if (!section) return void show(route());
  if (view?.redraw) view.redraw();
  else if (view) open(section, route());
}

// Frame or sign-in page: each in an element of its own.
function stage() {
  place?.remove();
  place = Object.assign(document.createElement("div"), { id: "console" });
  document.body.prepend(place);
}

function enter() {
  const { section, path } = route();
  const token = section === "invitations" ? path[0] : null;
  state.person = me();
  const guest = state.person?.kind === "guest";
  if (!state.person || token || state.person.owes || (guest && section === "sign-in")) return signInFirst(token);
  if (section === "sign-in") history.replaceState(null, "", "#/");
  if (signing || !place) stage();
  signing = false;
  state.sections = SECTIONS.filter(({ needs }) => may(...needs));
  listen(state.sections);
  draw();
  live.start();
  return show(route());
}

// The address stays: afterwards the reader is where they wanted to go.
function signInFirst(token) {
  turn += 1; // what was being opened for whoever is gone is not shown any more
  close();
  state.at = null;
  live.stop();
  stage();
  signing = true;
  document.title = `${say("登录", "Sign in")} · ${say("城市生命线", "Lifeline")}`;
  if (state.person?.owes && !token) showOwed(place, leave);
  else showSignIn(place, token);
}

// What nobody caught is said, not swallowed.
function said(why) {
  if (why?.name === "AbortError") return;
  // The browser's note that a size is told one frame later: nothing is wrong.
  if (why?.message?.startsWith("ResizeObserver loop")) return;
  trouble(why?.message ?? String(why));
}

addEventListener("error", ({ error, message }) => said(error ?? new Error(message)));
addEventListener("unhandledrejection", (event) => {
  said(event.reason);
  if (event.reason instanceof Refused) event.preventDefault(); // said above; no fault of the page
});
addEventListener("click", (event) => {
  if (state.menu && !event.target.closest?.(".tools")) toggle();
});
addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !state.menu) return;
  toggle();
  document.querySelector("[data-menu]").focus();
});
// An address that changes before it is known who is signed in is read by `enter`.
onRoute((asked) => place && (["invitations", "sign-in"].includes(asked.section) || signing ? enter() : show(asked)));
onLanguage(redraw);
onTheme(redraw);
onTakingPart(draw);
setInterval(draw, 250); // the clock

try {
  await recognise();
} catch (why) {
  stage();
  render(failed(why, () => location.reload(), true), place);
  throw why;
}
onPerson(enter);
enter();
