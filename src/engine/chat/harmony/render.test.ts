import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conversationOf, goldens } from '../../../../e2e/fixtures/chat/goldens.ts';
import { realTokenizer } from '../../../../e2e/fixtures/chat/real-tokenizer.ts';
import type { Conversation, Message, TemplateName } from '../../../protocol/conversation.ts';
import { type RenderOptions, renderText } from '../format.ts';
import { render } from './render.ts';

const tokenizer = realTokenizer();
const options = (template: TemplateName, more: Partial<RenderOptions> = {}): RenderOptions => ({ template, date: goldens.date, ...more });

function runs(mask: Uint8Array): [number, number][] {
  const found: [number, number][] = [];
  for (let i = 0; i < mask.length; i++) {
    if (mask[i] && !mask[i - 1]) found.push([i, i]);
    if (mask[i]) found.at(-1)![1] = i + 1;
  }
  return found;
}

describe('the Hugging Face template', () => {
  const rendered = goldens.cases.filter((golden) => !golden.error);
  it.each(rendered.map((golden) => [golden.name, golden] as const))('%s: text, ids and mask', (_, golden) => {
    const more = { generation_prompt: golden.add_generation_prompt ?? false, builtin_tools: golden.builtin_tools ?? [] };
    const stock = render(conversationOf(golden), options('hf', more));
    expect(renderText(stock)).toBe(golden.text);
    expect([...tokenizer.encodeSegments(stock).ids]).toEqual(golden.ids);
    expect(stock.some((segment) => segment.assistant)).toBe(false);

    const trl = tokenizer.encodeSegments(render(conversationOf(golden), options('trl', more)));
    expect([...trl.ids]).toEqual(golden.ids);
    expect(runs(trl.assistant)).toEqual(golden.assistant);
  });

  const refused = goldens.cases.filter((golden) => golden.error);
  it.each(refused.map((golden) => [golden.name, golden] as const))('%s', (_, golden) => {
    expect(() => render(conversationOf(golden), options('hf'))).toThrow(/^Message \d+ .*\.$/);
  });

  it('has the worked example of the specification: 100 ids, assistant from 85, prompt of 87', () => {
    const conversation: Conversation = {
      messages: [
        { role: 'system', content: 'reasoning language: German' },
        { role: 'user', content: 'What is 2+2?' },
        { role: 'assistant', thinking: 'Simple.', content: '4' },
      ],
    };
    const encoded = tokenizer.encodeSegments(render(conversation, options('trl')));
    expect(encoded.ids.length).toBe(100);
    expect(runs(encoded.assistant)).toEqual([[85, 100]]);
    const prompt = render({ messages: conversation.messages.slice(0, 2) }, options('hf', { generation_prompt: true }));
    expect([...tokenizer.encodeSegments(prompt).ids]).toEqual([...encoded.ids.slice(0, 87)]);
  });
});

const word = fc.string({ unit: fc.constantFrom('a', ' ', '\n', 'ß', '日', "'s", '<|end|>', '7', '.'), maxLength: 12 });
const exchange = fc.oneof(
  fc.record({ user: word, thinking: fc.option(word, { nil: undefined }), final: word, tool: fc.constant(undefined) }),
  fc.record({ user: word, thinking: fc.option(word, { nil: undefined }), final: word, tool: word }),
);

function messagesOf(exchanges: { user: string; thinking: string | undefined; final: string; tool: string | undefined }[]): Message[] {
  return exchanges.flatMap(({ user, thinking, final, tool }): Message[] => [
    { role: 'user', content: user },
    ...(tool === undefined
      ? []
      : [
          { role: 'assistant' as const, ...(thinking && { thinking }), tool_calls: [{ name: 'look', arguments: { at: tool } }] },
          { role: 'tool' as const, content: tool },
        ]),
    { role: 'assistant', content: final, ...(thinking !== undefined && { thinking }) },
  ]);
}

describe('the prefix-preserving template', () => {
  it('leaves all earlier tokens unchanged when a message is appended', () => {
    fc.assert(
      fc.property(fc.array(exchange, { minLength: 1, maxLength: 4 }), fc.boolean(), (exchanges, instructed) => {
        const start: Message[] = instructed ? [{ role: 'system', content: 'reasoning language: German' }] : [];
        const messages = [...start, ...messagesOf(exchanges)];
        const whole = tokenizer.encodeSegments(render({ messages }, options('prefix-preserving')));
        for (let count = start.length + 1; count < messages.length; count++) {
          const part = tokenizer.encodeSegments(render({ messages: messages.slice(0, count) }, options('prefix-preserving')));
          expect([...whole.ids.slice(0, part.ids.length)]).toEqual([...part.ids]);
          expect([...whole.assistant.slice(0, part.ids.length)]).toEqual([...part.assistant]);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('keeps the reasoning of every turn and never says <|return|>', () => {
    const two = goldens.cases.find((golden) => golden.name === 'two turns')!;
    const text = renderText(render(conversationOf(two), options('prefix-preserving')));
    expect(text.match(/<\|channel\|>analysis/g)).toHaveLength(2);
    expect(text).not.toContain('<|return|>');
  });
});

describe('segments', () => {
  it('never puts two pieces of plain text side by side, and keeps special strings of the user plain', () => {
    fc.assert(
      fc.property(
        fc.array(exchange, { minLength: 1, maxLength: 3 }),
        fc.constantFrom<TemplateName>('hf', 'trl', 'prefix-preserving'),
        (exchanges, template) => {
          const segments = render({ messages: messagesOf(exchanges) }, options(template));
          for (const [index, segment] of segments.entries()) {
            if (!segment.special) expect(segments[index - 1]!.special).toBe(true);
            if (segment.special) expect(segment.text).toMatch(/^<\|(start|end|message|channel|return|call)\|>$/);
          }
        },
      ),
    );
  });
});

it('an answer that is not to be learned is outside the mask, its neighbours are not', () => {
  const conversation = {
    messages: [
      { role: 'user' as const, content: '2+2?' },
      { role: 'assistant' as const, content: 'Five.', trains: false as const },
      { role: 'user' as const, content: 'Really?' },
      { role: 'assistant' as const, content: 'Four.' },
    ],
  };
  for (const template of ['trl', 'prefix-preserving'] as const) {
    const marked = render(conversation, { template, date: '2025-08-05' }).filter((segment) => segment.assistant);
    expect(new Set(marked.map((segment) => segment.message))).toEqual(new Set([3]));
  }
});

it('a row of many tool calls takes linear time', () => {
  const call = { role: 'assistant' as const, thinking: 'Hm.', tool_calls: [{ name: 'look', arguments: {} }] };
  const turns = Array.from({ length: 20_000 }, () => [call, { role: 'tool' as const, content: '1' }]).flat();
  const started = performance.now();
  render({ messages: [{ role: 'user', content: 'Q?' }, ...turns] }, { template: 'trl', date: '2025-08-05' });
  expect(performance.now() - started).toBeLessThan(3000);
});
