// Bytes as people read and mend them: text or hexadecimal, with the place of a fault marked.

import { html, nothing } from "../vendor/lit-html/lit-html.js";
import { say } from "../shell/language.js";

const ROW = 16;
const MOST = 4096; // bytes shown; all of them are in the field below

export function fromBase64(text) {
  return Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
}

export function toBase64(bytes) {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

export function toHex(bytes) {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(" ").replace(/((?:\S\S ){15}\S\S) /g, "$1\n");
}

// The bytes of a hexadecimal text; null where it is none.
export function fromHex(text) {
  const digits = text.replace(/\s+/g, "");
  if (digits.length % 2 || /[^0-9a-f]/i.test(digits)) return null;
  return Uint8Array.from({ length: digits.length / 2 }, (_, n) => parseInt(digits.slice(2 * n, 2 * n + 2), 16));
}

// Offset, hexadecimal, letters: a row for sixteen bytes, the fault marked in both.
export function hexView(bytes, fault) {
  const rows = [];
  for (let at = 0; at < Math.min(bytes.length, MOST); at += ROW) rows.push(at);
  const letter = (byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : "·");
  const each = (at, write) => [...bytes.slice(at, at + ROW)].map((byte, n) => (at + n === fault ? html`<mark>${write(byte)}</mark>` : write(byte)));
  return html`<pre class="hex" tabindex="0" aria-label=${say("十六进制", "Hexadecimal")}>${rows.map((at) => html`<span class="at">${at.toString(16).padStart(4, "0")}</span>  ${each(at, (byte) => `${byte.toString(16).padStart(2, "0")} `)} ${each(at, letter)}
`)}${bytes.length > MOST ? "…" : nothing}</pre>`;
}

// The text with the sign at the fault marked.
export function textView(bytes, fault) {
  const read = (part) => new TextDecoder().decode(part);
  if (fault === null || fault === undefined) return html`<pre class="text" tabindex="0" aria-label=${say("文本", "Text")}>${read(bytes.slice(0, MOST))}</pre>`;
  let end = fault + 1;
  while (end < bytes.length && (bytes[end] & 0xc0) === 0x80) end += 1; // a sign may have several bytes
  return html`<pre class="text" tabindex="0" aria-label=${say("文本", "Text")}>${read(bytes.slice(0, fault))}<mark>${read(bytes.slice(fault, end))}</mark>${read(bytes.slice(end, end + MOST))}</pre>`;
}
