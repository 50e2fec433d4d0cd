import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { dropPersonal } from '../state/personal';
import { useUploads } from './uploads';

const file = (name: string) => new File(['x'], name, { type: 'application/pdf' });

/** A gateway that takes its time. */
class Slow {
  upload = {};
  open(): void {}
  send(): void {}
  abort(): void {}
}
beforeEach(() => void vi.stubGlobal('XMLHttpRequest', Slow));
afterEach(() => {
  dropPersonal();
  vi.unstubAllGlobals();
});

test('files wait for their customer while another one is looked at', () => {
  useUploads('a').add([file('报价.pdf')]);
  expect(useUploads('b').list).toHaveLength(0);
  expect(useUploads('a').list.map((f) => f.file.name)).toEqual(['报价.pdf']);
  dropPersonal();
  expect(useUploads('a').list).toHaveLength(0);
});

test('the tenth file is refused aloud', () => {
  const uploads = useUploads('a');
  expect(uploads.add(Array.from({ length: 9 }, (_, n) => file(`${n}.pdf`)))).toBe(true);
  expect(uploads.add([file('10.pdf')])).toBe(false);
  expect(uploads.list).toHaveLength(9);
});

test('files of many conversations are kept, not of any number', () => {
  const first = useUploads('0');
  first.add([file('a.pdf')]);
  for (let n = 1; n <= 24; n++) useUploads(String(n));
  expect(first.list[0]!.stop.signal.aborted).toBe(true);
});
