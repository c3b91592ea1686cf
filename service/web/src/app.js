// Enhances pages that work without it: partial updates, dropped files, forms that are not sent twice.
import htmx from "htmx.org";

htmx.config.allowEval = false;
htmx.config.includeIndicatorStyles = false;
htmx.config.historyCacheSize = 0;
htmx.config.selfRequestsOnly = true;
// The content policy refuses styles in place, so none is carried over to a new part.
htmx.config.attributesToSettle = ["class", "width", "height"];
// A refused form comes back as 422 with its errors: show it. Other errors are pages of their own.
htmx.config.responseHandling = [
  { code: "204", swap: false },
  { code: "[23]..", swap: true },
  { code: "422", swap: true },
  { code: "[45]..", swap: false, error: true },
];

const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.content ?? "";

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRF-Token"] = meta("csrf-token");
});

document.addEventListener("htmx:responseError", (event) => {
  show(event.detail.xhr.getResponseHeader("X-Page-Message") ? decodeURIComponent(event.detail.xhr.getResponseHeader("X-Page-Message")) : meta("words-failed"));
});
document.addEventListener("htmx:sendError", () => show(meta("words-offline")));

function show(words) {
  const box = document.getElementById("live");
  if (!box) return;
  box.textContent = words;
  box.hidden = false;
}

// A question before what cannot be taken back; and a second press must not send a form again.
document.addEventListener("submit", (event) => {
  const form = event.target;
  const button = event.submitter;
  const question = button?.dataset.confirm ?? form.dataset.confirm;
  if (question && !window.confirm(question)) {
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  if (form.method !== "post" || form.hasAttribute("hx-post")) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
}, true);

window.addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent);
});

// Filters apply themselves; the button that does it without scripts is hidden.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-auto]");
  if (form) form.requestSubmit();
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
  const all = event.target.closest("[data-tick-all]");
  if (all) {
    document.querySelectorAll(`input[type="checkbox"][name="${all.dataset.tickAll}"]`).forEach((box) => {
      box.checked = all.checked;
    });
  }
});

// A file dropped on the zone is put into its file field and sent.
function prepareDrop(zone) {
  const field = zone.querySelector('input[type="file"]');
  if (!field) return;
  const over = (on) => zone.classList.toggle("over", on);
  zone.addEventListener("dragover", (event) => {
    event.preventDefault();
    over(true);
  });
  zone.addEventListener("dragleave", () => over(false));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    over(false);
    if (!event.dataTransfer.files.length) return;
    field.files = event.dataTransfer.files;
    send(zone, field);
  });
  field.addEventListener("change", () => field.files.length && send(zone, field));
}

function send(zone, field) {
  const name = zone.querySelector("[data-drop-name]");
  if (name) name.textContent = [...field.files].map((file) => file.name).join(", ");
  if (zone.hasAttribute("data-drop-send")) field.form.requestSubmit();
}

function prepare(root) {
  root.querySelectorAll("[data-drop]").forEach(prepareDrop);
  root.querySelectorAll("[data-needs-script]").forEach((part) => {
    part.hidden = false;
  });
}

document.documentElement.classList.add("scripted");
prepare(document);
document.addEventListener("htmx:load", (event) => event.detail.elt !== document.body && prepare(event.detail.elt));
document.querySelector("[data-focus]")?.focus();
