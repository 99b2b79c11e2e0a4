/** Rows of a stage as a file: parts of the dataset, in their own columns or as conversations, and the same bytes every time. */
import { expect, it } from 'vitest';
import { PEER_TRACES, peerTab, peerTraces } from '../../../e2e/fixtures/peer-tab.ts';
import { distillationDefaults } from '../../protocol/distillation.ts';
import { newRecord } from '../../protocol/stage-states.ts';
import type { DataPart, Stage } from '../../protocol/stages.ts';
import { openDataset } from '../data/dataset.ts';
import { memoryStore } from '../files/byte-store.ts';
import { EngineState } from './engine-state.ts';
import { type OwnData, ownData, stageFile } from './stage-data.ts';
import { makeTraces } from './traces.ts';

const LANGUAGES = ['German', 'French', null];
const rows = Array.from({ length: 30 }, (_, i) => ({
  reasoning_language: LANGUAGES[i % 3],
  user: `Frage ${i}`,
  analysis: `Gedanke ${i}`,
  final: `Antwort \\boxed{${i}}`,
  gold: i === 4 ? '9007199254740993123' : i,
}));
const lines = rows.map((row) => JSON.stringify(row).replace('"9007199254740993123"', '9007199254740993123'));
const blob = new Blob(lines.map((line) => `${line}\n`));
const sums: OwnData = { name: 'sums.jsonl', blob, mapping: undefined, hash: 'h' };

const stage = (data: DataPart[], kind: Stage['kind'] = 'sft', settings = {}): Stage =>
  ({ name: 'A stage', what: 'It is tried.', kind, model: 'open', from: 'base', data, settings }) as unknown as Stage;

async function fileOf(stages: Stage[], number: number, own: OwnData = sums) {
  const engine = new EngineState({ files: memoryStore() });
  const record = newRecord(
    { name: 'plan', choice_seed: 0, stages },
    { model: { name: 'm', hash: '' }, dataset: { name: 'sums.jsonl', hash: 'h' } },
  );
  return stageFile(engine, record, number, own);
}

it('the whole dataset is its own file', async () => {
  expect(await fileOf([stage([{ of: 'dataset' }])], 1)).toBe(sums);
});

it('a part has its rows as they are, with every digit, and the same bytes every time', async () => {
  const stages = [stage([{ of: 'dataset', rows: 6 }]), stage([{ of: 'dataset', but: 1 }])];
  const [first, again, others] = [await fileOf(stages, 1), await fileOf(stages, 1), await fileOf(stages, 2)];
  expect(first.name).toBe('sums, stage 1.jsonl');
  expect(await first.blob.text()).toBe(await again.blob.text());
  const both = `${await first.blob.text()}${await others.blob.text()}`.trim().split('\n');
  expect(both.toSorted()).toEqual(lines.toSorted());
  const dataset = await openDataset(first.blob, first.name);
  await dataset.survey();
  expect(dataset.summary().languages).toEqual({ German: 2, French: 2, '': 2 });
});

it('several parts of the dataset take no row twice, and a part without rows is said', async () => {
  const both = await fileOf([stage([{ of: 'dataset', languages: 'without' }, { of: 'dataset' }])], 1);
  expect((await both.blob.text()).trim().split('\n')).toHaveLength(30);
  const none = [stage([{ of: 'dataset' }]), stage([{ of: 'dataset', but: 1 }])];
  await expect(fileOf(none, 2)).rejects.toThrow('Stage 2, A stage, has no rows; change its data, or the stage before it.');
});

it('rows without an answer are asked and not learned from', async () => {
  const asked = { role: 'user', content: 'Und?' };
  const open = new Blob(
    [[asked, { role: 'assistant', content: 'Ja.' }], [asked]].map(
      (messages) => `${JSON.stringify({ messages, reasoning_language: 'German' })}\n`,
    ),
  );
  const engine = new EngineState({ files: memoryStore() });
  const count = async (kind: Stage['kind']): Promise<number> => {
    const plan = { name: 'plan', choice_seed: 0, stages: [stage([{ of: 'dataset', languages: 'with' }], kind)] };
    const record = newRecord(plan, { model: { name: 'm', hash: '' }, dataset: { name: 'x', hash: 'h' } });
    const file = await stageFile(engine, record, 1, { ...sums, blob: open });
    return (await file.blob.text()).trim().split('\n').length;
  };
  expect([await count('sft'), await count('grpo')]).toEqual([1, 2]);
});

