// A line of the table leads to the code on this page.

import { openCode } from "/code.js";

document.getElementById("routes-rows").addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  openCode(link.dataset.path, Number(link.dataset.line));
});
