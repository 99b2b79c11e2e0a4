import { describe, expect, it } from 'vitest';
import { realTokenizer } from '../../../e2e/fixtures/chat/real-tokenizer.ts';
import { Detokenizer } from './detokenizer.ts';

const tokenizer = realTokenizer();

describe('Detokenizer', () => {
  it('holds back the bytes of an unfinished character', () => {
    const detokenizer = new Detokenizer(tokenizer);
    const ids = tokenizer.encodeText('🙂👍🏽');
    const texts = ids.map((id) => detokenizer.push(id));
    expect(texts.join('')).toBe('🙂👍🏽');
    expect(texts.join('|')).not.toContain('\ufffd');
    expect(texts).toContain('');
    detokenizer.push(ids[texts.indexOf('')]!);
    expect(detokenizer.flush()).toContain('\ufffd');
  });
});
