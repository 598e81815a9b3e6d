// On paper nothing can be unfolded: all of it is printed, and as it was afterwards.
const folded = () => document.querySelectorAll("details:not([open])");
addEventListener("beforeprint", () => {
  for (const part of folded()) {
    part.open = true;
    part.dataset.folded = "";
  }
});
addEventListener("afterprint", () => {
  for (const part of document.querySelectorAll("details[data-folded]")) {
    part.open = false;
    delete part.dataset.folded;
  }
});
// A table that was folded had no width: whether it scrolls can be told only now.
for (const part of document.querySelectorAll("details")) part.addEventListener("toggle", hints);
