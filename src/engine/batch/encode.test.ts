import { describe, expect, it } from 'vitest';
import { realText } from '../../../e2e/fixtures/chat/real-tokenizer.ts';
import { mergeProblems } from '../../lib/problems.ts';
import type { Conversation } from '../../protocol/conversation.ts';
import type { EncodingSettings } from '../../protocol/dataset.ts';
import { readDataset } from '../data/dataset.ts';
import { encodeRow, label, rowDetail, type TokenisedRow, tokeniseRow } from './encode.ts';
import { encodeDataset } from './encode-dataset.ts';

const text = realText();
const settings: EncodingSettings = {
  template: 'trl',
  date: '2025-08-05',
  max_length: 2048,
  assistant_only_loss: true,
  inject_reasoning_language: true,
};
const simple: Conversation = {
  reasoning_language: 'German',
  messages: [
    { role: 'user', content: 'What is 2+2?' },
    { role: 'assistant', thinking: 'Simple.', content: '4' },
  ],
};

const tokens = async (): Promise<TokenisedRow> => {
  const made = await tokeniseRow(1, simple, settings, text, 2048);
  if ('message' in made) throw new Error(made.message);
  return made;
};

describe('encodeRow', () => {
  it('is the worked example once the language line is injected: 100 tokens, 85.. trained', async () => {
    const { encoded, problems, length } = await encodeRow(1, simple, settings, text);
    expect([length, problems.length]).toEqual([100, 0]);
    expect([...encoded!.trained]).toEqual(Array.from({ length: 100 }, (_, index) => (index >= 85 ? 1 : 0)));
  });

  it('injects no second line, and none when told not to', async () => {
    const own: Conversation = { ...simple, messages: [{ role: 'system', content: 'reasoning language: German' }, ...simple.messages] };
    expect((await encodeRow(1, own, settings, text)).length).toBe(100);
    expect((await encodeRow(1, simple, { ...settings, inject_reasoning_language: false }, text)).length).toBeLessThan(100);
  });

  it('trains every token when not told otherwise', async () => {
    const { encoded } = await encodeRow(1, simple, { ...settings, assistant_only_loss: false, template: 'hf' }, text);
    expect(encoded!.trained.every((mark) => mark === 1)).toBe(true);
  });

  // It was left out without a word.
  it('says that the template writes nothing for a row', async () => {
    const format = { ...text.format, render: async () => [] };
    expect(await encodeRow(3, simple, settings, { ...text, format })).toMatchObject({
      encoded: null,
      problems: [{ trains: false, message: 'Row 3 has no token to train: the template writes nothing for it; it will not be trained.' }],
    });
  });

  it('keeps the first max_length tokens and says what is lost', async () => {
    const { encoded, problems } = await encodeRow(7, simple, { ...settings, max_length: 90 }, text);
    expect([encoded!.ids.length, encoded!.trained.at(-1)]).toEqual([90, 1]);
    expect(problems).toEqual([
      {
        row: 7,
        kind: 'too-long',
        trains: true,
        message: 'Row 7 has 100 tokens where max_length is 90; its end is cut off, raise max_length to keep it.',
      },
    ]);
  });

  it('says for a row that the model has no room for that no max_length keeps it', async () => {
    const { problems } = label(1, await tokens(), { ...settings, max_length: 90, positions: 96 });
    expect(problems[0]!.message).toBe(
      'Row 1 has 100 tokens where max_length is 90; its end is cut off, the model has 96 positions, so shorten it.',
    );
    const { problems: kept } = label(1, await tokens(), { ...settings, max_length: 90, positions: 100 });
    expect(kept[0]!.message).toContain('raise max_length to keep it');
  });

  it('says for a row that trains whole where its answer is lost', async () => {
    const { encoded, problems } = label(1, await tokens(), { ...settings, assistant_only_loss: false, max_length: 60 });
    expect(encoded!.ids.length).toBe(60);
    expect(problems.map(({ message }) => message)).toEqual([
      'Row 1 has 100 tokens where max_length is 60; only its prompt is learned, because its answer begins at token 86, raise max_length to keep it.',
    ]);
  });

  it('leaves out a row whose answer is cut off entirely, with both reasons', async () => {
    const { encoded, problems } = await encodeRow(7, simple, { ...settings, max_length: 85 }, text);
    expect(encoded).toBeNull();
    expect(problems.map((problem) => [problem.kind, problem.trains])).toEqual([
      ['too-long', false],
      ['no-trained-tokens', false],
    ]);
    expect(problems[1]!.message).toBe(
      'Row 7 has no token to train: its answer begins at token 86 and max_length is 85; it will not be trained.',
    );
  });

  it('turns a refusal of the template into a problem of the row', async () => {
    const { encoded, problems } = await encodeRow(
      3,
      {
        messages: [
          { role: 'user', content: 'x' },
          { role: 'tool', content: 'y' },
        ],
      },
      settings,
      text,
    );
    expect(encoded).toBeNull();
    expect(problems[0]!.message).toBe(
      'Row 3 is refused by the template: message 2 is a tool result, but no tool call comes before it; add the call or remove the result; it will not be trained.',
    );
  });
});

