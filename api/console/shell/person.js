// Who is signed in, and what they may do. The API decides; this only hides what it would refuse.

import { get, post, useSession } from "./answers.js";

const told = new Set();
let who = null; // {name, kind, grants: [{role, department, area}], permissions: [...], csrf}

export function me() {
  return who;
}

export function may(...permissions) {
  if (!who) return false;
  return permissions.some((each) => who.permissions.includes(each));
}

// The posts of the person, each once: for the `role` of a step.
export function roles() {
  return [...new Set((who?.grants ?? []).map((grant) => grant.role))];
}

export function onPerson(fn) {
  told.add(fn);
  return () => told.delete(fn);
}

function become(next) {
  who = next;
  useSession(next?.csrf ?? null, () => who?.kind === "person" && become(null));
  for (const fn of [...told]) fn(who);
  return who;
}

// Ask who this is; null for nobody.
export async function recognise() {
  const answer = await fetch("/api/v1/me", { headers: { Accept: "application/json" } });
  if (answer.status === 401) return become(null);
  if (!answer.ok) throw new Error(`${answer.status} ${answer.statusText}`);
  const found = await answer.json();
  // Guests may be let in to look around: then they need not sign in.
  return become(found.kind === "guest" && !found.permissions.length ? null : found);
}

export async function signIn(name, password) {
  await post("sign-in", { name, password });
  return recognise();
}

export async function signOut() {
  await post("sign-out");
  become(null);
}

export const providers = () => get("sign-in/providers");
