// The table of objects: sorting, filters, and the rows that are seen.

const ROW = 56; // Height of a row in pixels, as --row in page.css.
const BEYOND = 8; // Rows drawn above and below the visible ones.

const grid = byId("grid");
const rows = byId("rows");

let sorted; // Indices of all objects in the order of the chosen column.
let shown = []; // Those that the filters let through.
let active = -1; // Index of the chosen object.
let sorting = { column: "look", descending: true };
let texts; // What the search looks through, in lower case; made at the first search.
let drawn = new Map(); // Rows in the page, by index.

/** Sort all objects by the chosen column; objects without a value come last, equal ones stay in the order of names. */
function sort() {
  const count = objects.name.length;
  const value = COLUMNS[sorting.column].value;
  const keys = new Float64Array(count);
  const sign = sorting.descending ? -1 : 1;
  for (let index = 0; index < count; index++) {
    const key = value(index);
    keys[index] = key === null ? Infinity : sign * key;
  }
  sorted = Uint32Array.from({ length: count }, (_, index) => index);
  sorted.sort((a, b) => (keys[a] < keys[b] ? -1 : keys[a] > keys[b] ? 1 : objects.rank[a] - objects.rank[b]));
  for (const [name, head] of Object.entries(heads)) {
    const direction = sorting.descending ? "descending" : "ascending";
    head.setAttribute("aria-sort", name === sorting.column ? direction : "none");
  }
}

/** Apply the filters to the sorted objects, and show the first ones. */
function filter() {
  const words = byId("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  const chosen = new FormData(byId("filters"));
  const belongs = KINDS[chosen.get("kind")][1];
  const failure = chosen.get("failure");
  const format = chosen.get("format");
  if (words.length && !texts) {
    texts = objects.name.map((name, index) =>
      [objects.sources[objects.source[index]], name ?? "", ...objects.notes[index]].join("\n").toLowerCase());
  }
  shown = sorted.filter((index) => belongs(index) && (!failure || objects.kind[index] === failure)
    && (!format || objects.formats[objects.format[index]] === format)
    && words.every((word) => texts[index].includes(word)));
  active = shown.length ? shown[0] : -1;
  byId("count").textContent = shown.length === sorted.length
    ? `all ${amount(sorted.length)} shown`
    : `${amount(shown.length)} of ${amount(sorted.length)} shown`;
  byId("none").hidden = shown.length > 0;
  grid.setAttribute("aria-rowcount", shown.length + 1);
  grid.scrollTop = 0;
  drawn.clear();
  draw();
}

function row(index, position) {
  const place = { id: `object-${index}`, "aria-rowindex": position + 2 };
  const element = make("tr", { className: "object", role: "row", ...place });
  for (const [name, column] of Object.entries(COLUMNS)) {
    element.append(make("td", { className: classOf(name), role: "gridcell" }, column.cell(index)));
  }
  element.addEventListener("click", () => {
    choose(position);
    openDetail(position);
  });
  return element;
}

/** Draw the visible rows, between two spaces as high as those above and below. */
function draw() {
  const first = Math.max(0, Math.floor(grid.scrollTop / ROW) - BEYOND);
  const last = Math.min(shown.length, Math.ceil((grid.scrollTop + grid.clientHeight) / ROW) + BEYOND);
  const kept = new Map();
  for (let position = first; position < last; position++) {
    const index = shown[position];
    const element = drawn.get(index) ?? row(index, position);
    element.setAttribute("aria-selected", index === active);
    kept.set(index, element);
  }
  drawn = kept;
  rows.replaceChildren(space(first), ...kept.values(), space(shown.length - last));
  if (kept.has(active)) grid.setAttribute("aria-activedescendant", `object-${active}`);
  else grid.removeAttribute("aria-activedescendant");
}

function space(count) {
  const cell = make("td", { colSpan: Object.keys(COLUMNS).length });
  const element = make("tr", { className: "space", role: "presentation" }, cell);
  element.style.height = `${Math.max(count, 0) * ROW}px`;
  return element;
}

/** Choose the object at a position of the list, and scroll to it. */
function choose(position) {
  if (!shown.length) return;
  const place = Math.min(Math.max(position, 0), shown.length - 1);
  active = shown[place];
  const visible = grid.clientHeight - byId("heads").offsetHeight;
  const top = place * ROW;
  if (top < grid.scrollTop) grid.scrollTop = top;
  else if (top + ROW > grid.scrollTop + visible) grid.scrollTop = top + ROW - visible;
  draw();
}

/** Positions that keys lead to from a position, with the number of rows of a page. */
const MOVES = {
  ArrowDown: (position) => position + 1,
  ArrowUp: (position) => position - 1,
  PageDown: (position, page) => position + page,
  PageUp: (position, page) => position - page,
  Home: () => 0,
  End: () => shown.length - 1,
};

grid.addEventListener("keydown", (event) => {
  if (event.target !== grid || event.ctrlKey || event.metaKey || event.altKey) return;
  const position = shown.indexOf(active);
  if (event.key === "Enter" && position >= 0) openDetail(position);
  else if (event.key in MOVES) choose(MOVES[event.key](position, Math.floor(grid.clientHeight / ROW) - 1));
  else return;
  event.preventDefault();
});

let waiting = 0;
for (const [target, event] of [[grid, "scroll"], [window, "resize"]]) {
  target.addEventListener(event, () => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(draw);
  });
}

