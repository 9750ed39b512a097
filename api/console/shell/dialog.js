// A form in a dialog: from fields, or from a JSON schema. What the server refuses is said in it.

import { html, nothing, render } from "../vendor/lit-html/lit-html.js";
import { newKey } from "./answers.js";
import { say, t } from "./language.js";
import { inWords } from "./sentences.js";

// ask({title, note, fields, submit, danger, send}) -> what send gave back (or the values without
// send); null if it was closed. send(values, key) may throw: the dialog stays, says why, and keeps
// `key` for the next press unless it was refused, so that a step is not taken twice (Idempotency-Key).
// wide: room for a map.
// A field: {name, label: {zh, en}, kind, value, required, options: [[value, label]], hint, rows, min,
// max, step, accept, autocomplete, suggest: async (text, form) -> [[value, label]], what exists, searched
// while one types, own: a template in place of the control}. kind: text (default), password, number, textarea, select,
// checkbox, many (checkboxes; value: a list), time (datetime-local), date, file, url, email.
export function ask({ title, note = null, fields = [], submit = null, danger = false, wide = false, send = null }) {
  const dialog = document.createElement("dialog");
  dialog.className = wide ? "ask broad" : "ask";
  document.body.append(dialog);
  let key = newKey();
  const state = { error: null, busy: false };
  return new Promise((resolve) => {
    let answer = null;
    const draw = () => render(form(), dialog);
    const press = async (event) => {
      event.preventDefault();
      if (state.busy) return;
      const values = read(event.target, fields);
      Object.assign(state, { busy: true, error: null });
      draw();
      try {
        answer = send ? ((await send(values, key)) ?? values) : values;
        dialog.close();
      } catch (why) {
        state.error = why;
        // It was answered: what is mended and sent again is another request. What was not heard of
        // (no connection, a fault of the server) may have been done, and keeps its key.
        if (why.status >= 400 && why.status < 500) key = newKey();
      }
      state.busy = false;
      draw();
      dialog.querySelector("[aria-invalid=true]")?.focus();
    };
    const form = () => html`<form @submit=${press} aria-labelledby="ask-title">
      <h2 id="ask-title">${t(title)}</h2>
      ${note ? html`<p class="note">${typeof note === "string" || note.zh ? t(note) : note}</p>` : nothing}
      ${fields.map((field) => control(field, state.error))}
      ${state.error ? html`<p class="refused" role="alert">${state.error.message}</p>` : nothing}
      <footer>
        <button type="button" @click=${() => dialog.close()}>${say("取消", "Cancel")}</button>
        <button type="submit" class=${danger ? "main danger" : "main"} ?disabled=${state.busy}>${t(submit) || say("确定", "OK")}</button>
      </footer>
    </form>`;
    // Whoever goes elsewhere, by the browser's Back too, leaves the question behind.
    const leave = () => dialog.close();
    addEventListener("hashchange", leave);
    dialog.addEventListener("close", () => {
      removeEventListener("hashchange", leave);
      dialog.remove();
      resolve(answer);
    });
    draw();
    dialog.showModal();
    // Where writing begins, or the way out where nothing is written and much would be lost.
    (dialog.querySelector("input, select, textarea") ?? dialog.querySelector(danger ? "footer button" : "footer .main"))?.focus();
  });
}

// Yes or no.
export const confirm = (title, more = {}) => ask({ title, ...more }).then((answer) => answer !== null);

// One labelled control of a form; for forms that stand on a page too.
export function control(field, error = null) {
  if (field.own) return field.own; // an element of its own, with the field's name and a value
  const wrong = inWords(error?.problem?.errors?.find(({ at }) => at.split(".").includes(field.name))?.detail);
  const id = `field-${field.name}`;
  const described = [field.hint && `${id}-hint`, wrong && `${id}-wrong`].filter(Boolean).join(" ") || nothing;
  const said = html`${field.hint ? html`<small id="${id}-hint">${t(field.hint)}</small>` : nothing}
    ${wrong ? html`<small id="${id}-wrong" class="wrong">${wrong}</small>` : nothing}`;
  const invalid = wrong ? "true" : nothing;
  if (field.kind === "checkbox") {
    return html`<label class="field check"><input type="checkbox" name=${field.name} id=${id} ?checked=${field.value} aria-describedby=${described}> <span>${t(field.label)}</span>${said}</label>`;
  }
  if (field.kind === "many") {
    const chosen = new Set(field.value ?? []);
    return html`<fieldset class="field many" aria-describedby=${described}><legend>${t(field.label)}</legend>
      ${field.options.map(([value, label]) => html`<label><input type="checkbox" name=${field.name} value=${value} ?checked=${chosen.has(value)}> ${t(label)}</label>`)}${said}</fieldset>`;
  }
  return html`<div class="field"><label for=${id}>${t(field.label)}${field.required ? nothing : html` <small>${say("选填", "optional")}</small>`}</label>
    ${input(field, id, invalid, described)}${field.suggest ? html`<datalist id="${id}-list"></datalist><small class="found" role="status"></small>` : nothing}${said}</div>`;
}

