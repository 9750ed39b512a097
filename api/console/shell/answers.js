// Asking the API. A refusal is an Error with the words of the problem details (RFC 9457) in it, in
// the reader's language.

import { say } from "./language.js";
import { inWords } from "./sentences.js";
import { inItsWorld } from "./taking_part.js";

const ROOT = "/api/v1/";
const SAFE = new Set(["GET", "HEAD"]);
let token = null; // a cookie session proves with it that this page asks
let signedOut = () => {};

export class Refused extends Error {
  constructor(status, problem) {
    super(inWords(problem.detail || problem.title) || `HTTP ${status}`);
    this.status = status;
    this.problem = problem; // {type, title, status, detail, errors?: [{at, detail}], ...}
  }
}

// For shell/person.js: the token of the session, and what to do when it has ended.
export function useSession(csrf, onSignedOut) {
  token = csrf;
  signedOut = onSignedOut;
}

export const get = (path, query = {}, more = {}) => ask("GET", path, { query, ...more });
export const post = (path, body = {}, more = {}) => ask("POST", path, { body, ...more });
export const put = (path, body = {}, more = {}) => ask("PUT", path, { body, ...more });
export const patch = (path, body = {}, more = {}) => ask("PATCH", path, { body, ...more });
export const remove = (path, more = {}) => ask("DELETE", path, more);

// path: "cases/N-1" below /api/v1/, or one that begins with "/". more: {query, body, key, version,
// signal, headers, raw}. body: an object (sent as JSON), or FormData, Blob, string (sent as is).
// key: Idempotency-Key; keep one per press of a button (newKey()). version: If-Match.
// raw: give the Response itself.
export async function ask(method, path, { query = {}, body, key, version, signal, headers = {}, raw = false } = {}) {
  const asIs = body instanceof Blob || body instanceof FormData || typeof body === "string";
  const sent = { Accept: "application/json", ...headers };
  if (body !== undefined && !asIs) sent["Content-Type"] = "application/json";
  if (!SAFE.has(method) && token) sent["X-CSRF-Token"] = token;
  if (key) sent["Idempotency-Key"] = key;
  if (version !== undefined && version !== null) sent["If-Match"] = `"${version}"`;
  const init = { method, headers: sent, signal, credentials: "same-origin" };
  if (body !== undefined) init.body = asIs ? body : JSON.stringify(body);
  const answer = await reach(address(path, SAFE.has(method) ? inItsWorld(path, query) : query), init);
  if (!answer.ok) {
    const problem = await answer.json().catch(() => ({}));
    // A session that has ended; a wrong password is another 401.
    if (problem.type?.endsWith(":not-signed-in")) signedOut(path);
    throw new Refused(answer.status, { title: `${answer.status} ${answer.statusText}`, ...problem });
  }
  if (raw) return answer;
  const kind = answer.headers.get("Content-Type") ?? "";
  if (answer.status === 204 || !kind) return null;
  return kind.includes("json") ? answer.json() : answer.text();
}

async function reach(where, init) {
  try {
    return await fetch(where, init);
  } catch (why) {
    if (why.name === "AbortError") throw why;
    const detail = say("无法连接服务器，请稍后重试。", "The server cannot be reached; try again in a moment.");
    throw new Refused(0, { detail });
  }
}

export function address(path, query = {}) {
  const given = query instanceof URLSearchParams ? [...query] : Object.entries(query);
  const asked = new URLSearchParams();
  for (const [name, value] of given) {
    if (value === null || value === undefined || value === "") continue;
    for (const each of Array.isArray(value) ? value : [value]) asked.append(name, each);
  }
  const whole = path.startsWith("/") ? path : ROOT + path;
  return asked.size ? `${whole}${whole.includes("?") ? "&" : "?"}${asked}` : whole;
}

// A part of a path: an id may hold a slash or a space.
export const part = encodeURIComponent;

// The pages of a list, one after the other: for await (const items of pages("cases", {open: true})).
export async function* pages(path, query = {}, more = {}) {
  let cursor = null;
  do {
    const page = await get(path, { ...Object.fromEntries(query instanceof URLSearchParams ? query : Object.entries(query)), cursor }, more);
    yield page.items;
    cursor = page.next;
  } while (cursor);
}

export async function all(path, query = {}, more = {}) {
  const items = [];
  for await (const page of pages(path, query, more)) items.push(...page);
  return items;
}

// crypto.randomUUID is there over https only; a control room may still speak http.
export function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
