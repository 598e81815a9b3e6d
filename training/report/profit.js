// Draws a profit curve again when the reader changes what a contact costs, what a success is worth, or how often one is.
// The places are those of charts/profit.py; without this script the curve of the dataset's own settings stays.
for (const part of document.querySelectorAll(".profit")) {
  const { counts, held, marginal } = JSON.parse(part.dataset.curve);
  const form = part.querySelector("form"), chart = part.querySelector("svg"), told = part.querySelector(".told");
  const declared = [...form.elements].map((input) => input.value).join(), own = told.innerHTML;
  const [left, right, top, bottom] = [64, 408, 26, 286], last = counts.length - 1;
  const text = (value) => value.toLocaleString("en", { maximumFractionDigits: Math.abs(value) < 10 ? 2 : 0 }).replace("-", "\u2212");
  const draw = () => {
    const [cost, worth, rate] = [...form.elements].map((input) => input.valueAsNumber);
    if (!form.checkValidity()) return;
    const profits = counts.map((count, place) => rate * worth * held[place] - cost * count);
    const high = Math.max(...profits), least = Math.min(...profits), best = profits.indexOf(high);
    const low = high > 0 ? Math.max(least, -high) : least;
    const x = (count) => left + (count / counts[last]) * (right - left);
    const y = (value) => bottom - ((value - low) / (high - low || 1)) * (bottom - top);
    chart.querySelector("polyline").setAttribute("points", counts.map((count, place) => `${x(count)},${y(profits[place])}`).join(" "));
    for (const [name, value] of Object.entries({ x1: x(0), y1: y(0), x2: right, y2: y(profits[last]) }))
      chart.querySelector(".even").setAttribute(name, value);
    chart.querySelector(".best").setAttribute("cx", x(counts[best]));
    chart.querySelector(".best").setAttribute("cy", y(high));
    for (const [name, value] of Object.entries({ high, zero: 0, low })) {
      const at = y(value), line = chart.querySelector(`line.${name}`), label = chart.querySelector(`text.${name}`);
      line.setAttribute("y1", at);
      line.setAttribute("y2", at);
      label.setAttribute("y", at + 4);
      label.textContent = name === "zero" && [high, low].some((other) => Math.abs(y(other) - at) < 14) ? "" : text(value);
    }
    const chosen = marginal.filter((p) => rate * worth * p > cost).length;
    told.textContent =
      `With these settings the best is to contact the first ${text(counts[best])} of ${text(counts[last])}, for a profit of ${text(high)}. ` +
      `Whoever is predicted at least ${(cost / (rate * worth)).toPrecision(3)} is expected to pay for the contact: ` +
      `about ${text(counts[chosen])}, for ${text(profits[chosen])}. Contacting all brings ${text(profits[last])}.`;
    if ([...form.elements].map((input) => input.value).join() === declared) told.innerHTML = own;
  };
  form.hidden = false;
  form.addEventListener("input", draw);
  form.addEventListener("submit", (event) => event.preventDefault());
}
