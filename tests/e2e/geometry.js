// What sticks out of a page, is cut, or lies over something else, inside pictures too.
const faults = [], width = document.documentElement.clientWidth;
if (document.documentElement.scrollWidth > width) faults.push("the page scrolls sideways");
const say = (e) => e.tagName + ": " + e.textContent.trim().slice(0, 40);
const seen = (e) => e.getClientRects().length && !e.closest("thead, .unseen, svg *");
for (const e of document.querySelectorAll("body *")) {
  if (!seen(e)) continue;
  const box = e.getBoundingClientRect();
  if (box.left < -0.5 || box.right > width + 0.5) faults.push("out " + say(e));
  if (e.clientWidth && e.scrollWidth > e.clientWidth + 1) faults.push("cut " + say(e));
}
const overlap = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 0.5
  && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 0.5;
const blocks = [...document.querySelectorAll("h1, h2, h3, h4, p, li, td, th, dt, dd, blockquote, svg.picture")]
  .filter((e) => seen(e) && !e.querySelector("h1, h2, h3, h4, p, li, td, th, dd"));
const boxes = blocks.map((e) => e.getBoundingClientRect());
for (let i = 0; i < boxes.length; i++)
  for (let j = i + 1; j < Math.min(i + 60, boxes.length); j++)
    if (!blocks[i].contains(blocks[j]) && overlap(boxes[i], boxes[j]))
      faults.push("over " + say(blocks[i]) + " | " + say(blocks[j]));
for (const svg of document.querySelectorAll("svg.picture")) {
  if (!svg.getClientRects().length) continue;
  const view = svg.viewBox.baseVal, texts = [...svg.querySelectorAll("text")];
  const marks = [...svg.querySelectorAll("use")].map((e) => e.getBoundingClientRect());
  const found = texts.map((e) => e.getBoundingClientRect());
  texts.forEach((e, i) => {
    const box = e.getBBox();
    if (box.x < -0.5 || box.y < 0 || box.x + box.width > view.width + 0.5
        || box.y + box.height > view.height) faults.push("out of picture " + say(e));
    for (let j = i + 1; j < texts.length; j++)
      if (overlap(found[i], found[j])) faults.push("over in picture " + say(e) + " | " + say(texts[j]));
    if (marks.some((m) => overlap(found[i], m))) faults.push("dot over " + say(e));
  });
}
return faults;
