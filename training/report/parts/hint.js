// Says of what is wider than its place that it scrolls, and of nothing else; without this script its edges are shaded.
const hints = () => {
  for (const part of document.querySelectorAll(".scroll"))
    part.classList.toggle("overflows", part.scrollWidth > part.clientWidth + 1);
};
hints();
addEventListener("resize", hints);
