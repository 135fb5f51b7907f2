// The designer of a campaign: GrapesJS with MJML, saved as one types.
addEventListener("DOMContentLoaded", () => {
  const form = document.getElementById("keep");
  const place = document.getElementById("designer");
  const saved = document.getElementById("saved");
  const token = form.elements[place.dataset.token];
  const field = form.elements.design;

  const upload = async (event) => {
    const files = event.dataTransfer ? event.dataTransfer.files : event.target.files;
    for (const file of files) {
      const body = new FormData();
      body.append(token.name, token.value);
      body.append("files", file);
      const answer = await fetch(place.dataset.pictures, { method: "POST", body });
      const said = await answer.json();
      if (answer.ok) editor.AssetManager.add(said.data);
      else saved.textContent = said.problem;
    }
  };

  // A block that is pressed comes after what is chosen; that way the designer needs no dragging.
  const add = (block, made) => {
    const content = block.get("content");
    const type = typeof content === "string" ? /<(mj-[a-z-]+)/.exec(content)[1] : content.type;
    const body = made.getWrapper().findType("mj-body")[0];
    const around = ["mj-section", "mj-wrapper", "mj-hero"].includes(type) ? "mj-body" : "mj-column";
    const chosen = made.getSelected();
    const place = (chosen && (chosen.is(around) ? chosen : chosen.closestType(around))) || (around === "mj-body" ? body : body.findType(around)[0]);
    let before = chosen;
    while (before && before.parent() !== place) before = before.parent();
    const [one] = place.append(content, before ? { at: before.index() + 1 } : {});
    made.select(one);
    if (type === "mj-image") made.runCommand("open-assets", { target: one, types: ["image"], accept: "image/*" });
  };
  const nothing = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='350' height='150'%3E%3Crect width='350' height='150' fill='%23d1d5db'/%3E%3C/svg%3E";

  const editor = grapesjs.init({
    container: place,
    height: "42rem",
    components: field.value,
    storageManager: false,
    telemetry: false,
    noticeOnUnload: false,
    cssIcons: "",
    plugins: ["grapesjs-mjml"],
    pluginsOpts: { "grapesjs-mjml": { hideSelector: true, imagePlaceholderSrc: nothing } },
    assetManager: { uploadFile: upload },
    blockManager: { appendOnClick: add },
  });

  // What is taken out when a design is cleaned is not offered.
  editor.BlockManager.remove("mj-raw");

  let timer = 0;
  let last = "";
  const save = async () => {
    const design = editor.runCommand("mjml-code");
    if (design === last) return true;
    last = design;
    saved.textContent = saved.dataset.saving;
    const body = new FormData();
    body.append(token.name, token.value);
    body.append("design", design);
    try {
      const answer = await fetch(form.action, { method: "POST", body });
      const said = await answer.json();
      saved.textContent = answer.ok ? saved.dataset.saved : `${saved.dataset.failed} ${said.problem}`;
      return answer.ok;
    } catch (error) {
      last = "";
      saved.textContent = `${saved.dataset.failed} ${error.message}`;
      return false;
    }
  };
  // One after the other: whoever leaves waits for what is on its way.
  let saving = Promise.resolve();
  const keep = () => {
    saving = saving.then(save, save);
    return saving;
  };
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(keep, 700);
  };
  editor.on("load", () => {
    editor.Canvas.getFrameEl().title = place.dataset.title;
    last = editor.runCommand("mjml-code");
    editor.on("update", soon);
    editor.on("rte:disable", soon);
    place.dataset.ready = "yes";
  });

  // Whoever leaves by a link leaves nothing behind: what is still being typed is kept first.
  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[href]");
    if (!link || place.contains(link) || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    clearTimeout(timer);
    const editing = editor.getEditing();
    if (editing) await editing.getView().disableEditing();
    if (await keep()) location.assign(link.href);
  });

  // A merge tag or a conditional block goes to the end of the text that is chosen.
  const tag = document.getElementById("tag");
  const picked = () => tag.selectedOptions[0];
  const said = (name) => {
    const words = document.createElement("span");
    words.textContent = document.getElementById(name).value.trim();
    return words.innerHTML;
  };
  const block = () => {
    const otherwise = said("else");
    return `*|IF:${tag.value}|*${said("then")}${otherwise ? `*|ELSE:|*${otherwise}` : ""}*|END:IF|*`;
  };
  const ask = () => {
    document.getElementById("words").hidden = !("if" in picked().dataset);
  };
  tag.addEventListener("change", ask);
  ask();
  document.getElementById("put").addEventListener("click", () => {
    const chosen = editor.getSelected();
    if (!chosen || !["mj-text", "mj-button"].includes(chosen.get("type"))) return;
    const words = `\u00a0${"if" in picked().dataset ? block() : tag.value}`;
    const inner = chosen.components();
    if (inner.length) chosen.append(words);
    else chosen.set("content", `${chosen.get("content") || ""}${words}`);
    soon();
  });

  window.listloopDesigner = editor;
});
