import { describe, expect, it } from 'vitest';
import { realTokenizer } from '../../../e2e/fixtures/chat/real-tokenizer.ts';
import { Detokenizer, tokenTexts } from './detokenizer.ts';

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

describe('tokenTexts', () => {
  it('joined are the text, with whole characters', () => {
    const text = 'a\u202Eb 🙂👍🏽 می‌کنیم';
    const texts = tokenTexts(tokenizer, tokenizer.encodeText(text));
    expect(texts.join('')).toBe(text);
    expect(texts.join('|')).not.toContain('\ufffd');
    expect(texts.some((one) => one.includes('\u202E'))).toBe(true);
  });

  it('says where a character stays unfinished', () => {
    const ids = tokenizer.encodeText('🙂👍🏽');
    const whole = tokenTexts(tokenizer, ids);
    expect(tokenTexts(tokenizer, ids.slice(0, whole.indexOf('') + 1)).at(-1)).toBe('\ufffd');
    expect(tokenTexts(tokenizer, [])).toEqual([]);
  });
});
