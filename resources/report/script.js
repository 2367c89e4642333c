"use strict";
(() => {
  const list = document.getElementById("pages");
  const search = document.getElementById("search");
  const order = document.getElementById("order");
  const shown = document.getElementById("shown");
  const boxes = [...document.querySelectorAll(".filters input")];
  const rows = [...list.children].map((item, place) => ({
    item,
    place,
    status: item.dataset.status,
    number: Number(item.dataset.number),
    seconds: Number(item.dataset.seconds),
    name: item.querySelector("h2").textContent,
    text: item.textContent.toLowerCase(),
  }));
  const names = new Intl.Collator(undefined, { numeric: true });
  const orders = {
    failures: (a, b) => a.place - b.place,
    run: (a, b) => a.number - b.number,
    name: (a, b) => names.compare(a.name, b.name) || a.number - b.number,
    slow: (a, b) => b.seconds - a.seconds || a.number - b.number,
  };

  function filter() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
    let count = 0;
    for (const row of rows) {
      const isShown = wanted.has(row.status) && words.every((word) => row.text.includes(word));
      row.item.hidden = !isShown;
      count += isShown;
    }
    shown.textContent = count === rows.length ? `All ${count} shown.` : `${count} of ${rows.length} shown.`;
  }

  function sort() {
    list.append(...[...rows].sort(orders[order.value]).map((row) => row.item));
  }

  let waiting = 0;
  search.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(filter, 120);
  });
  for (const box of boxes) box.addEventListener("change", filter);
  order.addEventListener("change", sort);
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && event.target !== search) {
      event.preventDefault();
      search.focus();
    } else if (event.key === "Escape" && event.target === search && search.value) {
      search.value = "";
      filter();
    }
  });
  document.querySelector(".tools").addEventListener("submit", (event) => event.preventDefault());
  document.documentElement.classList.add("js");
  search.value = "";
  order.value = "failures";
  for (const box of boxes) box.checked = true;
  filter();
})();
