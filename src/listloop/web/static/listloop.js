// Comforts only: every page works without this file, by plain links and forms.
(() => {
  const root = document.documentElement;

  document.addEventListener("click", (event) => {
    const closest = (selector) => event.target.closest(selector);
    if (closest("[data-theme-switch]")) {
      root.dataset.bsTheme = root.dataset.bsTheme === "dark" ? "light" : "dark";
      try {
        localStorage.setItem("theme", root.dataset.bsTheme);
      } catch {
        // As in theme.js: then the choice holds for this page only.
      }
    }
    const opener = closest("[data-dialog]");
    if (opener) {
      event.preventDefault();
      const dialog = document.getElementById(opener.dataset.dialog);
      dialog.close();
      dialog.showModal();
    }
    const closer = closest("[data-close]");
    if (closer) {
      event.preventDefault();
      closer.closest("dialog").close();
    }
  });

  // A button pressed twice must not act twice.
  document.addEventListener("submit", (event) => {
    if (event.target.method !== "post" || event.defaultPrevented) return;
    if (event.target.dataset.sent) event.preventDefault();
    event.target.dataset.sent = "yes";
  });
  addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));

  // "/" goes to the search field, Escape closes the menu of a phone.
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      document.getElementById("find")?.focus();
    }
    if (event.key === "Escape") document.querySelector(".mob details[open]")?.removeAttribute("open");
  });

  // A run that goes shows how far it is; where it ends or begins, the page is loaded again, unless somebody is typing.
  if (document.querySelector("[data-live]") && "EventSource" in window) {
    const stream = new EventSource("/live");
    // Not while another page is on its way, which loading this one again would cut off.
    let leaving = -Infinity;
    addEventListener("beforeunload", () => { leaving = Date.now(); });
    const again = () => {
      if (Date.now() - leaving < 15000) setTimeout(again, 15000);
      else if (!document.querySelector("dialog[open]") && !document.activeElement?.value) location.reload();
    };
    const box = (event) => document.getElementById(`run-${JSON.parse(event.data).id}`);
    stream.addEventListener("run", (event) => {
      const there = box(event);
      if (there) there.outerHTML = JSON.parse(event.data).html;
    });
    // What ended before the stream was there, or while it was cut off.
    stream.addEventListener("going", (event) => {
      const going = JSON.parse(event.data).ids.map((id) => `run-${id}`);
      if ([...document.querySelectorAll("[data-live][id]")].some((one) => !going.includes(one.id))) again();
    });
    stream.addEventListener("over", (event) => box(event) && again());
    stream.addEventListener("begun", () => document.querySelector('[data-live="all"]') && again());
    addEventListener("pagehide", () => stream.close());
  }

  // A select that narrows a list does so at once; its form's button is for those without scripts.
  document.addEventListener("change", (event) => event.target.closest("[data-at-once]")?.form.requestSubmit());
})();
