// A conversation as a page of its own, to keep: one file without scripts, in which whatever people
// wrote stays words. Who is who, and what a message is called, is for whoever saves it to say.

export interface Said {
  at: number;
  /** Empty for what nobody in particular said. */
  who: string;
  text: string;
}

export function transcript(said: Said[], title: string, lang: string, cut = ''): string {
  const lines = said.map(({ at, who, text }) => {
    const time = new Date(at);
    return `<p><time datetime="${time.toISOString()}">${plain(time.toLocaleString(lang, { hour12: false }))}</time> <b>${plain(who)}</b><br>${plain(text).replaceAll('\n', '<br>')}</p>`;
  });
  const head = `<!doctype html><html lang="${lang}"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${plain(title)}</title>`;
  const look = '<style>body{font:15px/1.6 system-ui,sans-serif;max-width:44em;margin:2em auto;padding:0 1em;overflow-wrap:anywhere}time{color:#5b6764;font-size:12px}</style>';
  return `${head}${look}<h1>${plain(title)}</h1>${cut ? `<p>${plain(cut)}</p>` : ''}${lines.join('\n')}</html>`;
}

/** Hands a page to the browser to be kept under a name. */
export function keep(html: string, name: string): void {
  const url = URL.createObjectURL(new Blob([html], { type: 'text/html' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = `${name.replace(/[\\/:*?"<>|\p{Cc}]/gu, ' ')}.html`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

const signs: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const plain = (text: string) => text.replace(/[&<>"]/g, (sign) => signs[sign]!);
