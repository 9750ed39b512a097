// A tab of the administration: a list, and a page of each thing in it; drawn anew when the address,
// the language, or what its words need has changed.

import { render } from "../vendor/lit-html/lit-html.js";
import { get, part } from "../shell/answers.js";
import { detail } from "./detail.js";

// all(route, place) -> template; one(thing, again, route, place) -> template of what `path` of the API
// has under the name in the address; learn(): awaited once, then everything is drawn again.
export function tab(name, { all, path = name, one = null, learn = null }) {
  return (place, route) => {
    const of = one && route.path[1];
    const list = () => render(all(route, place), place);
    const redraw = of ? detail(place, name, () => get(`${path}/${part(of)}`), (thing, again) => one(thing, again, route, place)).redraw : list;
    if (!of) list();
    learn?.().then(redraw);
    return {
      update(next) {
        route = next;
        redraw();
      },
      redraw,
    };
  };
}
