// What may be written at a place of a pack, by its JSON schema: fields, words, units, with what they mean.

import { language, say } from "../shell/language.js";
import { wordOf } from "./field_words.js";

// Where `pos` is in a text that may be half written: {path, key: a field is being named, siblings,
// from, typed}. path holds names, and 0 for any entry of a list.
export function placeAt(text, pos) {
  const lines = text.slice(0, pos).split("\n");
  const last = lines.pop();
  const { entries, rest, start } = parsed(last);
  const outer = parents(lines, entries, start);
  const flow = inFlow(rest);
  const path = [...outer.path, ...flow.path];
  const end = text.indexOf("\n", pos);
  const after = text.slice(pos, end < 0 ? text.length : end);
  const typed = /[\w.\-/%°²³³·]*$/.exec(last)[0];
  const key = flow.key ?? (!entries.some(({ name, open }) => name !== undefined && open) && !rest.includes(":"));
  return { path, key, typed, from: pos - typed.length, siblings: { ...(flow.depth ? {} : blockSiblings(text, lines.length, start)), ...flow.siblings, ...(flow.depth ? flowOf(after) : {}) } };
}

// A line as what it opens: list entries and keys with their columns; `rest` is the text after them.
function parsed(line) {
  const entries = [];
  let at = /^ */.exec(line)[0].length;
  for (;;) {
    const dash = /^-(\s+|$)/.exec(line.slice(at));
    if (!dash) break;
    entries.push({ column: at, item: true });
    at += Math.max(2, dash[0].length);
  }
  const start = at;
  const key = /^(["']?)([\w.\-/]+)\1:(\s+|$)/.exec(line.slice(at));
  if (key) {
    entries.push({ column: at, name: key[2], open: true });
    at += key[0].length;
  }
  return { entries, rest: line.slice(Math.min(at, line.length)), start };
}

// The way to what a line opens, by the lines above it that stand farther left.
function parents(lines, own, start) {
  const path = own.map(({ item, name }) => (item ? 0 : name));
  let edge = own.length ? own[0].column : start;
  let item = own[0]?.item ?? false;
  for (let n = lines.length - 1; n >= 0; n--) {
    const line = lines[n];
    if (!line.trim() || line.trim().startsWith("#")) continue;
    const { entries } = parsed(line);
    for (const { column, item: dash, name } of entries.reverse()) {
      const above = column < edge || (item && !dash && column === edge);
      if (!above) continue;
      path.unshift(dash ? 0 : name);
      edge = column;
      item = Boolean(dash);
    }
    if (edge === 0 && !item) break;
  }
  return { path };
}

// Inside {...} and [...] of the rest of a line.
function inFlow(rest) {
  const stack = [];
  let word = "";
  let quote = "";
  for (const sign of rest) {
    if (quote) {
      quote = sign === quote ? "" : quote;
      word += sign;
    } else if (sign === '"' || sign === "'") {
      quote = sign;
      word += sign;
    } else if (sign === "{" || sign === "[") {
      stack.push({ map: sign === "{", key: null, siblings: {} });
      word = "";
    } else if (sign === "}" || sign === "]") {
      stack.pop();
      word = "";
    } else if (sign === ":" && stack.at(-1)?.map && stack.at(-1).key === null) {
      stack.at(-1).key = word.trim().replace(/["']/g, "");
      word = "";
    } else if (sign === "," && stack.length) {
      const top = stack.at(-1);
      if (top.map && top.key) top.siblings[top.key] = word.trim();
      top.key = null;
      word = "";
    } else word += sign;
  }
  if (!stack.length) return { path: [], key: null, siblings: {}, depth: 0 };
  const path = stack.flatMap(({ map, key }, n) => (map ? (key === null ? [] : [key]) : n < stack.length ? [0] : []));
  const top = stack.at(-1);
  return { path, key: top.map && top.key === null, siblings: top.siblings, depth: stack.length };
}

// What follows in the same {...}.
function flowOf(after) {
  const found = {};
  const here = after.split(/[}\]]/)[0];
  for (const [, name, value] of here.matchAll(/(\w+):\s*([^,]*)/g)) found[name] = value.trim();
  return found;
}

// Fields beside the one at the line `n`, written at the column `start`.
function blockSiblings(text, n, start) {
  const lines = text.split("\n");
  const found = {};
  const look = (line) => {
    const { entries, rest } = parsed(line);
    const key = entries.at(-1);
    if (key?.name !== undefined && key.column === start) found[key.name] = rest.trim();
    return line.trim() === "" || /^ */.exec(line)[0].length >= start || (entries[0]?.item && key?.column === start);
  };
  for (let i = n - 1; i >= 0; i--) {
    const item = parsed(lines[i]).entries.some(({ item: dash, column }) => dash && column < start);
    if (!look(lines[i]) || (item && parsed(lines[i]).start === start)) break;
  }
  for (let i = n + 1; i < lines.length; i++) {
    if (parsed(lines[i]).entries.some(({ item: dash, column }) => dash && column < start) || !look(lines[i])) break;
  }
  return found;
}

// The schemas that may hold at a path: a field may be written in several ways.
export function schemasAt(schema, path, siblings = {}) {
  let found = ways(schema, schema);
  for (const part of path) {
    found = found.flatMap((each) => {
      if (part === 0) return each.items ? ways(schema, each.items) : [];
      if (each.properties?.[part]) return ways(schema, each.properties[part]);
      return typeof each.additionalProperties === "object" ? ways(schema, each.additionalProperties) : [];
    });
  }
  const chosen = siblings.with && found.filter((each) => each.properties?.with?.const === siblings.with);
  return chosen?.length ? chosen : found;
}

function ways(schema, given) {
  if (given.$ref) {
    const { $ref, ...more } = given;
    return ways(schema, { ...schema.$defs[$ref.split("/").at(-1)], ...more });
  }
  const several = given.anyOf ?? given.oneOf;
  if (!several) return [given];
  return several.flatMap((each) => ways(schema, each)).map((each) => ({ description: given.description, ...each }));
}

function described(schema, given) {
  const found = given.$ref ? { ...schema.$defs[given.$ref.split("/").at(-1)], ...given } : given;
  return found;
}

// In one line: kind of value, its unit, what it is if it is left out.
function summary(given) {
  const unit = /\[([^\]]+)\]\s*$/.exec(given.description ?? "")?.[1];
  const kind = { string: given.format === "duration" ? say("时长", "duration") : say("文字", "text"), integer: say("整数", "whole number"), number: say("数", "number"), array: say("列表", "list"), boolean: "true/false" }[given.type];
  const usual = ["string", "number"].includes(typeof given.default) && given.default !== "" ? say(`默认 ${given.default}`, `default ${given.default}`) : "";
  return [kind, unit && `[${unit}]`, usual].filter(Boolean).join(" · ");
}

export function told(name, given, required) {
  const text = wordOf(name, given.description);
  const node = document.createElement("div");
  const head = document.createElement("b");
  head.textContent = required ? say(`${name}（必填）`, `${name} (required)`) : name;
  const body = document.createElement("p");
  body.textContent = text;
  const small = document.createElement("small");
  small.textContent = summary(given);
  node.append(head, ...(text ? [body] : []), ...(small.textContent ? [small] : []));
  for (const each of [body, small]) each.style.margin = "3px 0 0";
  return node;
}

// A source of completions for CodeMirror. words(): {quantity: its units}, ids of rules, and so on.
export function completer(schema, words) {
  return (context) => {
    const text = context.state.doc.toString();
    const place = placeAt(text, context.pos);
    if (!context.explicit && !place.typed && !/[:{[,]\s$/.test(text.slice(Math.max(0, context.pos - 2), context.pos))) return null;
    const options = place.key ? fields(schema, place) : values(schema, place, words(), text);
    return options.length ? { from: place.from, options, validFor: /^[\w.\-/%°]*$/ } : null;
  };
}

function fields(schema, { path, siblings }) {
  const found = new Map();
  for (const each of schemasAt(schema, path, siblings)) {
    for (const [name, given] of Object.entries(each.properties ?? {})) {
      if (name in siblings || found.has(name)) continue;
      const one = described(schema, given);
      const required = (each.required ?? []).includes(name);
      found.set(name, { label: name, detail: summary(one), info: () => told(name, one, required), apply: `${name}: `, boost: required ? 10 : 0, type: "property" });
    }
  }
  return [...found.values()];
}

function values(schema, { path, siblings }, words, text) {
  const name = path.at(-1) === 0 ? path.at(-2) : path.at(-1);
  const found = new Map();
  const add = (label, detail = "", info = undefined) => found.has(label) || found.set(label, { label, detail, info, type: "text" });
  const here = schemasAt(schema, path, siblings);
  for (const each of here.flatMap((one) => [one, ...(one.items ? ways(schema, one.items) : [])])) {
    for (const word of each.enum ?? []) if (word !== null) add(String(word), wordOf(`=${word}`, "") || words.quantities[word]?.zh || "");
    if (each.const !== undefined) add(String(each.const), language() === "en" ? "" : wordOf(`=${each.const}`, ""), each.description ? () => told(String(each.const), each, false) : undefined);
    if (each.type === "boolean") ["true", "false"].forEach((word) => add(word));
    if (each.format === "duration") ["PT1M", "PT5M", "PT15M", "PT1H", "PT6H", "P1D"].forEach((word) => add(word, durations[word]()));
    if (each.pattern && each.examples) units(text, words).forEach((unit) => add(`${/^\d*\.?\d+/.exec(siblings[name] ?? "")?.[0] ?? "1"} ${unit}`, say("单位", "unit")));
    if (each.default !== undefined && typeof each.default !== "object") add(String(each.default), say("默认", "default"));
  }
  // A detector is named by `with`: its own sentence says what it does.
  if (name === "with") {
    for (const each of schemasAt(schema, path.slice(0, -1))) found.set(each.title, { label: each.title, info: () => told(each.title, each, false), type: "text" });
  }
  const more = { rule: words.rules, condition: words.conditions, code_list: words.lists, per: words.scopes, same: words.scopes, one_per: words.scopes }[name] ?? [];
  more.forEach((word) => add(word));
  return [...found.values()];
}

const durations = {
  PT1M: () => say("1 分", "1 minute"), PT5M: () => say("5 分", "5 minutes"), PT15M: () => say("15 分", "15 minutes"),
  PT1H: () => say("1 小时", "1 hour"), PT6H: () => say("6 小时", "6 hours"), P1D: () => say("1 天", "1 day"),
};

// Units of the quantities that the text names: that as people read it first.
function units(text, { quantities }) {
  const named = [...text.matchAll(/quantity:\s*\[?\s*([a-z_]+)/g)].map(([, name]) => name);
  return [...new Set(named.flatMap((name) => [quantities[name]?.shown, quantities[name]?.unit]).filter((unit) => unit && unit !== "1"))];
}

// What the field under the pointer means.
export function describer(schema) {
  return (view, pos) => {
    const line = view.state.doc.lineAt(pos);
    const offset = pos - line.from;
    for (const found of line.text.matchAll(/([\w.-]+):(?=\s|$)/g)) {
      if (offset < found.index || offset > found.index + found[1].length) continue;
      const at = line.from + found.index;
      const { path, siblings } = placeAt(view.state.doc.toString(), at + found[1].length);
      const inside = line.text[found.index + found[1].length] === ":";
      const parent = path.at(-1) === found[1] ? path.slice(0, -1) : path;
      for (const each of schemasAt(schema, parent, { ...siblings, ...flowOf(line.text.slice(found.index)) })) {
        const given = each.properties?.[found[1]];
        if (given && inside) return { pos: at, end: at + found[1].length, create: () => ({ dom: told(found[1], described(schema, given), (each.required ?? []).includes(found[1])) }) };
      }
    }
    return null;
  };
}