const WAIT = 200; // [ms] after the last letter typed
let asked = 0;

// What exists and fits what is typed, or what is written there already: offered below the field, and named.
async function offer({ target }, suggest) {
  const mine = ++asked;
  await new Promise((after) => setTimeout(after, WAIT));
  if (mine !== asked || !target.isConnected) return;
  const text = target.value.trim();
  const found = await suggest(text, target.form).catch(() => null);
  if (mine !== asked || !target.isConnected) return;
  const [list, told] = [target.list, target.closest(".field").querySelector(".found")];
  render((found ?? []).map(([value, label]) => html`<option value=${value}>${label}</option>`), list);
  const chosen = found?.find(([value]) => value === text);
  told.textContent = chosen ? chosen[1] : !text || !found ? "" : found.length ? say(`找到 ${found.length} 个，请选择`, `${found.length} found: choose one`) : say("没有找到", "Nothing is called so");
}

function input(field, id, invalid, described) {
  const { name, value, required = false, kind = "text" } = field;
  if (kind === "select") {
    return html`<select name=${name} id=${id} ?required=${required} aria-invalid=${invalid} aria-describedby=${described}>
      ${required ? nothing : html`<option value=""></option>`}
      ${field.options.map(([each, label]) => html`<option value=${each} ?selected=${each === value}>${t(label)}</option>`)}</select>`;
  }
  if (kind === "textarea") {
    return html`<textarea name=${name} id=${id} rows=${field.rows ?? 3} ?required=${required} aria-invalid=${invalid} aria-describedby=${described} .value=${value ?? ""}></textarea>`;
  }
  return html`<input type=${kind === "time" ? "datetime-local" : kind} name=${name} id=${id} ?required=${required} .defaultValue=${kind === "file" ? "" : String(value ?? "")}
    min=${field.min ?? nothing} max=${field.max ?? nothing} step=${field.step ?? (kind === "number" ? "any" : nothing)} minlength=${field.minlength ?? nothing}
    list=${field.suggest ? `${id}-list` : nothing} @input=${field.suggest ? (event) => offer(event, field.suggest) : nothing} @focus=${field.suggest ? (event) => offer(event, field.suggest) : nothing}
    accept=${field.accept ?? nothing} autocomplete=${field.autocomplete ?? "off"} aria-invalid=${invalid} aria-describedby=${described}>`;
}

// The values of a form by the fields' kinds; what was left empty is left out.
export function read(form, fields) {
  const values = {};
  for (const { name, kind = "text" } of fields) {
    const node = form.elements[name];
    if (kind === "many") values[name] = [...form.querySelectorAll(`[name="${CSS.escape(name)}"]:checked`)].map((each) => each.value);
    else if (kind === "checkbox") values[name] = node.checked;
    else if (kind === "file") values[name] = node.files[0] ?? null;
    else if (node.value !== "") values[name] = kind === "number" ? Number(node.value) : node.value;
  }
  return values;
}

// Fields from a JSON schema (as pydantic writes it): title and description label them.
export function fieldsOf(schema, values = {}) {
  const found = (given) => (given.$ref ? schema.$defs[given.$ref.split("/").at(-1)] : given);
  return Object.entries(schema.properties ?? {}).map(([name, given]) => {
    const options = (given.anyOf ?? [given]).map(found).filter(({ type }) => type !== "null");
    const one = { ...given, ...options[0] };
    const label = { zh: given.title_zh ?? given.title ?? name, en: given.title ?? name };
    const field = { name, label, hint: given.description, value: values[name] ?? given.default, required: (schema.required ?? []).includes(name), min: one.minimum, max: one.maximum };
    if (one.enum) return { ...field, kind: "select", options: one.enum.map((each) => [each, each]) };
    if (one.type === "boolean") return { ...field, kind: "checkbox" };
    if (one.type === "integer") return { ...field, kind: "number", step: 1 };
    if (one.type === "number") return { ...field, kind: "number" };
    if (one.type === "array" && found(one.items).enum) return { ...field, kind: "many", options: found(one.items).enum.map((each) => [each, each]) };
    return field;
  });
}
