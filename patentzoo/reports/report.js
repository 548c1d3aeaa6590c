// Enlarges a drawing beside its query; arrow keys walk through all that are visible, Escape closes.
// Where the report holds them, colours show on both where they agree.
(() => {
  const make = (tag, name = "", text = "") => {
    const element = document.createElement(tag);
    if (name) element.className = name;
    element.textContent = text;
    return element;
  };
  const dialog = make("dialog");
  const panes = make("div", "panes");
  const caption = make("p");
  const bar = make("div", "bar");
  const [query, hit] = ["Query", "Hit"].map(pane);
  const agree = button("Where they agree", () => { explained = !explained; colour(); });
  bar.append(
    button("‹ Previous", () => walk(-1)), button("Next ›", () => walk(1)),
    agree, button("Close", () => dialog.close()),
  );
  dialog.setAttribute("aria-label", "Enlarged drawing");
  panes.append(query.box, hit.box);
  dialog.append(panes, caption, bar);
  let shown = null;
  let explained = false;

  function pane(label) {
    const box = make("div", "pane");
    const parts = { box, label: make("b", "", label), picture: make("img", `shown-${label.toLowerCase()}`), heat: make("img", "heat") };
    parts.heat.alt = "";
    box.append(parts.label, parts.picture, parts.heat);
    return parts;
  }

  function button(label, act) {
    const made = make("button", "", label);
    made.type = "button";
    made.addEventListener("click", act);
    return made;
  }

  const drawings = () =>
    [...document.querySelectorAll("main button.drawing")].filter((each) => each.offsetParent !== null);

  function put(parts, drawing) {
    const small = drawing.querySelector("img");
    parts.picture.src = small.src;
    parts.picture.alt = small.alt;
  }

  function show(drawing) {
    shown = drawing;
    const figure = drawing.closest("figure");
    const asked = figure.closest("section").querySelector(".query > button.drawing");
    const alone = !asked || figure.closest(".query") !== null;
    panes.classList.toggle("alone", alone);
    query.box.hidden = alone;
    if (!alone) put(query, asked);
    put(hit, drawing);
    hit.label.textContent = figure.closest(".query") ? "Query" : "Hit";
    const words = figure.querySelector("figcaption").cloneNode(true);
    words.querySelectorAll("details, .why, .office").forEach((each) => each.remove());
    const lines = [...words.querySelectorAll("b, span, p:not(.rank)")].map((each) => each.textContent.trim());
    if (!lines.length) lines.push(words.textContent.trim());
    if (figure.dataset.id && !lines.includes(figure.dataset.id)) lines.push(figure.dataset.id);
    caption.textContent = lines.filter(Boolean).join(" · ");
    colour();
    if (!dialog.open) dialog.showModal();
  }

  function colour() {
    const { heatQuery, heatHit } = shown.closest("figure").dataset;
    agree.hidden = !heatHit;
    agree.setAttribute("aria-pressed", String(explained));
    for (const [parts, colours] of [[query, heatQuery], [hit, heatHit]]) {
      const visible = explained && colours;
      parts.heat.hidden = !visible;
      if (visible) fit(parts, colours);
      else parts.heat.removeAttribute("src");
    }
  }

  // The colours are a few pixels wide: drawn as large as the picture that they lie over.
  function fit(parts, colours) {
    const place = () => {
      const { naturalWidth: width, naturalHeight: height } = parts.picture;
      const space = parts.picture.getBoundingClientRect(), frame = parts.box.getBoundingClientRect();
      const scale = Math.min(space.width / width, space.height / height);
      Object.assign(parts.heat.style, {
        inset: "auto", objectFit: "fill", width: `${width * scale}px`, height: `${height * scale}px`,
        left: `${space.left - frame.left - parts.box.clientLeft + (space.width - width * scale) / 2}px`,
        top: `${space.top - frame.top - parts.box.clientTop + (space.height - height * scale) / 2}px`,
      });
    };
    parts.heat.src = colours;
    parts.picture.decode().then(place, place);
  }

  function walk(step) {
    const all = drawings();
    show(all[(all.indexOf(shown) + step + all.length) % all.length]);
  }

  document.querySelectorAll("figure[data-heat-hit]").forEach((figure) => {
    const why = button("Why found", () => { explained = true; show(figure.querySelector("button.drawing")); });
    why.className = "why";
    figure.querySelector("figcaption").append(why);
  });
  document.body.append(dialog);
  document.addEventListener("click", (event) => {
    const drawing = event.target.closest("button.drawing");
    if (drawing) { explained = false; show(drawing); }
    else if (event.target === dialog) dialog.close();
  });
  dialog.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step) walk(step);
  });
  window.addEventListener("resize", () => { if (dialog.open) colour(); });
  dialog.addEventListener("close", () => shown.focus());
})();
