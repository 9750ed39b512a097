// What the server says in English sentences, in the reader's language: refusals, what sensors say
// before a case closes, reasons of the system in logs, of dead letters, mistakes of imports.
// The server says and stores English; its Chinese stands in sentences/<what>.js, a row a sentence.

import { language } from "./language.js";
import { AREAS } from "./sentences/areas.js";
import { CASES } from "./sentences/cases.js";
import { LETTERS, WHERE } from "./sentences/letters.js";
import { LOG } from "./sentences/log.js";
import { REFUSALS } from "./sentences/refusals.js";
import { TABLES } from "./sentences/tables.js";
import { VERIFICATION } from "./sentences/verification.js";

// [what is said, how it is said in Chinese, and in English where it is said in both at once].
const ROWS = [...CASES, ...LOG, ...VERIFICATION, ...AREAS, ...TABLES, ...REFUSALS, ...LETTERS];
const JOINT = "; ";

// A sentence that is not known, such as what people wrote, is shown as it is.
export function inWords(text) {
  if (!text || typeof text !== "string") return text ?? "";
  return whole(text) ?? several(text) ?? text;
}

function whole(text) {
  const there = language() === "zh" ? placed(text) : null;
  if (there) return there;
  for (const [said, zh, en] of ROWS) {
    const words = language() === "zh" ? zh : en;
    if (!words) continue;
    const found = said.exec(text);
    if (found) return words(...found.slice(1));
  }
  return language() === "zh" ? upright(text) : null;
}

// "record 3: is an array; ...": where it is, then what. The place alone is said, too.
function placed(text) {
  for (const [said, where] of WHERE) {
    const found = said.exec(text);
    if (!found) continue;
    const rest = text.slice(found[0].length);
    return where(...found.slice(1)) + (whole(rest) ?? several(rest) ?? rest);
  }
  return null;
}

// As a sentence of a problem begins and ends: "There is no case 7."
function upright(text) {
  if (!/[^.]\.$/.test(text)) return null;
  const bare = text.slice(0, -1);
  return whole(bare) ?? whole(bare.charAt(0).toLowerCase() + bare.slice(1));
}

// Several in one line, of which one may itself have a semicolon: the longest that is known counts.
function several(text) {
  const parts = text.split(JOINT);
  if (parts.length < 2) return null;
  const said = [];
  let any = false;
  for (let at = 0; at < parts.length; ) {
    let end = at === 0 ? parts.length - 1 : parts.length;
    while (end > at + 1 && whole(parts.slice(at, end).join(JOINT)) === null) end -= 1;
    const piece = parts.slice(at, end).join(JOINT);
    const words = whole(piece);
    any ||= words !== null;
    said.push(words ?? piece);
    at = end;
  }
  return any ? said.join(language() === "zh" ? "；" : JOINT) : null;
}