const taught = { method: 'distillation', distillation: distillationDefaults };

/** Red before: only rows that are conversations were found, so that a part of such a file had no rows. */
it('of problems in one language a row, a stage of distillation takes each language’s share, and a stage of examples none', async () => {
  const own = problemFile('sums.jsonl', (i) => ({ problem_translated: `Frage ${i}?`, language: i % 4 ? 'German' : 'Swahili' }));
  const file = await fileOf([stage([{ of: 'dataset', rows: 8 }], 'distillation', taught)], 1, own);
  const dataset = await openDataset(file.blob, file.name);
  expect(dataset.problems).not.toBeNull();
  const rows = (await file.blob.text()).trim().split('\n');
  expect(rows.filter((row) => row.includes('Swahili'))).toHaveLength(2);
  expect(rows.filter((row) => row.includes('German'))).toHaveLength(6);
  await expect(fileOf([stage([{ of: 'dataset', rows: 8 }])], 1, own)).rejects.toThrow('Stage 1, A stage, has no rows');
});

/** Red before: rows were chosen of all languages, and those in others than the target language were left out afterwards. */
it('of problems in one language a row, a stage with target languages chooses among those', async () => {
  const own = problemFile('sums.jsonl', (i) => ({ problem_translated: `Frage ${i}?`, language: i % 4 ? 'German' : 'Swahili' }));
  for (const target of ['Swahili', 'sw']) {
    const settings = { ...taught, distillation: { ...distillationDefaults, target_languages: [target] } };
    const file = await fileOf([stage([{ of: 'dataset', rows: 3 }], 'distillation', settings)], 1, own);
    const rows = (await file.blob.text()).trim().split('\n');
    expect(
      rows.map((row) => row.includes('Swahili')),
      target,
    ).toEqual([true, true, true]);
  }
});

it('rows of a stage are in the language that the name of their dataset says', async () => {
  const own = problemFile('sums_hi.jsonl', (i) => ({ problem_translated: `प्रश्न ${i}?` }));
  const file = await fileOf([stage([{ of: 'dataset', rows: 8 }], 'distillation', taught)], 1, own);
  const dataset = await openDataset(file.blob, file.name);
  expect(dataset.problems!.own!.language).toBe('hi');
});

function problemFile(name: string, more: (row: number) => object): OwnData {
  const rows = Array.from({ length: 16 }, (_, i) => ({ ...more(i), problem_english: `Question ${i}?`, solution_english: `${i}` }));
  return { name, blob: new Blob(rows.map((row) => `${JSON.stringify(row)}\n`)), mapping: undefined, hash: 'h' };
}

/** Red before: rows of the dataset lost what rewards read, so that a reward by tests had none to run. */
it('beside kept traces, rows of the dataset have their tests and their language, as the traces have', async () => {
  const beside = { tests: ['assert add(1, 20) == 21'], language: 'en' };
  const rows = Array.from({ length: 4 }, (_, i) => ({
    user: `What is ${i} + 20?`,
    analysis: '',
    final: `\\boxed{${i + 20}}`,
    ...beside,
    other: 1,
  }));
  const { engine, plan } = await peerTab({}, rows);
  const traces = await makeTraces(engine, PEER_TRACES);
  const mixed = stage([{ of: 'dataset' }, { of: 1 }], 'grpo');
  const record = await plan([peerTraces(), mixed], [{ phase: 'done', traces }, { phase: 'waiting' }]);
  const { blob } = await stageFile(engine, record, 2, ownData(engine.needData()));
  const found = (await blob.text())
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(found.length).toBeGreaterThan(4);
  expect(found.filter((row) => !('provenance' in row))).toHaveLength(4);
  for (const row of found) expect(row).toMatchObject(beside);
  expect(found.some((row) => 'other' in row)).toBe(false);
});
