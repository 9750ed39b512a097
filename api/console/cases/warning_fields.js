// The fields of a warning: what follows from the case, or from the message before, stands in them
// until somebody writes something else.

import { say } from "../shell/language.js";
import { asInput, fromInput } from "../shell/time.js";
import { CERTAINTIES, RESPONSES, STATUSES, URGENCIES } from "./warning_words.js";
import { ROLES, SEVERITIES } from "./words.js";

export const TEXTS = ["headline", "description", "instruction"];
const LABELS = {
  headline: [["标题（中文）", "Headline, Chinese"], ["标题（英文）", "Headline, English"]],
  description: [["说明（中文）", "What is happening, Chinese"], ["说明（英文）", "What is happening, English"]],
  instruction: [["防范措施（中文）", "What people are to do, Chinese"], ["防范措施（英文）", "What people are to do, English"]],
};
const named = ([zh, en]) => ({ zh, en });

// Fields for shell/dialog.js by name; roles: those in which the reader may warn.
export function fieldsOf(roles, byCase) {
  const fields = {
    role: { label: { zh: "以何岗位", en: "As" }, kind: "select", required: true, value: roles[0], options: roles.map((role) => [role, ROLES[role]]) },
    status: { label: { zh: "性质", en: "Status" }, kind: "select", required: true, value: "Actual", options: Object.entries(STATUSES) },
    colour: { label: { zh: "等级", en: "Severity" }, kind: "select", required: true, value: byCase ? undefined : "blue", options: Object.entries(SEVERITIES) },
    urgency: { label: { zh: "紧急程度", en: "Urgency" }, kind: "select", required: true, options: Object.entries(URGENCIES) },
    certainty: { label: { zh: "确定程度", en: "Certainty" }, kind: "select", required: true, options: Object.entries(CERTAINTIES) },
    expires: { label: { zh: "有效至", en: "Until" }, kind: "time", required: true },
    responses: { label: { zh: "应对", en: "What to do" }, kind: "many", options: Object.entries(RESPONSES) },
    lon: { label: { zh: "经度", en: "Longitude" }, kind: "number", min: -180, max: 180 },
    lat: { label: { zh: "纬度", en: "Latitude" }, kind: "number", min: -90, max: 90 },
    radius: { label: { zh: "半径 [m]", en: "Radius [m]" }, kind: "number", min: 1, max: 500000 },
    cells: { label: { zh: "单元网格编码", en: "Codes of grid cells" }, hint: { zh: "代替圆；可在地图上点选", en: "in place of the circle; pressing on the map adds and takes away" } },
  };
  for (const name of TEXTS) {
    for (const [n, language] of ["zh", "en"].entries()) {
      const kind = name === "headline" ? {} : { kind: "textarea", rows: name === "description" ? 3 : 2 };
      fields[`${name}_${language}`] = { label: named(LABELS[name][n]), required: name !== "instruction", ...kind };
    }
  }
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, { name, ...field }]));
}

// What the API is told: only what somebody has written, of a text both languages.
export function said(values, touched) {
  const body = {};
  for (const name of ["colour", "urgency", "certainty"]) if (touched.has(name)) body[name] = values[name];
  if (touched.has("expires") && values.expires) body.expires = fromInput(values.expires);
  if (touched.has("responses") && values.responses.length) body.responses = values.responses;
  for (const name of TEXTS) {
    const [zh, en] = [values[`${name}_zh`] ?? "", values[`${name}_en`] ?? ""];
    if ((touched.has(`${name}_zh`) || touched.has(`${name}_en`)) && (zh || en)) body[name] = { zh, en };
  }
  return body;
}

// Writes what follows into each field that nobody has touched. content: of a preview.
export function fill(form, content, touched) {
  const put = (name, value) => {
    if (!touched.has(name) && form.elements[name] && document.activeElement !== form.elements[name]) form.elements[name].value = value;
  };
  for (const name of ["colour", "urgency", "certainty"]) put(name, content[name]);
  put("expires", asInput(Date.parse(content.expires)));
  for (const name of TEXTS) for (const language of ["zh", "en"]) put(`${name}_${language}`, content[name]?.[language] ?? "");
  if (!touched.has("responses")) for (const box of form.querySelectorAll("[name=responses]")) box.checked = content.responses.includes(box.value);
  if (content.area.circle) {
    const [lon, lat, kilometres] = content.area.circle;
    for (const [name, value] of [["lon", lon.toFixed(6)], ["lat", lat.toFixed(6)], ["radius", Math.round(kilometres * 1000)]]) put(name, value);
  }
}

// Both languages or neither: each reader is told as much as the other.
export function checkTexts(form) {
  for (const name of TEXTS) {
    const [zh, en] = ["zh", "en"].map((language) => form.elements[`${name}_${language}`]);
    for (const [mine, other] of [[zh, en], [en, zh]]) mine?.setCustomValidity(!mine.value.trim() && other.value.trim() ? say("请同时写明两种语言", "Say it in both languages") : "");
  }
}
