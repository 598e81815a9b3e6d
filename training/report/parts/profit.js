// Draws a profit curve again when the reader changes what a contact costs, what a success is worth, or how often one is.
// The places are those of charts/profit.py; without this script the curve of the dataset's own settings stays.
for (const part of document.querySelectorAll(".profit")) {
  const { counts, held, marginal } = JSON.parse(part.dataset.curve);
  const digits = Number(part.dataset.digits);
  const form = part.querySelector("form"), chart = part.querySelector("svg"), told = part.querySelector(".told");
  const declared = [...form.elements].map((input) => input.value).join(), own = told.innerHTML;
  const [left, right, top, bottom] = [64, 408, 26, 286], last = counts.length - 1;
  const written = (value, digits) =>
    value.toLocaleString(document.documentElement.lang, { minimumFractionDigits: digits, maximumFractionDigits: digits }).replace(/^-(?=.*[1-9])/, "\u2212").replace("-", "");
  const point = (text) => text.replace(".", (0.5).toLocaleString(document.documentElement.lang)[1]);
  const count = (value) => written(value, 0), money = (value) => written(value, digits);
  const short = (value) => written(value, Math.abs(value) >= 1000 ? 0 : digits);
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
      label.textContent = name === "zero" && [high, low].some((other) => Math.abs(y(other) - at) < 14) ? "" : short(value);
    }
    const chosen = marginal.filter((p) => rate * worth * p > cost).length;
    const said = {
      best: count(counts[best]), all: count(counts[last]), most: money(high), threshold: point((cost / (rate * worth)).toPrecision(3)),
      chosen: count(counts[chosen]), brought: money(profits[chosen]), everyone: money(profits[last]),
    };
    told.textContent = part.dataset.told.replace(/{(\w+)}/g, (_, name) => said[name]);
    if ([...form.elements].map((input) => input.value).join() === declared) told.innerHTML = own;
  };
  form.hidden = false;
  form.addEventListener("input", draw);
  form.addEventListener("submit", (event) => event.preventDefault());
}
