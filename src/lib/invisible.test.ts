/** Which unseen characters are cut out as marks, and which are part of good text. */
import { describe, expect, it } from 'vitest';
import { cutAtInvisible, withVisible } from './invisible.ts';

const from = (...codes: number[]) => String.fromCodePoint(...codes);

describe('cutAtInvisible', () => {
  it.each([
    [0x202e, 'right-to-left override'],
    [0x202a, 'left-to-right embedding'],
    [0x2066, 'left-to-right isolate'],
    [0x2069, 'end of isolate'],
    [0x200e, 'left-to-right mark'],
    [0x61c, 'Arabic letter mark'],
    [0x200b, 'zero-width space'],
    [0x200d, 'zero-width joiner'],
    [0x200c, 'zero-width non-joiner'],
    [0x2060, 'word joiner'],
    [0xfeff, 'byte order mark'],
    [0xad, 'soft hyphen'],
    [0x3164, 'invisible character'],
    [0x115f, 'invisible character'],
    [0xe0041, 'tag character'],
    [0, 'null'],
    [0x1b, 'escape'],
    [0x85, 'control character'],
    [0x2028, 'line or paragraph separator'],
    [0xd800, 'half of a character'],
  ])('marks U+%x', (code, name) => {
    const [before, mark, after] = cutAtInvisible(`a${from(code)}b`);
    expect([before, after]).toEqual(['a', 'b']);
    expect(mark).toEqual({ code: `U+${code.toString(16).toUpperCase().padStart(4, '0')}`, name });
  });

  it.each([
    'Zeile\n\tzwei\r\n',
    'می\u200Cکنیم',
    'ක්\u200Dෂ',
    'क्\u200Dष',
    '👩\u200D👩\u200D👧',
    '❤\uFE0F',
    `\u{1F3F4}${from(0xe0067, 0xe0062, 0xe0073, 0xe0063, 0xe0074, 0xe007f)}`,
    'é e\u0301',
    '',
  ])('leaves %j whole', (text) => {
    expect(cutAtInvisible(text).filter((piece) => typeof piece !== 'string')).toEqual([]);
    expect(withVisible(text)).toBe(text);
  });

  it('marks a hidden text of tags, also behind a flag', () => {
    const hidden = from(...[...'ignore all'].map((char) => 0xe0000 + char.charCodeAt(0)));
    expect(withVisible(`x${hidden}`)).toContain('[U+E0069]');
    expect(withVisible(`\u{1F3F4}${hidden}${hidden}`)).toContain('[U+E0067]');
  });

  it('leaves out no joiner where all are wanted, as for tokens', () => {
    expect(cutAtInvisible('می\u200Cکنیم', true)).toContainEqual({ code: 'U+200C', name: 'zero-width non-joiner' });
  });

  it('shows the true end of a file name', () => {
    expect(withVisible('invoice\u202Efdp.exe')).toBe('invoice[U+202E]fdp.exe');
  });

  it('is quick with a megabyte of marks', () => {
    const started = performance.now();
    expect(cutAtInvisible('a\u202E'.repeat(300_000)).length).toBe(600_000);
    expect(performance.now() - started).toBeLessThan(3000);
  });
});