describe('the answer’s language', () => {
  it('injects the language of the answer only when told to: the row’s own, else what its answer is written in', async () => {
    const beside = { ...settings, inject_answer_language: true };
    const written = async (conversation: Conversation, given: EncodingSettings = beside) => {
      const { segments, conversation: shown } = await rowDetail({ row: 1, conversation, problems: [] }, given, text);
      const line = /answer language: (.*)\n/.exec(segments.map((segment) => segment.text).join(''))?.[1];
      return [line, shown.answer_language];
    };
    const answering = (content: string, more: Partial<Conversation> = {}): Conversation => ({
      ...simple,
      ...more,
      messages: [simple.messages[0]!, { role: 'assistant', thinking: 'Einfach.', content }],
    });
    expect(await written(answering('The answer is four apples.'))).toEqual(['English', 'English']);
    expect(await written(answering('Es bleiben vier Äpfel übrig.'))).toEqual(['German', 'German']);
    expect(await written(answering('Jibu ni tufaha nne.', { reasoning_language: 'Swahili' }))).toEqual(['Swahili', 'Swahili']);
    expect(await written(answering('The answer is four apples.', { answer_language: 'French' }))).toEqual(['French', 'French']);
    const swahili = 'Jumla ya matunda yote yaliyobaki kikapuni ni ishirini na nne.';
    expect(await written(answering(swahili))).toEqual([undefined, undefined]); // Tagalog, by the detector that does not know it
    expect(await written(answering('$4$'))).toEqual([undefined, undefined]);
    expect(await written(answering('The answer is four apples.'), settings)).toEqual([undefined, undefined]);
    const stated = answering('Vier.', { answer_language: 'German' });
    stated.messages.unshift({ role: 'system', content: 'answer language: German' });
    const { segments } = await rowDetail({ row: 1, conversation: stated, problems: [] }, beside, text);
    expect(segments.map((segment) => segment.text).join('')).toContain('reasoning language: German\nanswer language: German\n\n');
  });
});

