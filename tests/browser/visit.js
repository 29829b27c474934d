// One visit to the page, and everything that went wrong during it.

import assert from "node:assert/strict";
import { chromium } from "playwright-core";

/** Debian's Chromium, kept from asking for anything but the pages of the tests. */
export function launch(...more) {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      ...more,
    ],
  });
}

/** Runs in the page before its own script. */
function watch() {
  window.seen = { violations: [], shift: 0 };
  document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
    window.seen.violations.push(`${violatedDirective} ${blockedURI}`));
  new PerformanceObserver((list) => list.getEntries().forEach((entry) => (window.seen.shift += entry.value)))
    .observe({ type: "layout-shift", buffered: true });
}

/** A clip is broken off when there is enough of it to go on. */
const isDone = (request) => request.resourceType() === "media" && request.failure()?.errorText === "net::ERR_ABORTED";

/** Opens `url` in a context of its own and hands the page to `look`; the visit must leave no error behind. */
export async function visit(browser, url, options, look) {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, ...options });
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(10_000);
    const faults = [];
    page.on("console", (message) => message.type() === "error" && faults.push(`console: ${message.text()}`));
    page.on("pageerror", (error) => faults.push(`script: ${error.message}`));
    page.on("requestfailed", (request) => isDone(request) || faults.push(`request: ${request.url()} ${request.failure()?.errorText}`));
    page.on("request", (request) => request.url().startsWith(url) || faults.push(`elsewhere: ${request.url()}`));
    await page.addInitScript(watch);
    await page.goto(url);
    await page.locator("#state.live").waitFor();
    await look(page, faults);
    assert.deepEqual([...faults, ...(await page.evaluate(() => window.seen.violations))], []);
  } finally {
    await context.close();
  }
}
