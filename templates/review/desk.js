"use strict";
// Keys and a running total. Without this script the forms work just the same.
const form = document.getElementById("mark");
const rows = form ? [...form.querySelectorAll(".rubric li")] : [];
const follow = (id) => { const link = document.getElementById(id); if (link) link.click(); };

function choose(row, value) {
  const input = row.querySelector(`input[value="${value}"]`);
  if (input) { input.checked = true; form.dataset.changed = "1"; total(); }
}

function cycle(row) {
  const now = row.querySelector("input:checked");
  choose(row, { "1": "0.5", "0.5": "0", "0": "1" }[now ? now.value : "0"]);
  row.scrollIntoView({ block: "nearest" });
}

function total() {
  const output = document.getElementById("total");
  if (!output) return;
  let sum = 0, open = false;
  for (const row of rows) {
    const now = row.querySelector("input:checked");
    if (now) sum += Number(now.value) * Number(row.dataset.weight); else open = true;
  }
  const whole = document.getElementById("score").value;
  output.textContent = whole !== "" ? whole : open ? "–" : String(Math.round(sum * 100) / 100);
}

function pressed(event) {
  if (event.altKey || event.metaKey) return;
  const typing = event.target.matches("textarea, input[type=number]");
  if (event.key === "Escape") { event.target.blur(); return; }
  if (event.key === "Enter" && form && (event.ctrlKey || !event.target.matches("textarea, a, button, summary"))) {
    event.preventDefault();
    // Right after a blind mark the page shows the machine's beside it: Enter goes on, unless something is changed.
    if (form.dataset.settled && !form.dataset.changed) follow(document.getElementById("next") ? "next" : "to-queue");
    else form.requestSubmit();
    return;
  }
  if (typing || event.ctrlKey) return;
  const key = event.key.toLowerCase();
  const actions = {
    a: () => rows.forEach((row) => choose(row, "1")),
    z: () => rows.forEach((row) => choose(row, "0")),
    r: () => { const why = document.getElementById("why"); if (why) why.focus(); },
    i: () => { const same = document.getElementById("same"); if (same) same.checked = !same.checked; },
    n: () => follow("next"), p: () => follow("previous"), q: () => follow("to-queue"), s: () => follow("start"),
  };
  if (/^[1-9]$/.test(key) && rows[key - 1]) { event.preventDefault(); cycle(rows[key - 1]); }
  else if (actions[key]) { event.preventDefault(); actions[key](); }
}

document.addEventListener("keydown", pressed);
if (form) { form.addEventListener("input", () => { form.dataset.changed = "1"; total(); }); total(); }