describe('a dataset', () => {
  const lines = [
    { reasoning_language: 'German', user: 'Was ist 2+2?', analysis: 'Zwei plus zwei ist vier.', final: '4', messages: null },
    { reasoning_language: 'French', user: 'x '.repeat(3000), analysis: 'Long.', final: 'y', messages: null },
    { reasoning_language: 'French', user: 'Et 3+3 ?', analysis: 'Six.', final: '6 <|end|>', messages: null },
  ];
  const file = new Blob([lines.map((line) => JSON.stringify(line)).join('\n')]);

  it('counts what trains and lists why the rest does not', async () => {
    const dataset = await readDataset(file, 'three.jsonl');
    const { rows, statistics } = (await encodeDataset(dataset, settings, text)).select(settings);
    expect(rows.map((row) => row.row)).toEqual([1, 3]);
    expect(statistics.lengths).toHaveLength(3);
    expect(statistics.longest).toBe(statistics.lengths[1]);
    expect(statistics.rows_trained).toBe(2);
    expect(statistics.tokens).toBe(rows[0]!.ids.length + rows[1]!.ids.length);
    expect(statistics.problems.map((problem) => [problem.row, problem.kind])).toEqual([
      [2, 'too-long'],
      [2, 'no-trained-tokens'],
    ]);
  });

  it('trains only the languages chosen', async () => {
    const dataset = await readDataset(file, 'three.jsonl');
    const { rows, statistics } = (await encodeDataset(dataset, settings, text)).select({ ...settings, languages: ['German'] });
    expect([rows.length, statistics.problems.length]).toEqual([1, 0]);
  });

  // The sentence spoke of the stock template, whichever was chosen.
  it.each([
    ['hf', 2],
    ['trl', 2],
    ['prefix-preserving', 0],
  ] as const)('says once what reasoning the template %s leaves out', async (template, rows) => {
    const turn = [
      { role: 'user', content: '2+2?' },
      { role: 'assistant', thinking: 'Four.', content: '4' },
    ];
    const calls = [turn[0], { role: 'assistant', thinking: 'Look.', tool_calls: [{ name: 'look' }] }, { role: 'tool', content: '4' }];
    const lines = [turn, [...turn, ...turn], calls, [...calls, turn[1]]].map((messages) => JSON.stringify({ messages }));
    const dataset = await readDataset(new Blob([lines.join('\n')]), 'turns.jsonl');
    const chosen = { ...settings, template, assistant_only_loss: template !== 'hf' };
    const { statistics } = (await encodeDataset(dataset, chosen, text)).select(chosen);
    const said = mergeProblems(dataset.summary().problems, statistics.problems).filter(({ kind }) => kind === 'dropped-thinking');
    expect(said.map(({ message }) => message)).toEqual(
      rows === 0
        ? []
        : [
            'Row 2 has reasoning that the chosen template leaves out before the last answer; prefix-preserving trains it (1 more row has the same).',
          ],
    );
    const detail = await rowDetail((await dataset.read(1, 1))[0]!, chosen, text);
    expect(detail.problems.filter(({ kind }) => kind === 'dropped-thinking')).toHaveLength(rows === 0 ? 0 : 1);
  });

  it('writes tool arguments that are JSON text as the stock template does where that is chosen', async () => {
    const call = { name: 'look', arguments: '{"town": "Bergen", "x": 1.0}' };
    const line = JSON.stringify({
      messages: [
        { role: 'user', content: 'Q?' },
        { role: 'assistant', tool_calls: [call] },
      ],
    });
    const dataset = await readDataset(new Blob([line]), 'calls.jsonl');
    const [row] = await dataset.read(0, 1);
    const textOf = async (chosen: EncodingSettings) =>
      (await rowDetail(row!, chosen, text)).segments.map((segment) => segment.text).join('');
    expect(await textOf(settings)).toContain('<|message|>{"town": "Bergen", "x": 1.0}<|call|>');
    expect(await textOf({ ...settings, tool_arguments_as_text: true })).toContain(
      String.raw`<|message|>"{\"town\": \"Bergen\", \"x\": 1.0}"<|call|>`,
    );
  });

  it('shows a row exactly as it trains, special strings plain', async () => {
    const dataset = await readDataset(file, 'three.jsonl');
    const detail = await rowDetail((await dataset.read(2, 1))[0]!, settings, text);
    expect(detail.problems.map((problem) => problem.kind)).toEqual(['special-token-text']);
    const { encoded } = await encodeRow(3, detail.conversation, settings, text);
    expect(detail.tokens.map((token) => token.id)).toEqual([...encoded!.ids]);
    expect(detail.tokens.filter((token) => token.text === '<|end|>').every((token) => token.special)).toBe(true);
    expect(
      detail.tokens
        .filter((token) => token.trained && token.channel === 'final')
        .map((token) => token.text)
        .join(''),
    ).toBe('6 <|end|>');
  });

  it('cuts a megabyte without a space before it is encoded, and says so', async () => {
    const user = 'x'.repeat(2 ** 20);
    const { encoded, problems } = await encodeRow(
      4,
      { messages: [{ role: 'user', content: user }, simple.messages[1]!] },
      { ...settings, max_length: 64 },
      text,
    );
    expect(encoded).toBeNull();
    expect(problems[0]!.message).toMatch(/^Row 4 has more than \d+ tokens where max_length is 64/);
  });

  it('stops when cancelled', async () => {
    const dataset = await readDataset(file, 'three.jsonl');
    await expect(encodeDataset(dataset, settings, text, { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'Cancelled' });
  });
});
