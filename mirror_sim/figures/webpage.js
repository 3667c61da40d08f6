"use strict";

// A number, with or without its interval; NaN of any other text, and of none.
const number = (text) => (/^-?[\d.]/.test(text) ? parseFloat(text) : NaN);
const words = new Intl.Collator("en", { numeric: true });

function compared(a, b, isNumber) {
  if (!isNumber) return words.compare(a, b);
  return number(a) - number(b);
}

function isEmpty(text, isNumber) {
  return isNumber ? Number.isNaN(number(text)) : text === "";
}

function sort(table, heading) {
  const column = heading.cellIndex;
  const isNumber = heading.classList.contains("number");
  const up = heading.getAttribute("aria-sort") !== "ascending";
  const body = table.tBodies[0];
  const lines = [...body.rows].map((row) => [row.cells[column].textContent, row]);
  lines.sort(([a], [b]) => {
    const gaps = isEmpty(a, isNumber) - isEmpty(b, isNumber);  // what is empty stays below
    if (gaps || isEmpty(a, isNumber)) return gaps;
    return up ? compared(a, b, isNumber) : compared(b, a, isNumber);
  });
  for (const other of table.tHead.rows[0].cells) other.setAttribute("aria-sort", "none");
  heading.setAttribute("aria-sort", up ? "ascending" : "descending");
  body.append(...lines.map(([, row]) => row));
}

function filter(table, wanted, count) {
  const parts = wanted.toLowerCase().split(/\s+/);
  let shown = 0;
  for (const row of table.tBodies[0].rows) {
    const text = row.textContent.toLowerCase();
    row.hidden = !parts.every((part) => text.includes(part));
    shown += !row.hidden;
  }
  const all = table.tBodies[0].rows.length;
  count.textContent = shown === all ? `${all} rows` : `${shown} of ${all} rows`;
}

for (const part of document.querySelectorAll("details")) {
  const table = part.querySelector("table");
  const input = part.querySelector("input");
  const count = part.querySelector(".count");
  for (const heading of table.tHead.rows[0].cells) {
    heading.querySelector("button").addEventListener("click", () => sort(table, heading));
  }
  input.addEventListener("input", () => filter(table, input.value, count));
  filter(table, input.value, count);  // what a browser kept of the last visit
}

for (const button of document.querySelectorAll("button.copy")) {
  const code = document.getElementById(button.dataset.of);
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = "Copied";
    } catch {  // not allowed here: selected, it can be copied by hand
      getSelection().selectAllChildren(code);
      button.textContent = "Selected";
    }
  });
}
