/** Rows as prompts: what is asked, in which language, what the right answer is, and why a row is not asked. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { smallTokenizer } from '../../../e2e/fixtures/templates/goldens.ts';
import { defaultSettings } from '../../protocol/setting-values.ts';
import type { ChatFormat } from '../chat/format.ts';
import { openDataset } from '../data/dataset.ts';
import { type PromptSettings, promptRows } from './prompt-rows.ts';

const { encoding } = defaultSettings('2025-08-05');
const settings: PromptSettings = { ...encoding, longest: 400 };

const long = new URL('../../../e2e/fixtures/cases/lengths-and-limits/long_prompts.jsonl', import.meta.url);

/** Writes roles and contents as they are. */
const format = {
  templates: ['hf'],
  render: (conversation: { messages: { role: string; content?: string }[] }) =>
    conversation.messages.map(({ role, content = '' }, message) => ({
      text: `${role}: ${content}\n`,
      special: false,
      channel: 'user',
      message,
      assistant: false,
    })),
  openThought: (segments: unknown) => segments,
  switchesThinking: true,
} as unknown as ChatFormat;
const text = { tokenizer: smallTokenizer('qwen3'), format, identity: '' };

async function prompts(rows: readonly object[], more: Partial<PromptSettings> = {}) {
  const file = new Blob([rows.map((row) => JSON.stringify(row)).join('\n')]);
  const { rows: made, problems } = await promptRows(await openDataset(file, 'rows.jsonl'), { ...settings, ...more }, text);
  return { made: made.map(({ ids, columns: _, ...rest }) => ({ ...rest, text: text.tokenizer.decode(ids) })), problems };
}

it('asks everything before the last answer; the right answer is the most exact that the row has', async () => {
  const { made } = await prompts([
    { question: 'Was ist 2+3?', answer: 5, solution: '2+3 = 5', reasoning_language: 'German' },
    { question: 'And 3+3?', answer: '6', solution: null },
  ]);
  const none = { answer_language: null };
  expect(made).toEqual([
    { row: 1, question: 'Was ist 2+3?', gold: 5, answer: '5', reasoning_language: 'German', ...none, text: 'user: Was ist 2+3?\n' },
    { row: 2, question: 'And 3+3?', gold: '6', answer: '6', reasoning_language: null, ...none, text: 'user: And 3+3?\n' },
  ]);
});

it('keeps earlier turns and instructions, and puts the language in where that is asked for', async () => {
  const messages = [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Hi' },
    { role: 'assistant', content: 'Hello' },
    { role: 'user', content: 'Why?' },
    { role: 'assistant', content: 'Because.' },
  ];
  const { made } = await prompts([{ messages, reasoning_language: 'French' }], { inject_reasoning_language: true });
  expect(made[0]).toMatchObject({ question: 'Why?', gold: 'Because.' });
  expect(made[0]!.text).toBe('system: reasoning language: French\n\nBe brief.\nuser: Hi\nassistant: Hello\nuser: Why?\n');
});

it('asks for the language of the answer where that is wanted: of the column, else of the row’s answer', async () => {
  const rows = [
    { question: 'Q', answer: 'Es bleiben vier Äpfel übrig.', reasoning_language: 'French' },
    { question: 'Q', answer: '4', reasoning_language: 'French', answer_language: 'it' },
    { question: 'Q', answer: '4', reasoning_language: 'French' },
  ];
  const asked = async (more: Partial<PromptSettings>) =>
    (await prompts(rows, { inject_reasoning_language: true, ...more })).made.map(({ answer_language, text }) => [answer_language, text]);
  const line = 'system: reasoning language: French';
  expect(await asked({ inject_answer_language: true })).toEqual([
    ['German', `${line}\nanswer language: German\nuser: Q\n`],
    ['Italian', `${line}\nanswer language: Italian\nuser: Q\n`],
    [null, `${line}\nuser: Q\n`],
  ]);
  expect(await asked({})).toEqual([
    [null, `${line}\nuser: Q\n`],
    ['Italian', `${line}\nuser: Q\n`],
    [null, `${line}\nuser: Q\n`],
  ]);
});

it('asks what nobody has answered yet: lists of messages that end with a question, under the name that TRL gives too, and the right answer beside them', async () => {
  const user = { role: 'user', content: 'What is 2+3?' };
  const earlier = [
    { role: 'user', content: 'Hi' },
    { role: 'assistant', content: 'Hello' },
  ];
  const { made, problems } = await prompts([
    { prompt: [{ role: 'system', content: 'Be brief.' }, user], solution: '5' },
    { prompt: [...earlier, user], solution: '$5$' },
    { prompt: [{ role: 'system', content: 'Be brief.' }], solution: '5' },
  ]);
  expect(made.map(({ gold, answer, text }) => ({ gold, answer, text }))).toEqual([
    { gold: '5', answer: null, text: 'system: Be brief.\nuser: What is 2+3?\n' },
    { gold: '$5$', answer: null, text: 'user: Hi\nassistant: Hello\nuser: What is 2+3?\n' },
  ]);
  expect(problems.map(({ row }) => row)).toEqual([3]);
  const beside = await prompts([{ messages: [user], answer: '5', reasoning_language: 'German' }], { languages: ['German'] });
  expect(beside.made.map(({ gold }) => gold)).toEqual(['5']);
  const columns = await Promise.all(
    [
      { question: 'Q', gold: 7 },
      { prompt: 'Q', ground_truth: '7' },
    ].map((row) => prompts([row])),
  );
  expect(columns.map(({ made }) => made.map(({ gold }) => String(gold)))).toEqual([['7'], ['7']]);
});

it('asks only the languages that are chosen', async () => {
  const rows = ['German', 'French'].map((reasoning_language) => ({ question: 'Q', answer: 'A', reasoning_language }));
  expect((await prompts(rows, { languages: ['French'] })).made.map(({ row }) => row)).toEqual([2]);
});

it('says which rows are not asked', async () => {
  const { made, problems } = await prompts(
    [
      { question: 'A long question, a very long one', answer: 'A' },
      { question: 'Q', answer: '' },
    ],
    { longest: 3 },
  );
  expect(made).toEqual([]);
  expect(problems.map(({ message }) => message)).toEqual([
    expect.stringMatching(
      /^Row 1 has \d+ tokens before its answer, and 3 are left beside max_completion_length; it will not be trained\.$/,
    ),
    'Row 2 has no answer (column "answer"); it will not be trained.',
  ]);
});

it('leaves out, and names, rows whose prompt is longer than the limit; what is asked is whole', async () => {
  const rows = readFileSync(long, 'utf8')
    .trim()
    .split('\n')
    .map((line): object => JSON.parse(line));
  const all = await prompts(rows, { longest: 2 ** 20 });
  expect(all.problems).toEqual([]);
  const { made, problems } = await prompts(rows, { longest: 512 });
  expect(made.length).toBeGreaterThan(1);
  expect(problems.length).toBeGreaterThan(0);
  expect(made).toEqual(all.made.slice(0, made.length));
  for (const { text } of made) expect(text.startsWith('system: You are a careful tutor. Think in Italian.')).toBe(true);
  expect([...made, ...problems].map(({ row }) => row)).toEqual(rows.map((_, i) => i + 1));
  for (const { message, trains } of problems) {
    expect(message).toMatch(/has \d[\d,]* tokens before its answer, and 512 are left beside max_completion_length/);
    expect(trains).toBe(false);
  }
});
