// Put into the page before anything of it runs: when the map first shows everything, and how long
// frames take while somebody moves it or news comes.

window.lifelineBench = { picture: null, frames: [], recording: false, drawn: 0, long: [] };

window.lifelineWatch = (wanted) => {
  const look = () => {
    if (document.querySelector(".map")?.dataset.drawn === wanted) {
      // The frame after the one that drew it: by then it is on the screen.
      requestAnimationFrame(() => (lifelineBench.picture = performance.now()));
    } else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
};

window.lifelineRecord = () => {
  Object.assign(lifelineBench, { frames: [], recording: true, drawn: 0, long: [], changed: 0 });
  const map = document.querySelector(".map").shown.library;
  const count = () => (lifelineBench.drawn += 1);
  map.on("render", count);
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) lifelineBench.long.push(duration);
  });
  observer.observe({ type: "longtask" });
  let last = null;
  const frame = (time) => {
    if (last !== null) lifelineBench.frames.push(time - last);
    last = time;
    if (lifelineBench.recording) requestAnimationFrame(frame);
    else {
      map.off("render", count);
      observer.disconnect();
    }
  };
  requestAnimationFrame(frame);
};

window.lifelineStop = () => {
  lifelineBench.recording = false;
  const { frames, drawn, long } = lifelineBench;
  return { frames, drawn, long };
};

// A year of minutes, asked for as the plot asks; read, and drawn.
async function lifelineYear() {
  const end = new Date();
  const query = new URLSearchParams({ start: new Date(end - 365 * 86400e3).toISOString(), end: end.toISOString() });
  const answer = await fetch(`/api/v1/channels/bench-000001.pressure/curve?${query}`);
  if (!answer.ok) throw new Error(await answer.text());
  const columns = await answer.json();
  if (columns.time.length < 300) throw new Error(`${columns.time.length} places of a year`);
  return columns;
}

window.lifelineCurve = async () => {
  const begun = performance.now();
  await lifelineYear();
  return performance.now() - begun;
};

window.lifelinePlot = async () => {
  const { html, render } = await import("/vendor/lit-html/lit-html.js");
  const { plot } = await import("/shell/plot.js");
  const root = document.body.appendChild(document.createElement("div"));
  root.style.cssText = "position: fixed; inset: 100px 0 0 200px; width: 1100px";
  const begun = performance.now();
  const { time, value, lowest, highest } = await lifelineYear();
  const series = [{ name: "pressure", times: time, values: value, low: lowest, high: highest }];
  render(html`${plot({ label: "pressure", unit: "Pa", series, height: 300 })}`, root);
  while (!root.querySelector("canvas")) await new Promise(requestAnimationFrame);
  await new Promise(requestAnimationFrame);
  const took = performance.now() - begun;
  root.remove();
  return took;
};
