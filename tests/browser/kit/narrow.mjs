// What of a page does not fit the width of its screen, told in lines a person can act on.

/** Runs in the page. Code, tables of figures and rows of pictures may be longer than their box, and scroll in it. */
function outOfSight() {
  const told = new Set();
  const name = (one) => `${one.tagName.toLowerCase()}${[...one.classList].map((word) => `.${word}`).join('')}`;
  const may = (one) => one.closest('code, pre, [data-sideways]') !== null;
  const root = document.scrollingElement;
  if (root.scrollWidth > innerWidth + 1) told.add(`the page is ${root.scrollWidth} px wide`);
  // What nothing shows can still be scrolled to by a focus, and the page is then out of its frame.
  if (/hidden|clip/.test(getComputedStyle(document.body).overflowY) && root.scrollHeight > innerHeight + 1) told.add(`the page is ${root.scrollHeight} px high in ${innerHeight}`);
  for (const one of document.body.querySelectorAll('*')) {
    if (!one.checkVisibility({ visibilityProperty: true }) || may(one)) continue;
    const style = getComputedStyle(one);
    if (/auto|scroll/.test(style.overflowX) && one.scrollWidth > one.clientWidth + 1 && !/^(input|textarea|select)$/i.test(one.tagName)) told.add(`${name(one)} scrolls sideways: ${one.scrollWidth} px in ${one.clientWidth}`);
    // What a person reads or presses must not lie beyond the edge.
    const says = [...one.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim()) || one.matches('button, a[href], input, select, textarea, img, video');
    if (!says) continue;
    const { left, right, width, height } = one.getBoundingClientRect();
    // What is wholly outside was put there to be out of sight until it is needed.
    if (width < 2 || height < 2 || right <= 0 || (right <= innerWidth + 1 && left >= -1)) continue;
    const cut = (box) => box && box !== document.body && ((getComputedStyle(box).textOverflow === 'ellipsis' && getComputedStyle(box).overflowX !== 'visible') || cut(box.parentElement));
    if (!cut(one)) told.add(`${name(one)} “${(one.textContent || one.getAttribute('aria-label') || '').trim().slice(0, 24)}” stands from ${Math.round(left)} to ${Math.round(right)}`);
  }
  return [...told].slice(0, 6);
}

/** What sticks out at the side of a page or of a frame in it; nothing if all fits. */
export async function sticksOut(page) {
  const lines = [];
  for (const frame of page.frames()) {
    if (frame.url() === 'about:blank') continue;
    // A frame that is closed is as wide as nothing.
    if (frame !== page.mainFrame() && !(await (await frame.frameElement()).isVisible())) continue;
    for (const line of await frame.evaluate(outOfSight)) lines.push(`${new URL(frame.url()).pathname}: ${line}`);
  }
  return lines;
}
