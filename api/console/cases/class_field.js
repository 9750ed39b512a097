// <class-field name="class">: a control of a form whose value is a filing condition of the catalogue.

import { html, nothing, render } from "../vendor/lit-html/lit-html.js";
import { both, language, number, onLanguage, say } from "../shell/language.js";
import { conditions } from "./departments.js";
import { LIMITS, word } from "./words.js";

const MOST = 60; // shown; who looks for another types more

class ClassField extends HTMLElement {
  static formAssociated = true;
  #inside = this.attachInternals();
  #all = null;
  #error = null;
  #sought = "";
  #chosen = null;
  #given = {};
  #off = () => {};

  get name() {
    return this.getAttribute("name");
  }

  // {code_list, code, condition}, or "" while none is chosen.
  get value() {
    const it = this.#chosen;
    return it ? { code_list: it.code_list, code: it.code, condition: it.condition.slug } : "";
  }

  // given: {code_list, code, condition} of the case, to begin with; required.
  set given(given) {
    this.#given = given;
  }

  async connectedCallback() {
    this.#off = onLanguage(() => this.#draw());
    this.#draw();
    try {
      this.#all = await conditions();
    } catch (why) {
      this.#error = why.message;
    }
    const { code_list: list, code, condition } = this.#given;
    const mine = (this.#all ?? []).filter((it) => it.code_list === list && it.code === code);
    this.#chosen = mine.find((it) => it.condition.slug === condition) ?? (mine.length === 1 && !condition ? mine[0] : null);
    if (mine.length) this.#sought = code;
    this.#draw();
  }

  disconnectedCallback() {
    this.#off();
  }

  #fitting() {
    const words = this.#sought.toLowerCase().split(/\s+/).filter(Boolean);
    const text = (it) => `${it.code} ${it.name.zh} ${it.name.en} ${it.condition.text.zh} ${it.condition.text.en} ${it.code_list}`.toLowerCase();
    const found = (this.#all ?? []).filter((it) => words.every((each) => text(it).includes(each)));
    const [here, mine] = [this.#given.code_list, this.#chosen];
    found.sort((a, b) => (b === mine) - (a === mine) || (b.code_list === here) - (a.code_list === here));
    return found;
  }

  #draw() {
    const required = this.#given.required && !this.#chosen;
    this.#inside.setValidity(required ? { valueMissing: true } : {}, required ? say("请选择立案条件", "Choose a filing condition") : "", this.querySelector("input") ?? this);
    const found = this.#fitting();
    const label = (it) => `${it.code} ${both(it.name.zh, it.name.en)[0]} · ${both(it.condition.text.zh, it.condition.text.en)[0]}`;
    const limit = ({ amount, class: kind, time_class: also }) => `${number(amount)} ${word(LIMITS, kind ?? also)}`;
    const key = (it) => `${it.code_list}|${it.code}|${it.kind}|${it.condition.slug}`;
    render(
      html`<div class="field"><label for="class-sought">${this.#given.required ? say("类别与立案条件", "Class and filing condition") : say("类别与条件", "Class and condition")} <small>${say("输入编号或文字查找", "type a number or words to find it")}</small></label>
        <input id="class-sought" type="search" autocomplete="off" lang=${language()} .value=${this.#sought} @input=${this.#seek} @keydown=${this.#down}>
        <select size="6" aria-label=${say("立案条件", "Filing condition")} @change=${this.#choose}>
          ${found.slice(0, MOST).map((it) => html`<option value=${key(it)} .selected=${it === this.#chosen} title="${it.code_list} · ${label(it)}">${label(it)}</option>`)}
        </select>
        ${this.#error ? html`<small class="wrong" role="alert">${this.#error}</small>` : nothing}
        ${this.#all && !found.length ? html`<small class="wrong">${say("没有这样的类别", "There is no such class")}</small>` : nothing}
        ${this.#chosen ? html`<small>${this.#chosen.code_list} · ${say("时限", "limit")} ${limit(this.#chosen.condition.limit)} · ${say("结案：", "closed when: ")}${both(this.#chosen.condition.closed_when.zh, this.#chosen.condition.closed_when.en)[0]}</small>` : nothing}
      </div>`,
      this,
    );
    this.keyOf = key;
  }

  #seek = (event) => {
    this.#sought = event.target.value;
    this.#draw();
  };

  // From the words down into what fits them, by the keyboard alone.
  #down = (event) => {
    const select = this.querySelector("select");
    if (event.key === "Enter") event.preventDefault();
    if (!["ArrowDown", "Enter"].includes(event.key) || !select.options.length) return;
    event.preventDefault();
    if (select.selectedIndex < 0) select.selectedIndex = 0;
    this.#choose({ target: select });
    select.focus();
  };

  #choose = ({ target }) => {
    this.#chosen = this.#all.find((it) => this.keyOf(it) === target.value) ?? null;
    this.#draw();
    this.dispatchEvent(new Event("change", { bubbles: true }));
  };
}

customElements.define("class-field", ClassField);

export const classField = (given) => html`<class-field name="class" tabindex="-1" .given=${given}></class-field>`;