const heads = {};
for (const [name, column] of Object.entries(COLUMNS)) {
  const head = make("th", { className: classOf(name), role: "columnheader", scope: "col" });
  if (!column.value) head.setAttribute("aria-label", column.hidden);
  else {
    head.append(make("button", { type: "button", title: column.help }, column.title));
    head.firstChild.addEventListener("click", () => {
      sorting = { column: name, descending: name === sorting.column ? !sorting.descending : !column.ascending };
      sort();
      filter();
    });
    heads[name] = head;
  }
  byId("heads").append(head);
}

byId("filters").addEventListener("submit", (event) => event.preventDefault());
byId("filters").addEventListener("input", filter);

/** Tell what the points of "look first" are. */
function explain({ bounds, coverage, warnings, failed }) {
  const range = ({ from, full, points }) =>
    `none up to ${percent(from)}, beyond it in proportion, all ${points} from ${percent(full)} on.`;
  byId("meaning").append(
    `A failed object has ${failed} points. Any other has the sum of these; “Look first” shows those that have any:`,
    make("ul", {},
      make("li", {}, "Bounds, for the widest range of a face that the masks leave open, as a share of its edge: ",
        `${range(bounds)} More views from that side narrow it.`),
      make("li", {}, "Coverage, for the share of a view's mask that the box leaves out: ",
        `${range(coverage)} The box cuts the object there, or mask or camera are wrong.`),
      make("li", {}, `Warnings: ${warnings.points} each, up to ${warnings.most}.`)),
    "IoU has no points: it depends on the object's shape, and is well below 1 for anything that is not a box.");
}

/** Fill a choice with the values that there are; with less than two there is nothing to choose. */
function offer(name, values) {
  const given = [...new Set(values.filter((value) => value !== null))].sort();
  byId(name).append(...["", ...given].map((value) => make("option", { value }, value || "any")));
  byId(name).parentNode.hidden = given.length < 2;
}

/** Take what page/objects.js holds, and show it. */
function receiveObjects(given) {
  objects = given;
  const all = objects.name.map((_, index) => index);
  const counts = {};
  for (const [kind, [title, belongs]] of Object.entries(KINDS)) {
    counts[kind] = all.filter(belongs).length;
    const choice = make("input", { type: "radio", name: "kind", value: kind, defaultChecked: kind === "all" });
    byId("kinds").append(make("label", {}, choice, `${title} `, make("b", {}, amount(counts[kind]))));
  }
  offer("failure", objects.kind);
  offer("format", objects.formats);
  document.title = `${objects.batch}: boxfit batch`;
  document.querySelector("h1").textContent = objects.batch;
  const plural = (count, word) => `${amount(count)} ${word}${count === 1 ? "" : "s"}`;
  byId("summary").textContent = `boxfit ${objects.boxfit}, ${objects.written}: ${amount(counts.fitted)} fitted, ` +
    `${plural(counts.failed, "failure")}, ${plural(objects.sources.length, "source")}`;
  for (const [text, count] of objects.remarks) {
    const some = count === counts.fitted ? "All" : `${amount(count)} of the`;
    byId("remarks").append(make("li", {}, make("b", {}, `${some} fitted objects: `), text));
  }
  byId("remarks").hidden = !objects.remarks.length;
  explain(objects.rules);
  document.querySelector("main").hidden = false;
  sort();
  filter();
  grid.focus({ preventScroll: true });
}

/** Load a script from beside the page, which hands its data over; files on a disk cannot be read in any other way. */
function load(path, missing) {
  document.head.append(make("script", { src: path, onerror: missing }));
}

addEventListener("DOMContentLoaded", () => load("page/objects.js", () => {
  byId("summary").textContent = "page/objects.js is missing beside this page: move or copy the whole folder";
  byId("summary").className = "bad";
}));
