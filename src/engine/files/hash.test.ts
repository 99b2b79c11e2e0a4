/** A text in pieces has the hash that it has as a whole: checkpoints of earlier runs are told by it. */
import { expect, it } from 'vitest';
import { sha256, sha256OfText } from './hash.ts';

it('pieces of text are one text', async () => {
  const pieces = Array.from({ length: 500 }, (_, i) => `${i} äöü 漢字 `.repeat(300));
  expect(await sha256OfText(pieces)).toBe(await sha256(pieces.join('')));
  expect(await sha256OfText('pull')).toBe(await sha256('pull'));
});
