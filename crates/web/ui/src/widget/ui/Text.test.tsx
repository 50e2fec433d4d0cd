import { render } from 'preact';
import { expect, it } from 'vitest';
import { Text } from './Text.tsx';

const hostile = [
  '<script>window.hit=1</script>', '<img src=x onerror="window.hit=1">', '<svg/onload=window.hit=1>', '"><b onmouseover=alert(1)>', '<iframe srcdoc="<script>1</script>">',
  'javascript:window.hit=1', 'JaVaScRiPt:alert(1)//https://', 'data:text/html,<script>1</script>', 'vbscript:msgbox(1)', '&lt;script&gt;', '{{7*7}}', '${7*7}', '%s%n', '<a href="javascript:1">x</a>',
  'https://a.example/"onmouseover="alert(1)', "https://a.example/'><img src=x onerror=1>", 'http://a.example/<script>', '\u202Eexe.txt', '<style>*{display:none}</style>', '__proto__',
];

it('shows every text as text, and links only to the web', () => {
  const root = document.createElement('div');
  for (const text of hostile) {
    render(<Text text={text} />, root);
    expect(root.textContent).toBe(text);
    for (const element of root.querySelectorAll('*')) {
      expect(element.tagName).toBe('A');
      expect(element.getAttribute('href')).toMatch(/^(https?|weixin):\/\/[^"'<>\s]+$/);
      expect(element.getAttribute('rel')).toContain('noopener');
      expect(element.getAttributeNames().filter((name) => name.startsWith('on'))).toEqual([]);
    }
  }
  expect((window as { hit?: number }).hit).toBeUndefined();
});
