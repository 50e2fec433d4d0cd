// The count in the tab's title, while the tab is in the background.

let count = 0;
let ours = '';
let before = '';

export function titleCount(n: number): void {
  count = n;
  show();
}

function show(): void {
  if (ours && document.title === ours) document.title = before;
  ours = '';
  if (!count || !document.hidden) return;
  before = document.title;
  ours = `(${count > 9 ? '9+' : count}) ${before}`;
  document.title = ours;
}

document.addEventListener('visibilitychange', show);
