// The marks of the map beside words: the same shapes, for legends, counts and lists.

import { html, nothing, svg } from "../vendor/lit-html/lit-html.js";
import { say } from "./language.js";
import { SHAPES } from "./shapes.js";

export function mark(name) {
  const { full, path, line, dash } = SHAPES[name];
  return html`<svg class="sign ${name}" viewBox="0 0 16 16" aria-hidden="true">${
    full ? svg`<path class="full" d=${full}></path>` : svg`<path d=${path} stroke-width=${line} stroke-dasharray=${dash?.join(" ") ?? nothing}></path>`
  }</svg>`;
}

export function stateName(state) {
  return {
    normal: say("正常", "normal"),
    alarming: say("报警", "alarming"),
    unwell: say("数据异常", "bad quality"),
    silent: say("离线", "silent"),
    maintenance: say("维护中", "maintenance"),
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
