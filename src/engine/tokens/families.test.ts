/** The tokenizers of dense families against the `tokenizers` library: ids, text back, control tokens that somebody typed, and neighbouring pieces. */
import { describe, expect, it } from 'vitest';
import { goldens, smallTokenizer } from '../../../e2e/fixtures/templates/goldens.ts';
import type { Segment } from '../../protocol/conversation.ts';

const composed = (name: string, text: string): string => (name === 'qwen3' ? text.normalize('NFC') : text);

describe.each(Object.entries(goldens.strings))('%s', (name, strings) => {
  const tokenizer = smallTokenizer(name);

  it.each(strings)('$text', ({ text, ids }) => {
    expect(tokenizer.encodeText(text)).toEqual(ids);
    // Gemma spells a space as U+2581, so that one of the two comes back.
    expect(tokenizer.decode(ids)).toBe(name === 'gemma3' ? text.replaceAll('\u2581', ' ') : composed(name, text));
  });

  it('never makes a control token of text', () => {
    for (const { ids } of strings) expect(ids.filter((id) => tokenizer.isSpecial(id))).toEqual([]);
  });

  it.each(strings)('$text: in pieces as in one', ({ text, ids }) => {
    const characters = [...text];
    const pieces = [characters.slice(0, 3), characters.slice(3, 4), characters.slice(4)].map((piece, i): Segment => {
      return { text: piece.join(''), special: false, channel: 'user', message: i, assistant: i === 1 };
    });
    const { ids: joined, segment, assistant } = tokenizer.encodeSegments(pieces);
    expect([...joined]).toEqual(ids);
    expect([...segment]).toEqual([...segment].sort());
    const bytes = (part: string): number =>
      new TextEncoder().encode(composed(name, part).replaceAll('\u2581', name === 'gemma3' ? ' ' : '\u2581')).length;
    const [from, to] = [bytes(pieces[0]!.text), bytes(pieces[0]!.text + pieces[1]!.text)];
    let at = 0;
    for (const [i, id] of ids.entries()) {
      const end = at + tokenizer.bytes(id).length;
      expect(assistant[i]).toBe(at < to && end > from ? 1 : 0);
      at = end;
    }
  });
});

it('knows control tokens that the file does not flag by their spelling', () => {
  expect(smallTokenizer('deepseek_v3').controls).toContain('<｜User｜>');
  expect(smallTokenizer('qwen3').controls).not.toContain('<think>');
});
