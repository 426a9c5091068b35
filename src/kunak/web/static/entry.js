"use strict";
// Conveniences of the page on which a request is typed in. In a group of boxes a digit ticks, the arrows walk and
// Tab leaves. In a list a digit counts at once, also right after a wrong one, where the browser alone waits a second
// for more. And wherever no text is typed, a letter alone leads to its question; without this, Alt and the letter do.
(() => {
  const form = document.querySelector("form.entry");
  if (!form) return;
  const boxes = (group) => [...group.querySelectorAll("input[type=checkbox]")];
  const walk = (all, here) => {
    all.forEach((box) => { box.tabIndex = box === here ? 0 : -1; });
    return here;
  };
  for (const group of form.querySelectorAll(".ticked")) {
    walk(boxes(group), boxes(group)[0]);
    for (const link of group.querySelectorAll("a")) link.addEventListener("click", (event) => {
      boxes(group)[0].focus();
      event.preventDefault();
    });
  }

  const digitOf = (event) => (/^(?:Digit|Numpad)(\d)$/.exec(event.code) || ["", ""])[1];
  const inList = (event, list) => {
    const digit = digitOf(event), found = [...list.options].find((option) => digit && option.text.startsWith(digit));
    if (!found) return false;
    found.selected = true;
    list.dispatchEvent(new Event("input", { bubbles: true }));
    return true;
  };
  const inBoxes = (event, group) => {
    const all = boxes(group), at = all.indexOf(event.target), digit = digitOf(event);
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (digit && all[digit - 1]) all[digit - 1].click();
    else if (step) walk(all, all[(at + step + all.length) % all.length]).focus();
    else return false;
    return true;
  };
  // The key, not the letter: on a Russian keyboard they lead to the same places.
  const letterOf = (event) => (/^Key([A-Z])$/.exec(event.code) || ["", ""])[1].toLowerCase();
  const toQuestion = (letter) => {
    const found = letter && form.querySelector(`[accesskey="${letter}"]`);
    if (!found) return false;
    if (found.matches("a, [type=checkbox]")) found.click();
    else found.focus();
    return true;
  };
  const takesLetters = (node) => node.matches("textarea, select:not([size]), input:not([type=checkbox])");
  form.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const group = event.target.closest(".ticked");
    const here = event.target.matches("select[size]") ? inList(event, event.target) : group && inBoxes(event, group);
    if (here || (!takesLetters(event.target) && toQuestion(letterOf(event)))) event.preventDefault();
  });
})();
