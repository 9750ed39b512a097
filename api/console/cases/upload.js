// Sending pictures: with progress, which fetch does not tell, and with what the server says against it.

import { address, Refused } from "../shell/answers.js";
import { say } from "../shell/language.js";
import { me } from "../shell/person.js";

export const KINDS = "image/jpeg,image/png,image/webp";

// Resolves with {id, ...}; report(share) from 0 to 1; signal: an AbortSignal.
export function upload(file, report = () => {}, signal = null) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", address("photos"));
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("Content-Type", file.type || "application/octet-stream");
    if (me()?.csrf) request.setRequestHeader("X-CSRF-Token", me().csrf);
    request.upload.addEventListener("progress", ({ loaded, total }) => report(total ? loaded / total : 0));
    request.addEventListener("load", () => {
      const said = parsed(request.responseText);
      if (request.status < 300) resolve(said);
      else reject(new Refused(request.status, said));
    });
    request.addEventListener("error", () => reject(new Refused(0, { detail: say("照片未能发送，请重试。", "The picture could not be sent; try again.") })));
    request.addEventListener("abort", () => reject(new DOMException("cancelled", "AbortError")));
    signal?.addEventListener("abort", () => request.abort());
    request.send(file);
  });
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return { detail: text.slice(0, 200) };
  }
}
