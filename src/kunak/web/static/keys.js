"use strict";
// Conveniences only: j and k walk the rows of a page, Enter opens the row's next action. Nothing needs this.
(() => {
  const typing = (node) => node.closest("input, textarea, select, [contenteditable]");
  const rows = () => [...document.querySelectorAll("a[data-row]")];
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || typing(event.target)) return;
    const step = { j: 1, k: -1 }[event.key];
    if (!step) return;
    const all = rows();
    if (!all.length) return;
    const here = all.indexOf(document.activeElement);
    const next = here < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(here + step, 0), all.length - 1);
    all[next].focus();
    event.preventDefault();
  });
})();

// Escape twice within a moment: the page goes blank, the keys are destroyed. By a request that goes on when the
// browser stops loading the page, which is what Escape pressed a third time does.
(() => {
  let before = -Infinity;
  document.addEventListener("keydown", (event) => {
    if (event.repeat) return;
    const again = event.key === "Escape" && event.timeStamp - before < 600;
    before = event.key === "Escape" ? event.timeStamp : -Infinity;
    const form = document.getElementById("panic");
    if (!again || !form) return;
    event.preventDefault();
    document.body.hidden = true;
    fetch("/panic", { method: "POST", keepalive: true }).then((answer) => {
      if (!answer.ok) throw answer;
      history.replaceState(null, "", "/unlock");
      document.title = form.dataset.done;
      document.body.replaceChildren(form.dataset.done);
      document.body.hidden = false;
    }).catch(() => form.submit());
  }, true);
})();

// The office locks by itself when nobody does anything. Who types is somebody; and when it has locked, a page
// into which nothing was typed does not stay on the screen.
(() => {
  const idle = Number(document.body.dataset.idle || 0) * 1000;
  if (!idle) return;
  let typed = false, told = Date.now(), last = told;
  const somebody = (event) => {
    last = Date.now();
    typed ||= event.type === "input";
    if (last - told < Math.min(20000, idle / 3)) return;
    told = last;
    fetch("/awake", { method: "POST" }).catch(() => {});
  };
  for (const kind of ["input", "keydown", "pointerdown"]) document.addEventListener(kind, somebody, true);
  setInterval(() => { if (!typed && Date.now() - last > idle + 1000) location.replace("/unlock?idle=1"); }, 1000);
})();
