"use strict";
// Fetches the table anew every few seconds while the page is looked at and nobody paused it.
(() => {
  const table = document.getElementById("live");
  const pause = document.getElementById("pause");
  const news = document.getElementById("news");
  if (!table || !table.dataset.refresh || !pause) return;
  const every = 3000;
  let tag = null;
  let paused = false;

  pause.hidden = false;
  pause.addEventListener("click", () => {
    paused = !paused;
    pause.setAttribute("aria-pressed", String(paused));
    pause.textContent = paused ? pause.dataset.off : pause.dataset.on;
  });

  async function look() {
    if (!paused && !document.hidden) {
      try {
        const headers = { "x-lightwing-part": "1" };
        if (tag) headers["if-none-match"] = tag;
        const answer = await fetch(table.dataset.refresh, { headers, cache: "no-store" });
        if (answer.status === 401) {
          location.reload();
          return;
        }
        if (answer.status === 200) {
          const known = tag !== null;
          tag = answer.headers.get("etag");
          const text = await answer.text();
          const held = document.activeElement;
          const at = held && table.contains(held) ? held.getAttribute("href") : null;
          table.innerHTML = text;
          if (at) table.querySelector(`a[href="${CSS.escape(at)}"]`)?.focus();
          if (known) news.textContent = news.dataset.new;
        } else if (answer.status !== 304) {
          news.textContent = news.dataset.lost;
        }
      } catch {
        news.textContent = news.dataset.lost;
      }
    }
    setTimeout(look, every);
  }
  setTimeout(look, every);
})();
