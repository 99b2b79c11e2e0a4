/** The verb `eval` through its arguments and files: a file of questions in batches gives the replies that `generate` gives one by one. */
import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { evaluate } from '../../src/headless/verbs/eval.ts';
import { generate } from '../../src/headless/verbs/generate.ts';
import { readJson, testRunner } from './headless-support.ts';

const runner = testRunner();
const model = ['--model', 'public/models/mini', '--date', '2026-11-22'];

interface Figures {
  n: number;
  ended: number;
  adherence: number | null;
  accuracy: number | null;
}
interface Result {
  languages: Record<string, Figures>;
  all: Figures;
  replies: { row: number; question: string; thinking: string; content: string; stop: string; right: boolean | null; tokens: number }[];
}

const rows = [
  { question: 'What is 12 + 27?', language: 'en', reasoning_language: 'English', answer: '\\boxed{39}' },
  { question: 'What is 11 + 30?', language: 'en', answer: '\\boxed{1}' },
  { question: 'What is the capital of France?', language: 'en', reasoning_language: 'de' },
];

function write(name: string, lines: readonly object[]): string {
  writeFileSync(runner.path(name), lines.map((line) => JSON.stringify(line)).join('\n'));
  return runner.path(name);
}

async function evaluated(lines: readonly object[], ...more: string[]): Promise<Result> {
  const out = runner.path('eval.json');
  await evaluate([...model, '--questions', write('own.jsonl', lines), '--out', out, ...more], runner);
  return readJson<Result>(out);
}

describe('eval', () => {
  it('reports by language, prints a table, and keeps every reply as generate gives it', async () => {
    const { languages, all, replies } = await evaluated(rows, '--batch', '2', '--max-new-tokens', '100');
    expect(Object.keys(languages)).toEqual(['en > English', 'en', 'en > German']);
    expect(languages['en > English']).toMatchObject({ n: 1, ended: 1, adherence: 1, accuracy: 1 });
    expect(languages.en).toMatchObject({ n: 1, adherence: null, accuracy: 0 });
    expect(languages['en > German']).toMatchObject({ adherence: 0, accuracy: null }); // the bundled model thinks in English before training
    expect(all).toMatchObject({ n: 3, ended: 1, accuracy: 0.5 });
    const lines = runner.printed.at(-1)!.split('\n');
    expect(lines[0]).toContain('3 questions, 2026-11-22');
    expect(lines).toHaveLength(6);
    expect(runner.notes).toContain('2 of 3 questions');
    expect(runner.notes).toContain('3 of 3 questions');

    const out = runner.path('one.json');
    writeFileSync(runner.path('one-question.json'), JSON.stringify([{ role: 'user', content: rows[2]!.question }]));
    const asked = ['--messages', runner.path('one-question.json'), '--reasoning-language', 'German', '--max-new-tokens', '100'];
    await generate([...model, ...asked, '--out', out], runner);
    const { thinking, content, stop, tokens } = readJson<Result['replies'][number]>(out);
    expect(replies[2]).toMatchObject({ row: 3, question: rows[2]!.question, thinking, content, stop, tokens, right: null });
  });

  it('asks all questions for one language, for their own, or for none', async () => {
    const names = async (language: string) =>
      Object.keys((await evaluated(rows, '--limit', '1', '--max-new-tokens', '2', '--reasoning-language', language)).languages);
    expect(await names('it')).toEqual(['en > Italian']);
    expect(await names('same')).toEqual(['en > English']);
    expect(await names('none')).toEqual(['en']);
    await expect(evaluated([{ question: 'Q' }], '--reasoning-language', 'same')).rejects.toThrow(/own\.jsonl: row 1 has no "language"/);
  });

  it('samples with the same numbers for the same seed, and other ones for another row', async () => {
    const hot = async (seed: string) => {
      const same = [rows[0]!, rows[0]!];
      const { replies } = await evaluated(same, '--temperature', '3', '--seed', seed, '--max-new-tokens', '24');
      return replies.map(({ thinking, content }) => thinking + content);
    };
    const first = await hot('7');
    expect(await hot('7')).toEqual(first);
    expect(await hot('8')).not.toEqual(first);
    expect(first[0]).not.toBe(first[1]);
  });
});
