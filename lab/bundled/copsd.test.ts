/** The bundled problems in Swahili, and the prompts that the studio makes of them: those that the bundled model was trained on. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { problemRows } from '../../src/engine/batch/problem-rows.ts';
import { openText } from '../../src/engine/chat/open-text.ts';
import { openDataset } from '../../src/engine/data/dataset.ts';
import { nodeDirectory } from '../../src/headless/node-files.ts';
import { readSettings } from '../../src/headless/read-settings.ts';
import { BASELINE, COPSD, copsdCriteria } from './copsd.ts';

const folder = (path: string): string => fileURLToPath(new URL(`../../public/${path}`, import.meta.url));
const lines = (name: string): Record<string, string>[] =>
  readFileSync(folder(`datasets/mini/${name}`), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

const pairOf = ({ problem }: Record<string, string>): string =>
  problem!
    .match(/\d+/g)!
    .sort((a, b) => Number(a) - Number(b))
    .join('+');

async function prompts(name: string) {
  const text = await openText(nodeDirectory(folder('models/mini')));
  const { settings } = readSettings({ ...COPSD, date: '2026-11-22' }, 'COPSD', '2026-11-22');
  const dataset = await openDataset(new Blob([readFileSync(folder(`datasets/mini/${name}`))]), name);
  const longest = 512 - COPSD.max_completion_length;
  return { text, ...(await problemRows(dataset, { ...settings.encoding, ...settings.distillation!, longest }, text)) };
}

it('has 500 problems to train on and 150 others, none of whose pairs of numbers is among the first', async () => {
  const [trained, held] = [lines('copsd.jsonl'), lines('copsd-heldout.jsonl')];
  expect([trained.length, held.length]).toEqual([500, 150]);
  const known = new Set(trained.map(pairOf));
  expect(held.filter((row) => known.has(pairOf(row)))).toEqual([]);
  for (const row of [...trained, ...held]) {
    const [a, b] = row.problem!.match(/\d+/g)!.map(Number);
    expect(row.Answer).toBe(String(a! + b!));
    expect(row.solution).toMatch(new RegExp(`^I add ${a} and ${b}\\. .*\\\\boxed\\{${row.Answer}\\}\\.$`));
    expect(row.problem_sw).not.toMatch(/\d/);
  }
});

it.each(['copsd.jsonl', 'copsd-heldout.jsonl'])(
  '%s gives a prompt of student and teacher for each row, within 512 positions',
  async (name) => {
    const { rows, problems, text } = await prompts(name);
    expect(problems).toEqual([]);
    const source = lines(name);
    expect(rows.map(({ gold }) => gold)).toEqual(source.map(({ Answer }) => Answer));
    const [student, teacher] = [rows[0]!.ids, rows[0]!.teacher!].map((ids) => text.tokenizer.decode(ids));
    const { problem, problem_sw, solution } = source[0]!;
    const opened = '<|start|>assistant<|channel|>analysis<|message|>Kama ilivyoombwa, nitafikiri kwa Kiswahili.';
    expect(student).toContain(`<|start|>user<|message|>Swali: ${problem_sw}\n\nTatua swali hili`);
    expect(student!.endsWith(opened)).toBe(true);
    expect(teacher).toContain(`Swali: ${problem_sw}\n\nSwali kwa Kiingereza: ${problem}\n\nSuluhisho kwa Kiingereza:\n`);
    expect(teacher).toContain(`\n${solution}\n`);
    expect(teacher!.endsWith(opened)).toBe(true);
  },
);

it('holds a run to its figures, and the worst language to two points', () => {
  const stats = (right: number) => ({ n: 10, asked: 0, asked_app: 0, english: 100, right, ended: 100 });
  const others = (right: number) => ({ 'same de': stats(right), 'all all': stats(99) });
  const figures = { before: 25, teacher: 100, after: 80 };
  expect(copsdCriteria(figures, [others(100), others(98)]).every(({ reached }) => reached)).toBe(true);
  expect(copsdCriteria({ ...figures, after: 74 }, [others(100), others(97)]).map(({ reached }) => reached)).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

it('compares with GRPO of as many answers', () => {
  expect(BASELINE.per_device_train_batch_size * BASELINE.max_steps).toBe(COPSD.per_device_train_batch_size * COPSD.max_steps);
});
