"use strict";
// What the table of objects shows. All texts come from users' files: they enter the page as text only, never as HTML.

let objects; // What page/objects.js holds: columns of one value an object, and what they refer to.

const byId = (id) => document.getElementById(id);

/** Make an element with properties and children; strings become text. */
function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "role") element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children);
  return element;
}

/** Format a number with three significant digits, or more before the point. */
function short(value) {
  if (value === null || value === undefined) return "";
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e6 || size < 1e-3)) return value.toExponential(2);
  return size >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}

const amount = (count) => count.toLocaleString("en");
const percent = (value) => (value === null ? "" : `${short(100 * value)} %`);
const share = (value) => (value === null ? "" : value.toFixed(4));

/** Make the address of a file beside the page: each part is escaped, so that no name is read as a scheme or a query. */
const address = (path) => path.replace(/\p{Surrogate}/gu, "?").split("/").map(encodeURIComponent).join("/");

const edges = (size) => size.map(short).join(" × ");
const nameOf = (index) => objects.name[index] ?? "(the whole source)";

function picture(index) {
  const path = objects.picture[index];
  return path ? make("img", { loading: "lazy", decoding: "async", alt: "", src: address(path) }) : "";
}

function score(index) {
  const value = objects.look[index];
  const name = value >= 50 ? "score high" : "score";
  const cell = make("div", { className: name }, make("span", {}, String(value)), make("i"));
  cell.lastChild.style.setProperty("--part", `${value}%`);
  return cell;
}

function notes(index) {
  const [note, ...more] = objects.notes[index];
  if (note === undefined) return "";
  const failed = objects.failed[index];
  // What is wrong matters here, more than the path of the source, which is beside it.
  const source = `${objects.sources[objects.source[index]]}: `;
  const text = failed && note.includes(source) ? note.slice(note.indexOf(source) + source.length) : note;
  const rest = more.length ? ` (and ${more.length} more)` : "";
  const mark = make("b", { className: failed ? "bad" : "warn" }, failed ? "Failed: " : "Warning: ");
  return make("div", { className: "note" }, mark, text + rest);
}

/** Columns: title, explanation, value to sort by, at first falling or ascending, and content of a cell. */
const COLUMNS = {
  picture: { title: "", hidden: "Picture", cell: picture },
  name: {
    title: "Object", ascending: true,
    help: "Name of the object, and the source that it is in",
    value: (index) => objects.rank[index],
    cell: (index) => {
      const source = objects.sources[objects.source[index]];
      return make("div", { title: `${nameOf(index)}\n${source}` },
        make("div", {}, nameOf(index)), make("div", { className: "dim" }, source));
    },
  },
  look: {
    title: "Look first", help: "Points from 0 to 100, explained below the table",
    value: (index) => objects.look[index], cell: score,
  },
  bounds: {
    title: "Bounds", number: true, help: "Widest range of a face that the masks allow, as a share of the edge",
    value: (index) => objects.bounds[index], cell: (index) => percent(objects.bounds[index]),
  },
  coverage: {
    title: "Covered", number: true, ascending: true,
    help: "Share of the mask inside the box, in the view with the least",
    value: (index) => objects.coverage[index], cell: (index) => share(objects.coverage[index]),
  },
  iou: {
    title: "IoU", number: true, ascending: true,
    help: "Mean intersection over union of the silhouettes of box and mask",
    value: (index) => objects.iou[index], cell: (index) => share(objects.iou[index]),
  },
  views: {
    title: "Views", number: true, help: "Views that were used",
    value: (index) => objects.views[index], cell: (index) => short(objects.views[index]),
  },
  size: {
    title: "Size", number: true, help: "Edges of the box; sorted by volume",
    value: (index) => objects.volume[index],
    cell: (index) => (objects.size[index] ? `${edges(objects.size[index])} ${objects.units[objects.unit[index]]}` : ""),
  },
  notes: {
    title: "Warnings and errors", help: "Sorted by their number, failures above all",
    value: (index) => objects.notes[index].length + 1000 * objects.failed[index], cell: notes,
  },
};

const classOf = (name) => (COLUMNS[name].number ? `${name} number` : name);

/** Kinds of objects to show. */
const KINDS = {
  all: ["All", () => true],
  look: ["Look first", (index) => objects.look[index] > 0],
  failed: ["Failed", (index) => objects.failed[index]],
  bounds: ["Wide bounds", (index) => objects.bounds[index] > objects.rules.bounds.from],
  coverage: ["Low coverage", (index) => 1 - (objects.coverage[index] ?? 1) > objects.rules.coverage.from],
  warnings: ["Warnings", (index) => !objects.failed[index] && objects.notes[index].length > 0],
  fitted: ["Fitted", (index) => !objects.failed[index]],
};

