// The marks of the map beside words: the same shapes, for legends, counts and lists.

import { html, svg } from "../vendor/lit-html/lit-html.js";
import { say } from "./language.js";

const DRAWN = {
  normal: svg`<circle class="full" cx="8" cy="8" r="4"></circle>`,
  maintenance: svg`<circle cx="8" cy="8" r="5.6"></circle><path d="M4.5 8h7"></path>`,
  unwell: svg`<path class="full" d="M8 1.5 14.5 8 8 14.5 1.5 8z"></path>`,
  silent: svg`<path d="m3.5 3.5 9 9m0-9-9 9"></path>`,
  alarming: svg`<path class="full" d="M8 1.5 14.5 13h-13z"></path>`,
  green: svg`<circle cx="8" cy="8" r="5.8"></circle>`,
  standing: svg`<circle cx="8" cy="8" r="5.8" stroke-dasharray="3.2 2.4"></circle>`,
  yellow: svg`<path d="M8 1.8 14.2 8 8 14.2 1.8 8z"></path>`,
  red: svg`<path stroke-width="3" d="M2.6 2.6h10.8v10.8H2.6z"></path>`,
};

export function mark(name) {
  return html`<svg class="sign ${name}" viewBox="0 0 16 16" aria-hidden="true">${DRAWN[name]}</svg>`;
}

export function stateName(state) {
  return {
    normal: say("正常", "normal"),
    alarming: say("报警", "alarming"),
    unwell: say("数据异常", "bad quality"),
    silent: say("离线", "silent"),
    maintenance: say("维护中", "under maintenance"),
  }[state];
}

export function lightName(light) {
  return {
    red: say("红灯", "red"),
    yellow: say("黄灯", "yellow"),
    green: say("绿灯", "green"),
    standing: say("未计时", "no clock"),
  }[light];
}

// Of a case's clock at a time [ms]: red when used up, yellow when little is left.
export function lightAt({ stage_due: due, stage_yellow: yellow }, now) {
  if (!due) return "standing";
  if (now > Date.parse(due)) return "red";
  return yellow && now > Date.parse(yellow) ? "yellow" : "green";
}
