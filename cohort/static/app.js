// Small improvements; every page works without them. Text that somebody typed is never lost.
"use strict";

document.querySelector("[data-focus]")?.focus();

// A form that is on its way is not sent twice; after a while it may be, should the network have failed.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
  setTimeout(() => { delete form.dataset.sent; }, 8_000);
});

// What is shown in a frame of the page on a press of a button is shown at once.
for (const form of document.querySelectorAll("form[data-show]")) form.requestSubmit();

// A slider beside a number: each moves the other, and every share of the whole follows.
for (const list of document.querySelectorAll("[data-weights]")) {
  const rows = [...list.children].map((row) => ({
    slider: row.querySelector("[type=range]"),
    number: row.querySelector("[type=number]"),
    share: row.querySelector("output"),
  }));
  const weight = ({ number }) => Math.max(0, Number(number.value) || 0);
  const tell = () => {
    const whole = rows.reduce((sum, row) => sum + weight(row), 0) || 1;
    for (const row of rows) row.share.textContent = `${Math.round((100 * weight(row)) / whole)} %`;
  };
  for (const { slider, number } of rows) {
    slider.hidden = false;
    slider.addEventListener("input", () => { number.value = slider.value; tell(); });
    number.addEventListener("input", () => { slider.value = number.value; tell(); });
  }
}

const keepHere = (key, text) => {
  try {
    sessionStorage.setItem(key, text);
    return true;
  } catch {
    return false; // The browser keeps nothing, or is full.
  }
};

// What somebody changed in a form of choices stays in this window while other buttons of the page are pressed, until it is
// sent. It belongs to the name in the menu, as a draft does.
const reader = document.querySelector(".menu summary")?.textContent.trim();
for (const form of document.querySelectorAll("form[data-keep]")) {
  const key = `kept:${reader}:${form.dataset.keep}`;
  const kept = JSON.parse(sessionStorage.getItem(key) ?? "{}");
  const note = form.querySelector("[data-kept]");
  const fields = [...form.elements].filter(({ name, type }) => name && ["checkbox", "number", "textarea"].includes(type));
  const isBox = ({ type }) => type === "checkbox";
  const place = (one) => (isBox(one) ? `${one.name} ${one.value}` : one.name);
  const isChanged = (one) => (isBox(one) ? one.checked !== one.defaultChecked : one.value !== one.defaultValue);
  const tell = () => { if (note) note.hidden = !fields.some(isChanged); };

  for (const field of fields.filter((one) => place(one) in kept)) {
    field[isBox(field) ? "checked" : "value"] = kept[place(field)];
    field.dispatchEvent(new Event("input"));
  }
  tell();
  document.addEventListener("input", ({ target }) => {
    if (target.form !== form) return;
    for (const field of fields) {
      delete kept[place(field)];
      if (isChanged(field)) kept[place(field)] = isBox(field) ? field.checked : field.value;
    }
    tell();
    keepHere(key, JSON.stringify(kept));
  });
  if (form.method === "post") form.addEventListener("submit", () => sessionStorage.removeItem(key));
}

// A page that follows something under way looks again by itself, until somebody ticks or types something in it.
const again = document.querySelector("[data-again]");
if (again) {
  const look = setTimeout(() => location.reload(), 1000 * Number(again.dataset.again));
  document.addEventListener("input", () => clearTimeout(look));
}

// In a grid of boxes to tick, arrow keys go to the next box; Tab goes on as everywhere.
const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
for (const words of document.querySelectorAll("[data-with-script]")) words.hidden = false;
for (const grid of document.querySelectorAll("[data-grid]")) {
  grid.addEventListener("keydown", (event) => {
    const [down, right] = ARROWS[event.key] ?? [];
    const cell = event.target.closest("td");
    if (down === undefined || !cell) return;
    const row = cell.parentElement.parentElement.rows[cell.parentElement.sectionRowIndex + down];
    row?.cells[cell.cellIndex + right]?.querySelector("input")?.focus();
    event.preventDefault();
  });
}

// Drafts: sent 20 seconds after the last key and when a field is left. What could not be sent stays in this window.
const PAUSE = 20_000;
const PATIENCE = 10_000;

const words = (form) => {
  const kept = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (typeof value === "string") kept.append(name, value);
  return kept;
};

const say = (form, text) => {
  const place = form.querySelector("[data-saved]");
  if (place) place.textContent = text;
};

// Into empty boxes only: what the server sent may be newer than the copy.
const bringBack = (form, key) => {
  const kept = new URLSearchParams(sessionStorage.getItem(key) ?? "");
  const empty = [...form.querySelectorAll("textarea, input[type=text]")].filter((box) => !box.value && kept.get(box.name));
  for (const box of empty) box.value = kept.get(box.name);
  return empty.length > 0;
};

const autosave = (form) => {
  // Two people may sign in one after the other in the same window: a copy belongs to the name in the menu.
  const key = `draft:${reader}:${form.dataset.autosave}`;
  let timer = 0;
  let sent = words(form).toString();
  // One at a time: a second one on its way would name the version that the first replaces.
  let underway = null;
  let again = false;

  if (bringBack(form, key)) say(form, "Brought back from this window. Not saved yet.");

  const send = async () => {
    const draft = words(form);
    if (draft.toString() === sent) return;
    try {
      const signal = AbortSignal.timeout(PATIENCE);
      const answer = await fetch(form.dataset.autosave, { method: "POST", body: draft, redirect: "error", signal });
      if (!answer.ok) throw new Error(String(answer.status));
      // The next save has to name the version that this one made.
      const { version } = await answer.json().catch(() => ({}));
      if (version && form.elements.version) {
        form.elements.version.value = version;
        draft.set("version", version);
      }
      sent = draft.toString();
      sessionStorage.removeItem(key);
      const now = new Date().toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
      say(form, `Saved ${now}.`);
    } catch {
      draft.delete("csrf_token");
      const here = keepHere(key, draft.toString());
      say(form, here ? "Not saved. A copy is kept in this window." : "Not saved. Copy your text before you leave.");
    }
  };

  const sendAll = async () => {
    while (again) {
      again = false;
      await send();
    }
    underway = null;
  };

  const save = () => {
    clearTimeout(timer);
    if (form.dataset.sent) return;
    again = true;
    underway ??= sendAll();
  };

  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(save, PAUSE);
  });
  form.addEventListener("focusout", save);
  form.addEventListener("submit", async (event) => {
    clearTimeout(timer);
    if (underway) {
      // What is submitted has to name the version of the draft that is on its way.
      event.preventDefault();
      event.stopPropagation();
      await underway;
      form.requestSubmit(event.submitter);
      return;
    }
    sessionStorage.removeItem(key);
  });
};

document.querySelectorAll("form[data-autosave]").forEach(autosave);
