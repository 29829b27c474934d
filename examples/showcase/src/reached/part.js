// The strip: asked for once; the time goes on by itself.

import { ask, byId, show, span } from "/page.js";

const { data, took } = await ask("GET", "/api/reached");
if (data) {
  const began = performance.now() - took - data.uptime * 1000;
  const tick = () => show("reached-uptime", span((performance.now() - began) / 1000));
  show("reached-protocol", data.protocol);
  show("reached-tls", data.tls ?? "none, clear text");
  show("reached-client", data.client ?? "not known");
  for (const { name, value, origin } of data.limits) {
    show(`reached-${name}`, value);
    byId(`reached-${name}`).title = `from ${origin}`;
  }
  tick();
  setInterval(tick, 1000);
}
