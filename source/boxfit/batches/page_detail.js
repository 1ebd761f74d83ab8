// The detail of an object: its picture, and all that its record holds.

const detail = byId("detail");
const chunks = new Map(); // Details by the number of their file, as promises.
const receivers = new Map(); // What waits for a file of details.
let opened = -1; // Position of the open object in the list that is shown.

/** Take what page/details-N.js holds. */
function receiveDetails(chunk, given) {
  receivers.get(chunk)?.(given);
}

/** Return a promise of the record and the points of an object: null if the files were written anew meanwhile. */
async function detailOf(index) {
  const chunk = Math.floor(index / objects.chunk);
  if (!chunks.has(chunk)) {
    chunks.set(chunk, new Promise((resolve) => {
      receivers.set(chunk, resolve);
      load(`page/details-${chunk}.js`, () => resolve([]));
    }));
  }
  const found = (await chunks.get(chunk))[index % objects.chunk];
  const source = objects.sources[objects.source[index]];
  return found?.record.source === source && found.record.object === objects.name[index] ? found : null;
}

/** Open the detail of the object at a position of the list. */
async function openDetail(position) {
  opened = position;
  choose(position);
  const index = shown[position];
  byId("title").textContent = nameOf(index);
  byId("place").textContent = objects.sources[objects.source[index]];
  byId("previous").disabled = position === 0;
  byId("next").disabled = position === shown.length - 1;
  byId("content").replaceChildren();
  if (!detail.open) {
    detail.showModal();
    detail.focus(); // Rather than its first button.
  }
  const found = await detailOf(index);
  if (opened !== position || shown[position] !== index) return; // Another one was opened meanwhile.
  byId("content").replaceChildren(...(found ? sections(index, found) : [
    make("p", { className: "wide bad" }, "The run has gone on, and this page is older than its data. Reload the page."),
  ]));
  detail.scrollTop = 0;
}

function sections(index, { record, points }) {
  const failed = record.status === "failed";
  const unit = objects.units[objects.unit[index]];
  const parts = [];
  const messages = failed ? [`${record.kind}: ${record.error}`] : record.warnings;
  if (messages.length) {
    const title = make("h3", { className: failed ? "bad" : "warn" }, failed ? "Failed" : "Warnings");
    const list = make("ul", { className: "messages" }, ...messages.map((text) => make("li", {}, text)));
    parts.push(make("section", { className: "wide" }, title, list));
  }
  if (record.remarks?.length) {
    const list = make("ul", { className: "messages" }, ...record.remarks.map((text) => make("li", {}, text)));
    parts.push(make("section", { className: "wide dim" }, heading("Remarks"), list));
  }
  if (record.verdict) {
    const tone = { good: "", doubtful: "bad" }[record.verdict.grade] ?? "warn";
    parts.unshift(make("p", { className: `wide ${tone}` }, record.verdict.text));
  }
  if (!failed) parts.push(make("section", {}, ...largePicture(record), ...paths(record)));
  parts.push(make("section", { className: failed ? "wide" : "" },
    ...(failed ? [] : [heading("Faces"), faces(record, unit)]), heading("Figures"), figures(record, points, unit)));
  const whole = make("pre", { tabIndex: 0 }, JSON.stringify(record, null, 2));
  return [...parts, make("details", { className: "wide" }, make("summary", {}, "The whole record"), whole)];
}

const heading = (text) => make("h3", {}, text);

function largePicture(record) {
  if (!record.thumbnail) return [make("p", { className: "dim" }, "No picture was drawn.")];
  const alt = `View of ${record.object} with its mask and the box`;
  const image = make("img", { className: "large", alt, src: address(record.thumbnail) });
  image.onerror = () => image.replaceWith(make("p", { className: "dim" }, `${record.thumbnail} is missing.`));
  return [make("a", { href: address(record.thumbnail), target: "_blank", title: "Open the picture" }, image)];
}

/** Show the paths of stage and prim, each with a button that copies it. */
function paths(record) {
  const lines = { "Stage": record.stage.path, "Prim": record.prim };
  return [heading("Where the box is"), ...Object.entries(lines).map(([name, path]) => {
    const field = make("input", { readOnly: true, value: path, "aria-label": name });
    const label = `Copy the path of the ${name.toLowerCase()}`;
    const button = make("button", { type: "button", "aria-label": label }, "Copy");
    button.addEventListener("click", async () => {
      field.select();
      try {
        await navigator.clipboard.writeText(path);
      } catch {
        document.execCommand("copy"); // Where pages from a disk may not use the clipboard.
      }
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    });
    return make("div", { className: "path" }, make("span", {}, name), field, button);
  })];
}

