// Elements from data. Text stays text: nothing that a device sent is ever read as HTML.

export function el(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

// What has not changed stays as it is, so that a selection survives the next look at the data;
// where it has changed, the focus goes to what stands for the same thing now.
export function fill(id, ...children) {
  const node = document.getElementById(id);
  const next = el(node.tagName, {}, ...children.flat());
  if (next.innerHTML === node.innerHTML) return;
  const same = (one) => one.getAttribute("href") ?? one.textContent;
  const held = node.contains(document.activeElement) && document.activeElement !== node ? same(document.activeElement) : null;
  node.replaceChildren(...next.childNodes);
  if (held === null) return;
  [...node.querySelectorAll("a, button")].find((each) => same(each) === held)?.focus({ preventScroll: true });
}
