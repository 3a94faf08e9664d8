// Keeps answers in this browser as they are typed, and saves them to a file. Talks to nobody.
"use strict";
(() => {
  const page = document.body;
  const words = JSON.parse(page.dataset.words);
  const prefix = `examgen/${page.dataset.code}/${page.dataset.candidate}/`;
  const by = (id) => document.getElementById(id);
  const controls = [...document.querySelectorAll("form.who input:not([readonly]), [data-question] :is(input, textarea, select)")];
  const questions = [...document.querySelectorAll("[data-question]:not([data-part])")];
  const state = by("state");
  let kept = true;

  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const say = (text) => { if (state.textContent !== text) state.textContent = text; };

  // One entry in the store for each control, so that the same paper in two tabs loses nothing.
  const nameOf = (control, index) => {
    if (control.form && control.form.id === "who") return `who/${control.name}`;
    const question = control.closest("[data-question]");
    const place = [...question.querySelectorAll("input, textarea, select")].indexOf(control);
    return control.type === "radio" || control.type === "checkbox"
      ? `${control.name}/${control.value}` : `${question.id || question.getAttribute("aria-labelledby")}/${place}`;
  };
  const names = new Map(controls.map((control, index) => [control, prefix + nameOf(control, index)]));
  const valueOf = (control) => ("checked" in control && /radio|checkbox/.test(control.type) ? (control.checked ? "1" : "") : control.value);
  const setValue = (control, value) => {
    if (/radio|checkbox/.test(control.type)) control.checked = value === "1";
    else control.value = value;
  };
  const store = (name, value) => {
    try {
      if (value === "") localStorage.removeItem(name);
      else localStorage.setItem(name, value);
      return true;
    } catch { return false; }
  };
  const stored = (name) => { try { return localStorage.getItem(name); } catch { return null; } };
  const keep = (control) => {
    const group = control.type === "radio" ? controls.filter((other) => other.name === control.name) : [control];
    kept = group.map((each) => store(names.get(each), valueOf(each))).every(Boolean);
    say(kept ? words.saved : words.not_saved);
  };

  // What a question's answer is, in the writing that the marking reads.
  const inside = (group, selector) =>
    [...group.querySelectorAll(selector)].filter((each) => each.closest("[data-kind]") === group);
  const answers = {
    single_choice: (group) => inside(group, ":checked").filter((each) => each.name).map((each) => each.value).join(","),
    fill_in: (group) => {
      const texts = inside(group, "input").map((each) => each.value.trim());
      return texts.some(Boolean) ? JSON.stringify(texts) : "";
    },
    numeric: (group) => inside(group, "input").map((each) => each.value.trim()).join(""),
    matching: (group) => inside(group, "select").filter((each) => each.value).map((each) => `${each.dataset.left}-${each.value}`).join(", "),
    ordering: (group) => inside(group, "select").map((each) => each.value).filter(Boolean).join(","),
    short_answer: (group) => inside(group, "textarea").map((each) => each.value).join(""),
    composite: (group) => {
      const parts = [...group.querySelectorAll("[data-part]")].map((part) => [part.dataset.part, answer(part)]);
      return parts.some(([, text]) => text.trim()) ? JSON.stringify(Object.fromEntries(parts)) : "";
    },
  };
  answers.multiple_choice = answers.true_false = answers.single_choice;
  const answer = (group) => answers[group.dataset.kind](group);

  const length = (text) =>
    page.dataset.lang === "en" ? (text.match(/\S+/g) || []).length : [...text.replace(/\s/g, "")].length;
  const count = (area) => { by(area.id.replace(/-text$/, "-count")).textContent = fill(words.characters, { count: length(area.value) }); };
  const echo = () => {
    for (const bracket of document.querySelectorAll("[data-echo]")) {
      const group = bracket.closest("[data-kind]");
      const chosen = answer(group).replaceAll(",", "");
      bracket.textContent = words.bracket.replace("{inside}", chosen ? ` ${chosen} ` : "　　　");
    }
  };
  const progress = () => { by("answered").textContent = questions.filter((each) => answer(each).trim()).length; };
  const show = () => { document.querySelectorAll("textarea").forEach(count); echo(); progress(); };

  // The clock goes on while the page is closed.
  const minutes = Number(page.dataset.minutes) || 0;
  let warned = new Set();
  const begun = () => Number(stored(`${prefix}begun`)) || 0;
  const start = () => {
    if (!begun()) store(`${prefix}begun`, String(Date.now()));
    by("start").hidden = true;
    tick();
  };
  const tick = () => {
    const from = begun();
    if (!from) { by("clock").textContent = minutes ? clock(minutes * 60) : "00:00"; return; }
    by("start").hidden = true;
    const used = Math.floor((Date.now() - from) / 1000);
    const left = minutes * 60 - used;
    by("clock").textContent = clock(minutes ? Math.max(0, left) : used);
    if (!minutes) return;
    document.querySelector(".bar").classList.toggle("late", left < 300);
    for (const mark of [10, 5, 1, 0]) {
      if (left <= mark * 60 && !warned.has(mark)) {
        const passed = mark && left <= mark * 60 - 60;
        [10, 5, 1, 0].filter((other) => other >= mark).forEach((other) => warned.add(other));
        if (!passed) say(mark ? fill(words.minutes_left, { minutes: mark }) : words.time_up);
      }
    }
  };
  const clock = (seconds) => {
    const two = (number) => String(number).padStart(2, "0");
    const hours = Math.floor(seconds / 3600);
    return `${hours ? `${hours}:` : ""}${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  };

  const save = () => {
    const field = document.querySelector("form.who [name=candidate_id]");
    const candidate = field.value.trim();
    if (!candidate) { say(words.need_id); field.focus(); return; }
    const rows = questions.map((each) =>
      JSON.stringify({ candidate_id: candidate, item_id: each.dataset.question, answer: answer(each) }));
    const file = `answers-${page.dataset.code}-${candidate}.jsonl`.replace(/[^\p{L}\p{N}._-]/gu, "_");
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([rows.join("\n") + "\n"], { type: "application/jsonl" }));
    link.download = file;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    kept = true;
    say(fill(words.downloaded, { file }));
  };

  for (const control of controls) {
    const value = stored(names.get(control));
    if (value !== null) setValue(control, value);
    control.addEventListener("input", () => { keep(control); if (control.closest("[data-question]")) start(); show(); });
  }
  window.addEventListener("storage", (event) => {
    for (const control of controls) if (names.get(control) === event.key) setValue(control, event.newValue || "");
    show();
  });
  window.addEventListener("beforeunload", (event) => { if (!kept) event.preventDefault(); });
  by("start").addEventListener("click", start);
  by("save").addEventListener("click", save);
  by("clear").addEventListener("click", () => {
    if (!window.confirm(words.clear_sure)) return;
    for (const control of controls) { setValue(control, ""); store(names.get(control), ""); }
    store(`${prefix}begun`, "");
    by("start").hidden = false;
    warned = new Set();
    show(); tick();
  });
  by("who").addEventListener("submit", (event) => event.preventDefault());
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") { event.preventDefault(); save(); }
  });
  if (!store(`${prefix}probe`, "1")) { kept = false; say(words.not_saved); }
  store(`${prefix}probe`, "");
  show(); tick();
  setInterval(tick, 1000);
})();
