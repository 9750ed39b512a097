// What happens, as it happens: one stream for the whole console, resumed by the browser from the
// last id it read. `reset` says that something may have been missed: load again.

import { onTakingPart, takingPart } from "./taking_part.js";

const RETRY = 4000; // [ms] after an answer that ended the stream for good (the session, a restart)
const followers = new Map(); // name -> Set of functions
let stream = null;
let open = null; // null: it has not been open yet
let again = null;

// Call `fn(data)` at each message `name`: "clock", "case", "event", "reset", or another that the
// server sends. Returns how to stop following.
export function follow(name, fn) {
  if (!followers.has(name)) {
    followers.set(name, new Set());
    stream?.addEventListener(name, hear);
  }
  followers.get(name).add(fn);
  return () => followers.get(name).delete(fn);
}

// true, false, or null: not yet.
export function connected() {
  return open;
}

export function start() {
  clearTimeout(again);
  stream?.close();
  const drill = takingPart()?.number;
  stream = new EventSource(drill ? `/api/v1/stream?drill=${drill}` : "/api/v1/stream");
  stream.addEventListener("open", () => turn(true));
  stream.addEventListener("error", lost);
  for (const name of followers.keys()) stream.addEventListener(name, hear);
}

export function stop() {
  clearTimeout(again);
  stream?.close();
  stream = null;
  turn(false);
}

function lost() {
  turn(false);
  if (stream?.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
  // A new stream does not know the last id: whoever follows must load again.
  again = setTimeout(() => {
    start();
    tell("reset", {});
  }, RETRY);
}

function turn(state) {
  if (open === state || (open === null && !state)) return;
  open = state;
  tell("connection", state);
}

function hear({ type, data }) {
  tell(type, JSON.parse(data));
}

// Another world: what was followed of the one before is loaded again.
onTakingPart(() => {
  if (!stream) return;
  start();
  tell("reset", {});
});

function tell(name, data) {
  for (const fn of [...(followers.get(name) ?? [])]) fn(data);
}
