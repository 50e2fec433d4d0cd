// A brand's site that uses the widget as any site does: a stub, one script, and a few calls. It is
// written in Chinese; who reads something else gets the English that stands beside each text.
import './demo.css';

interface Demo { origin: string; entry_point: string; chat_url?: string }
type Kefu = ((...call: unknown[]) => unknown) & { q?: unknown[][] };

if (!navigator.language.toLowerCase().startsWith('zh')) {
  document.documentElement.lang = 'en';
  for (const el of document.querySelectorAll<HTMLElement>('[data-en]')) el.textContent = el.dataset.en ?? '';
  for (const el of document.querySelectorAll<HTMLElement>('[data-en-say]')) el.dataset.say = el.dataset.enSay;
  for (const el of document.querySelectorAll<HTMLElement>('[data-en-label]')) el.setAttribute('aria-label', el.dataset.enLabel ?? '');
}

const site = window as unknown as { KEFU_DEMO?: Demo; kefu?: Kefu };
const demo = site.KEFU_DEMO;

// Calls made before the script is there wait in the stub.
const stub: Kefu = (...call) => void (stub.q ??= []).push(call);
site.kefu ??= stub;

if (demo) {
  const script = document.createElement('script');
  script.async = true;
  script.src = `${demo.origin}/widget.js`;
  script.dataset.entryPoint = demo.entry_point;
  script.dataset.color = '#2F6046';
  document.head.append(script);
  const link = document.getElementById('chat-link');
  const anchor = link?.querySelector('a');
  if (link && anchor) {
    link.hidden = false;
    anchor.href = demo.chat_url ?? `${demo.origin}/chat/?entry_point=${encodeURIComponent(demo.entry_point)}`;
  }
}

for (const button of document.querySelectorAll<HTMLElement>('[data-say]')) {
  button.addEventListener('click', () => site.kefu?.('showMessage', button.dataset.say));
}

// Sections are pages to the agent: the address and the title say which one is read.
const name = document.title;
function entitle(): void {
  const heading = location.hash.length > 1 ? document.getElementById(location.hash.slice(1))?.querySelector('h2')?.textContent : null;
  document.title = heading ? `${heading} · ${name}` : name;
}
window.addEventListener('hashchange', entitle);
entitle();