/** Draw a bar for each edge: the box, its two faces, and the range of each. */
function faces(record, unit) {
  const ranges = Object.fromEntries(record.bounds.map((bound) => [bound.face, bound]));
  const bars = record.box.size.flatMap((size, axis) => {
    const letter = "xyz"[axis];
    const [low, high] = [ranges[`-${letter}`], ranges[`+${letter}`]];
    const reach = Math.max(low.outer, high.outer, size / 2) * 1.02 || 1;
    const place = (value) => 50 + (50 * value) / reach;
    const piece = (kind, from, to) => {
      const element = make("i", { className: kind });
      element.style.left = `${place(from)}%`;
      if (to !== undefined) element.style.width = `${Math.max(place(to) - place(from), 0)}%`;
      return element;
    };
    const open = record.undetermined_axes.includes(letter);
    const least = Math.max(low.inner + high.inner, 0);
    const text = `${short(least)} to ${short(low.outer + high.outer)} ${unit}`.trim();
    const label = `Edge ${letter}: the masks allow ${text}`;
    const track = make("div", { className: "track", role: "img", "aria-label": label },
      piece("inside", -size / 2, size / 2),
      piece("zone", -low.outer, -low.inner), piece("zone", high.inner, high.outer),
      piece("face", -size / 2), piece("face", size / 2));
    track.title = record.bounds.filter(({ face }) => face[1] === letter)
      .map(({ face, inner, outer }) => `${face}: ${short(inner)} to ${short(outer)} from the centre`).join("\n");
    return [make("b", {}, letter), make("span", {}, `${short(size)} ${unit}`), track,
      make("span", { className: open ? "warn" : "dim" }, open ? `${text}, not determined` : text)];
  });
  return make("div", { className: "edges" }, ...bars);
}

function figures(record, points, unit) {
  const list = (values) => values.map(short).join(", ");
  const each = (value) => (typeof value === "number" ? short(value) : String(value));
  const of = (values) => Object.entries(values).map(([name, value]) => `${name} ${each(value)}`).join(", ");
  const total = Object.values(points).reduce((sum, each) => sum + each, 0);
  const lines = { "look first": `${total} points (${of(points)})` };
  if (record.status === "fitted") {
    const { up_axis: up, meters_per_unit: metres } = record.world;
    Object.assign(lines, {
      "size": `${edges(record.box.size)} ${unit}`,
      "volume": `${short(record.volume)} ${unit && `${unit}³`}`,
      "centre": list(record.box.centre),
      "quaternion wxyz": record.box.quaternion_wxyz.map((value) => value.toFixed(4)).join(", "),
      "world": `${up ? `${up} up` : "up axis not stated"}, ${metres ? `1 unit = ${metres} m` : "unit not stated"}`,
      "extent, alignment": `${record.extent}, ${record.alignment}`,
      "views": `${record.views} used, ${record.views_left_out} left out`,
      "mask covered": `least ${share(record.coverage.least)}, mean ${share(record.coverage.mean)}`,
      "silhouette IoU": `least ${share(record.iou.least)}, mean ${share(record.iou.mean)}`,
      "widest range": `${percent(record.bound_width)} of the edge`,
    });
  }
  Object.assign(lines, {
    "format": record.format ?? "not known",
    "settings": of(record.settings) || "defaults",
    "seconds": of(record.seconds),
    "boxfit": `${record.boxfit}, attempt ${record.attempt}`,
  });
  return make("dl", { className: "figures" },
    ...Object.entries(lines).flatMap(([name, text]) => [make("dt", {}, name), make("dd", {}, text)]));
}

const step = (by) => {
  if (shown[opened + by] !== undefined) openDetail(opened + by);
};
byId("previous").addEventListener("click", () => step(-1));
byId("next").addEventListener("click", () => step(1));
byId("close").addEventListener("click", () => detail.close());
detail.addEventListener("click", (event) => {
  if (event.target === detail) detail.close(); // Its backdrop.
});
detail.addEventListener("keydown", (event) => {
  if (event.target.tagName === "INPUT" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "ArrowLeft") step(-1);
  if (event.key === "ArrowRight") step(1);
});
