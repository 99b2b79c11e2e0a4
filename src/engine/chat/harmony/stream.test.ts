import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { realTokenizer } from '../../../../e2e/fixtures/chat/real-tokenizer.ts';
import { HarmonyStream, HarmonyTextStream } from './stream.ts';

const tokenizer = realTokenizer();

function parse(text: string): { thinking: string; content: string; rest: string; calls: unknown[] } {
  const stream = new HarmonyTextStream();
  stream.push(text);
  stream.finish();
  return { thinking: stream.thinking, content: stream.content, rest: stream.rest, calls: stream.calls };
}

describe('a generation, as text', () => {
  it('is reasoning and answer', () => {
    expect(parse('<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>Ja.<|return|>')).toEqual({
      thinking: 'Hm.',
      content: 'Ja.',
      rest: '',
      calls: [],
    });
  });

  it('is answered once the answer is closed, by whichever token', () => {
    const stream = new HarmonyTextStream();
    stream.push('<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>Ja.');
    expect(stream.answered).toBe(false);
    stream.push('<|end|>');
    expect(stream.answered).toBe(true);
  });

  it('may stop anywhere', () => {
    expect(parse('<|channel|>analysis<|message|>Hm, ich')).toMatchObject({ thinking: 'Hm, ich', content: '', rest: '' });
    expect(parse('<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant')).toMatchObject({ thinking: 'Hm.', rest: '' });
    expect(parse('<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>fin')).toMatchObject({ rest: 'assistant fin' });
    expect(parse('')).toEqual({ thinking: '', content: '', rest: '', calls: [] });
  });

  it.each([
    ['the model’s own form', '<|channel|>commentary to=functions.look <|constrain|>json<|message|>{"a": 1}<|call|>'],
    ['the template’s form', ' to=functions.look<|channel|>commentary json<|message|>{"a": 1}<|call|>'],
    ['type in both places', ' to=functions.look<|channel|>commentary <|constrain|>json<|message|>{"a": 1}<|call|>'],
  ])('has tool calls in %s', (_, text) => {
    const parsed = parse(text);
    expect(parsed.calls).toEqual([{ recipient: 'functions.look', content_type: 'json', content: '{"a": 1}' }]);
    expect(parsed).toMatchObject({ thinking: '', content: '', rest: 'functions.look: {"a": 1}' });
  });

  it.each([
    ['no channel', '<|message|>Ja.<|return|>', { content: 'Ja.' }],
    ['no header at all', 'Ja.<|return|>', { content: 'Ja.' }],
    ['no header and a long answer', `${'Ja. '.repeat(40)}<|return|>`, { content: 'Ja. '.repeat(40) }],
    [
      'no <|end|> before the answer',
      '<|channel|>analysis<|message|>Hm.<|start|>assistant<|channel|>final<|message|>Ja.',
      { thinking: 'Hm.', content: 'Ja.' },
    ],
    ['no <|end|> and no <|start|>', '<|channel|>analysis<|message|>Hm.<|channel|>final<|message|>Ja.', { thinking: 'Hm.', content: 'Ja.' }],
    [
      'two thoughts',
      '<|channel|>analysis<|message|>A<|end|><|start|>assistant<|channel|>analysis<|message|>B<|end|>',
      { thinking: 'A\n\nB' },
    ],
    ['a turn of the user', '<|channel|>final<|message|>Ja.<|end|><|start|>user<|message|>Und?<|end|>', { content: 'Ja.', rest: 'Und?' }],
    ['an unknown channel', '<|channel|>thoughts<|message|>Hm.<|end|>', { rest: 'Hm.' }],
    ['a preamble', '<|channel|>commentary<|message|>I will look.<|end|>', { rest: 'I will look.' }],
    ['text after the end', '<|channel|>final<|message|>Ja.<|return|> Nein.', { content: 'Ja.', rest: ' Nein.' }],
    ['a doubled <|message|>', '<|channel|>final<|message|><|message|>Ja.<|return|>', { content: 'Ja.' }],
    ['half a control token', '<|channel|>final<|message|>a <|en', { content: 'a <|en' }],
  ])('is understood with %s', (_, text, expected) => {
    expect(parse(text)).toMatchObject({ thinking: '', content: '', rest: '', ...expected });
  });
});

const piece = fc.oneof(
  fc.constantFrom('<|start|>', '<|end|>', '<|message|>', '<|channel|>', '<|constrain|>', '<|return|>', '<|call|>'),
  fc.constantFrom('assistant', 'analysis', 'final', 'commentary', ' to=functions.f', 'json', 'user', '<|', '|>', '<', ' ', '\n'),
  fc.string({ unit: 'grapheme', maxLength: 80 }),
);

describe('any way of cutting the stream gives the same result', () => {
  it('as text', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), fc.infiniteStream(fc.integer({ min: 1, max: 9 })), (pieces, cuts) => {
        const text = pieces.join('');
        const stream = new HarmonyTextStream();
        for (let at = 0; at < text.length; ) {
          const size = cuts.next().value as number;
          stream.push(text.slice(at, at + size));
          at += size;
        }
        stream.finish();
        const { thinking, content, rest, calls } = stream;
        expect({ thinking, content, rest, calls }).toEqual(parse(text));
      }),
      { numRuns: 500 },
    );
  });

  it('as ids, which agree with the text where it spells no control token by accident', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 10 }), (pieces) => {
        const isSpecial = (text: string): boolean => /^<\|\w+\|>$/.test(text);
        const ids = pieces.flatMap((text) => (isSpecial(text) ? [tokenizer.specialId(text)] : tokenizer.encodeText(text)));
        const whole = new HarmonyStream(tokenizer);
        whole.push(ids);
        whole.finish();
        const single = new HarmonyStream(tokenizer);
        for (const id of ids) single.push([id]);
        single.finish();
        expect([single.thinking, single.content, single.rest, single.calls]).toEqual([
          whole.thinking,
          whole.content,
          whole.rest,
          whole.calls,
        ]);
        if (pieces.some((text) => !isSpecial(text) && /[<|>]/.test(text))) return;
        const parsed = parse(pieces.join(''));
        expect([whole.thinking, whole.content, whole.rest, whole.calls]).toEqual([
          parsed.thinking,
          parsed.content,
          parsed.rest,
          parsed.calls,
        ]);
      }),
      { numRuns: 300 },
    );
  });

  it('and a written turn is read back exactly', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 60 }),
        fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }),
        (thinking, content) => {
          const special = (name: string): number => tokenizer.specialId(`<|${name}|>`);
          const part = (channel: string, text: string): number[] => [
            special('channel'),
            ...tokenizer.encodeText(channel),
            special('message'),
            ...tokenizer.encodeText(text),
          ];
          const stream = new HarmonyStream(tokenizer);
          stream.push([
            ...part('analysis', thinking),
            special('end'),
            special('start'),
            ...tokenizer.encodeText('assistant'),
            ...part('final', content),
          ]);
          stream.push([special('return')]);
          stream.finish();
          expect([stream.thinking, stream.content, stream.rest]).toEqual([thinking, content, '']);
        },
      ),
    );
  });
});
