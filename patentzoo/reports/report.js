// Enlarges a drawing; arrow keys walk through all that are visible, Escape closes.
(() => {
  const dialog = document.createElement("dialog");
  const picture = document.createElement("img");
  const caption = document.createElement("p");
  const bar = document.createElement("div");
  const buttons = [["‹ Previous", -1], ["Next ›", 1], ["Close", 0]].map(([label, step]) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = label;
    button.addEventListener("click", () => (step ? walk(step) : dialog.close()));
    return button;
  });
  bar.append(...buttons);
  dialog.setAttribute("aria-label", "Enlarged drawing");
  dialog.append(picture, caption, bar);
  let shown = null;

  const drawings = () =>
    [...document.querySelectorAll("button.drawing")].filter((each) => each.offsetParent !== null);

  function show(drawing) {
    const small = drawing.querySelector("img");
    shown = drawing;
    picture.src = small.src;
    picture.alt = small.alt;
    caption.textContent = drawing.closest("figure").querySelector("figcaption").innerText
      .split(/\s*\n\s*/).filter(Boolean).join(" · ");
    if (!dialog.open) dialog.showModal();
  }

  function walk(step) {
    const all = drawings();
    show(all[(all.indexOf(shown) + step + all.length) % all.length]);
  }

  document.body.append(dialog);
  document.addEventListener("click", (event) => {
    const drawing = event.target.closest("button.drawing");
    if (drawing) show(drawing);
    else if (event.target === dialog) dialog.close();
  });
  dialog.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step) walk(step);
  });
  dialog.addEventListener("close", () => shown.focus());
})();
