"use strict";
// y and n label, u takes back, the arrow keys go to the neighbours. Inside a field the keys write.
(() => {
  const keys = { y: "yes", n: "no", u: "undo", ArrowLeft: "before", ArrowRight: "after" };
  let sent = false;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || sent) return;
    if (event.target.closest("input, select, textarea")) return;
    const id = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    const button = id && document.getElementById(id);
    if (!button) return;
    event.preventDefault();
    sent = true;
    button.click();
  });
})();
