// The chart at the top: one event a second, of which the server keeps the last minute for those who come late.

import { ask, byId, count, show, size } from "/page.js";

const SECONDS = 60;
const SVG = "http://www.w3.org/2000/svg";
const ticks = new Map();
let run = null;
let last = -1;

// Bars in a chart that is 600 wide and 120 high, made once and then only moved.

/** A bar a second. */
export function bars(chart, kind) {
  const list = Array.from({ length: SECONDS }, (_, i) => {
    const bar = document.createElementNS(SVG, "rect");
    const place = { class: kind, x: i * 10 + 1, width: 8, y: 118, height: 2 };
    for (const [name, value] of Object.entries(place)) bar.setAttribute(name, value);
    return bar;
  });
  chart.append(...list);
  return list;
}

/** Lets a bar stand so high over the ground, and be so high. */
export function move(bar, over, height) {
  bar.setAttribute("y", 120 - over - height);
  bar.setAttribute("height", height);
}

/** The seconds of the chart, the oldest first; `undefined` for those of which nothing is known. */
export const minute = () => Array.from({ length: SECONDS }, (_, i) => ticks.get(last - SECONDS + 1 + i));

const rateBars = bars(byId("ticker-chart"), "rate");

function draw() {
  const rates = minute().map((tick) => tick?.rate ?? 0);
  const top = Math.max(10, ...rates);
  rateBars.forEach((bar, i) => move(bar, 0, 2 + (rates[i] / top) * 116));
  const [now, highest] = [count(rates[SECONDS - 1]), count(Math.max(...rates))];
  show("ticker-rate", now);
  show("ticker-top", highest);
  byId("ticker-chart").setAttribute("aria-label", `Requests a second over the last minute: now ${now}, at most ${highest}`);
}

/** A bound of the histogram, in microseconds. */
export function within(bound) {
  if (bound === null) return "–";
  if (bound < 1000) return `${bound} µs`;
  return bound < 1_000_000 ? `${bound / 1000} ms` : `${bound / 1_000_000} s`;
}

function tell(tick) {
  show("ticker-p50", within(tick.p50));
  show("ticker-p99", within(tick.p99));
  show("ticker-open", count(tick.open));
  show("ticker-memory", tick.memory === null ? "–" : size(tick.memory));
  show("ticker-requests", count(tick.requests));
  show("ticker-viewers", count(tick.viewers));
}

function take(event) {
  const [id, second] = event.lastEventId.split("-");
  if (id !== run) {
    // Another start of the server: its seconds begin again.
    ticks.clear();
    [run, last] = [id, -1];
  }
  const tick = JSON.parse(event.data);
  ticks.set(Number(second), tick);
  last = Math.max(last, Number(second));
  for (const known of ticks.keys()) if (known <= last - SECONDS) ticks.delete(known);
  state("live", "Live");
  draw();
  tell(tick);
  document.dispatchEvent(new Event("tick"));
}

function state(kind, text) {
  byId("state").className = `state ${kind}`;
  show("state-text", text);
}

// The browser comes back by itself after a lost connection, and says in Last-Event-ID what it has. After a refusal it
// does not, so this does.
let source;

function watch() {
  source = new EventSource("/api/ticker");
  source.addEventListener("tick", take);
  source.addEventListener("error", () => {
    state("lost", "Not reached");
    if (source.readyState === EventSource.CLOSED) setTimeout(watch, 2000);
  });
}

// A page that is left may be kept by the browser, and shown again as it was.
addEventListener("pagehide", () => source.close());
addEventListener("pageshow", ({ persisted }) => persisted && watch());

// Something to see in the chart.

const [REQUESTS, LANES] = [1000, 24];

async function lane(todo, seen) {
  while (todo.left-- > 0) {
    const { ok } = await ask("GET", "/api/ping");
    if (ok) seen.good++;
    else seen.bad++;
  }
}

byId("ticker-load").addEventListener("click", async ({ currentTarget: button }) => {
  const [todo, seen] = [{ left: REQUESTS }, { good: 0, bad: 0 }];
  const started = performance.now();
  button.disabled = true;
  show("ticker-load-said", "sending …");
  await Promise.all(Array.from({ length: LANES }, () => lane(todo, seen)));
  const seconds = (performance.now() - started) / 1000;
  show("ticker-load-said", `${count(seen.good)} answers in ${seconds.toFixed(2)} s, ${seen.bad || "none"} failed`);
  button.disabled = false;
});

draw();
watch();
