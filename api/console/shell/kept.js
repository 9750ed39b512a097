// What the reader chose, kept in this browser. Storage may be closed to us: then a choice lasts as
// long as the page.

export function kept(name) {
  try {
    return localStorage.getItem(`lifeline.${name}`);
  } catch {
    return null;
  }
}

export function keep(name, value) {
  try {
    if (value === null) localStorage.removeItem(`lifeline.${name}`);
    else localStorage.setItem(`lifeline.${name}`, value);
  } catch {
    // see above
  }
}
