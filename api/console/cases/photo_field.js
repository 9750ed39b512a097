// <photo-field name="photos">: a control of a form whose value is the ids of pictures sent by file.

import { html, nothing, render } from "../vendor/lit-html/lit-html.js";
import { onLanguage, say } from "../shell/language.js";
import { progress } from "../shell/progress.js";
import { KINDS, upload } from "./upload.js";

class PhotoField extends HTMLElement {
  static formAssociated = true;
  #inside = this.attachInternals();
  #sent = []; // ids
  #going = []; // {name, share, cancel}
  #error = null;
  #off = () => {};

  get name() {
    return this.getAttribute("name");
  }

  // "" as long as there is none, as other controls have it; the form does not go while one is sent.
  get value() {
    return this.#sent.length ? this.#sent : "";
  }

  connectedCallback() {
    this.#off = onLanguage(() => this.#draw());
    this.#draw();
  }

  disconnectedCallback() {
    this.#off();
  }

  #take = async (event) => {
    const files = [...event.target.files];
    event.target.value = "";
    this.#error = null;
    await Promise.all(files.map((file) => this.#send(file)));
  };

  async #send(file) {
    const control = new AbortController();
    const one = { name: file.name, share: 0, cancel: () => control.abort() };
    this.#going.push(one);
    this.#draw();
    try {
      const { id } = await upload(file, (share) => {
        one.share = share;
        this.#draw();
      }, control.signal);
      if (!this.#sent.includes(id)) this.#sent.push(id);
    } catch (why) {
      if (why.name !== "AbortError") this.#error = `${file.name}: ${why.message}`;
    }
    this.#going = this.#going.filter((each) => each !== one);
    this.#draw();
  }

  #draw() {
    const busy = this.#going.length > 0;
    this.#inside.setValidity(busy ? { customError: true } : {}, busy ? say("照片还在发送", "A picture is still being sent") : "", this);
    render(
      html`<div class="field"><label for="photo-file">${say("照片", "Photos")} <small>${say("选填，JPEG、PNG 或 WebP", "optional: JPEG, PNG or WebP")}</small></label>
        <input type="file" id="photo-file" multiple accept=${KINDS} @change=${this.#take}>
        ${this.#going.map((one) => progress({ label: one.name, done: Math.round(one.share * 100), total: 100, cancel: one.cancel }))}
        ${this.#error ? html`<p class="wrong" role="alert">${this.#error}</p>` : nothing}
        <div class="thumbnails" role="status">${this.#sent.map((id) => html`<span class="sent"><img src="/api/v1/photos/${id}/thumbnail" alt=${say("已发送的照片", "Picture sent")}>
          <button type="button" class="plain" aria-label=${say("移除", "Take it away")} @click=${() => this.#drop(id)}>✕</button></span>`)}</div>
      </div>`,
      this,
    );
  }

  #drop(id) {
    this.#sent = this.#sent.filter((each) => each !== id);
    this.#draw();
  }
}

customElements.define("photo-field", PhotoField);

export const photoField = () => html`<photo-field name="photos" tabindex="-1"></photo-field>`;
