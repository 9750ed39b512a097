// Where the reader is: #/cases/20240301-0007?light=red. Filters live in the address.

const told = new Set();

export function route() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const [section = "", ...rest] = path.split("/").filter(Boolean).map(decoded);
  return { section, path: rest, query: new URLSearchParams(query) };
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // a person typed a lone %
  }
}

// The address of a place, for href: link("cases", [number], {light: "red"}). Empty values are left out.
export function link(section, path = [], query = {}) {
  const given = query instanceof URLSearchParams ? [...query] : Object.entries(query);
  const asked = new URLSearchParams(given.filter(([, value]) => value !== "" && value !== null && value !== undefined));
  const where = [section, ...path].map(encodeURIComponent).join("/");
  return `#/${where}${asked.size ? `?${asked}` : ""}`;
}

export function go(section, path = [], query = {}) {
  location.hash = link(section, path, query);
}

// As `go`, in place of the entry of the history: for filters, so that "back" leaves the list.
export function replace(section, path = [], query = {}) {
  history.replaceState(null, "", link(section, path, query));
  tell();
}

export function onRoute(fn) {
  told.add(fn);
  return () => told.delete(fn);
}

function tell() {
  for (const fn of [...told]) fn(route());
}

addEventListener("hashchange", tell);
