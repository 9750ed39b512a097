// What a message of a warning says: in both languages, how grave and how sure, what it changed.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { both, language, number, say } from "../shell/language.js";
import { fullTime } from "../shell/time.js";
import { CATEGORIES, CERTAINTIES, GRAVITY, RESPONSES, URGENCIES } from "./warning_words.js";
import { SEVERITIES, word } from "./words.js";

const TEXTS = ["headline", "description", "instruction"];

// As those read it whom it reaches, the reader's own language first.
export function textsOf(content) {
  const one = (code, name) => html`<section lang=${code === "zh" ? "zh-CN" : "en"} class="said">
    <h3>${name}</h3><p class="headline ${content.colour}">${content.headline[code]}</p><p>${content.description[code]}</p>
    ${content.instruction ? html`<p class="instruction">${content.instruction[code]}</p>` : nothing}</section>`;
  const columns = [one("zh", "中文"), one("en", "English")];
  return html`<div class="texts">${language() === "zh" ? columns : columns.reverse()}</div>`;
}

export function factsOf(content) {
  const [event, other] = both(content.event.zh, content.event.en);
  return html`<dl class="facts">
    ${fact(say("事件", "Event"), event, [other, content.code].filter(Boolean).join(" · "))}
    ${fact(say("严重程度", "Severity"), `${word(SEVERITIES, content.colour)} · ${word(GRAVITY, content.colour)}`)}
    ${fact(say("紧急程度", "Urgency"), word(URGENCIES, content.urgency))}
    ${fact(say("确定程度", "Certainty"), word(CERTAINTIES, content.certainty))}
    ${fact(say("应对", "What to do"), content.responses.map((each) => word(RESPONSES, each)).join(say("、", ", ")))}
    ${fact(say("类别", "Category"), word(CATEGORIES, content.category))}
    ${content.onset ? fact(say("开始", "Onset"), fullTime(content.onset)) : nothing}
    ${fact(say("有效至", "Until"), fullTime(content.expires))}
  </dl>`;
}

// The place in words; the map beside says the same.
export function placeOf({ area }) {
  const size = area.circle ? say(`以 ${area.circle[1].toFixed(5)}, ${area.circle[0].toFixed(5)} 为中心，半径 ${number(area.circle[2] * 1000, 0)} m`, `${number(area.circle[2] * 1000, 0)} m around ${area.circle[1].toFixed(5)}, ${area.circle[0].toFixed(5)}`) : "";
  return html`<p><b>${both(area.name.zh, area.name.en)[0]}</b></p>
    ${size ? html`<p class="quiet">${size}</p>` : nothing}
    ${area.cells.length ? html`<p class="quiet cells">${say("单元网格", "grid cells")} ${area.cells.join(say("、", ", "))}</p>` : nothing}`;
}

// Of each language what a later message says otherwise than the one before; [[name, value], ...].
export function changes(content, before) {
  const words = { colour: SEVERITIES, urgency: URGENCIES, certainty: CERTAINTIES };
  const names = { colour: say("等级", "severity"), urgency: say("紧急程度", "urgency"), certainty: say("确定程度", "certainty"), headline: say("标题", "headline"), description: say("说明", "description"), instruction: say("防范措施", "instruction") };
  const found = Object.keys(words).filter((name) => content[name] !== before[name]).map((name) => [names[name], word(words[name], content[name])]);
  if (String(content.responses) !== String(before.responses)) found.push([say("应对", "what to do"), content.responses.map((each) => word(RESPONSES, each)).join(say("、", ", "))]);
  if (content.expires !== before.expires) found.push([say("有效至", "until"), fullTime(content.expires)]);
  for (const name of TEXTS) {
    const [said, old] = [content[name], before[name]];
    if (said?.zh !== old?.zh || said?.en !== old?.en) found.push([names[name], both(said?.zh, said?.en)[0]]);
  }
  return found;
}

function fact(name, value, small = null) {
  return html`<div><dt>${name}</dt><dd>${value}${small ? html`<small class="quiet">${small}</small>` : nothing}</dd></div>`;
}
