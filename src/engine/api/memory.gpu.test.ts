/**
 * One planned peak: readiness, the planner and the event behind the GPU chip have the same figure, it is what is allocated while the run and its
 * probes are on the GPU, and what the planner says before a dataset is open is never less.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundledRows, closeTabs, openTab } from '../../../e2e/fixtures/bundled-tab.ts';
import type { DatasetSource } from '../../protocol/dataset.ts';
import type { EngineEvent } from '../../protocol/engine.ts';
import { type SettingValues, withValues } from '../../protocol/setting-values.ts';
import type { PlanQuestion, TrainingSettings } from '../../protocol/training.ts';
import { freshPlanning, planQuestion } from '../../state/planning.ts';
import { presetSettings } from '../../state/presets.ts';
import { settingsToTrain } from '../../state/settings.ts';
import { bundledQuestions } from '../evaluate/bundled-questions.ts';
import { readDataset } from './data.ts';
import type { EngineState } from './engine-state.ts';
import { answerPlan } from './planning.ts';
import { readiness } from './readiness.ts';
import { train } from './training.ts';

const root = resolve(import.meta.dirname, '../../..');
const rows = (count: number, words: (row: number) => number): DatasetSource => {
  const lines = Array.from({ length: count }, (_, row) =>
    JSON.stringify({
      reasoning_language: row % 2 ? 'German' : 'French',
      user: 'Was?',
      analysis: 'das ist so '.repeat(words(row)),
      final: 'Ja.',
    }),
  );
  return { kind: 'file', name: 'own.jsonl', file: new Blob([lines.join('\n')]) };
};

let engine: EngineState;
const events: EngineEvent[] = [];
let recommended: TrainingSettings;
beforeAll(async () => {
  const tab = await openTab({ rows: null, listen: (event) => void events.push(event) });
  engine = tab.engine;
  recommended = presetSettings('recommended', tab.model);
});
afterAll(closeTabs);

const open = async (source: DatasetSource, changes: SettingValues) => {
  const dataset = await readDataset(engine, source);
  const settings = withValues(recommended, changes);
  const question = planQuestion(null, settings, freshPlanning, 2048, dataset);
  return { run: settingsToTrain(settings, dataset), question };
};
const withoutRows = ({ run: _, ...question }: PlanQuestion): PlanQuestion => question;

it.each<[string, DatasetSource, SettingValues]>([
  ['the bundled dataset', bundledRows(), {}],
  ['rows of all lengths, evaluated', rows(40, (row) => 1 + 7 * row), { 'encoding.max_length': 512, validation_split: 0.25 }],
  ['long rows, without probes', rows(12, () => 400), { 'encoding.max_length': 2048, adherence_steps: 0 }],
  ['one short row', rows(1, () => 2), { 'encoding.max_length': 192, per_device_train_batch_size: 1 }],
  ['many rows a step', rows(60, (row) => 1 + row), { 'encoding.max_length': 256, gradient_accumulation_steps: 4 }],
  ['rows with questions asked meanwhile', rows(12, () => 20), { 'encoding.max_length': 256, eval_questions: 4, adherence_steps: 0 }],
])('readiness and the planner agree, and never do less without the rows: %s', async (_, source, changes) => {
  engine.questions = await bundledQuestions(readFileSync(`${root}/public/datasets/mini/heldout.json`, 'utf8'));
  const { run, question } = await open(source, changes);
  const ready = await readiness(engine, run, null);
  expect(ready.blockers).toEqual([]);
  const planned = await answerPlan(engine, question);
  expect(planned.basis).toBe('rows');
  expect(planned.train).toEqual(ready.memory); // red before: 46.6 MiB beside 63.7 MiB on the same screen
  const worst = await answerPlan(engine, withoutRows(question));
  expect(worst.basis).toBe('longest');
  expect(worst.train.peak).toBeGreaterThanOrEqual(ready.memory.peak);
});

describe('a run with probes', () => {
  it('allocates its planned peak, to the byte, and says both apart', async () => {
    const { run, question } = await open(
      rows(20, (row) => 5 + row),
      { max_steps: 4, adherence_steps: 2, 'encoding.max_length': 256 },
    );
    const { memory } = await readiness(engine, run, null);
    expect((await answerPlan(engine, question)).train.peak).toBe(memory.peak);
    events.length = 0;
    await train(engine, run);
    const reported = events.flatMap((event) => (event.type === 'memory' ? [event] : []));
    const during = reported.filter(({ planned }) => planned > 0);
    expect(new Set(during.map(({ planned }) => planned))).toEqual(new Set([memory.peak]));
    expect(Math.max(...during.map(({ allocated }) => allocated))).toBe(memory.peak);
    expect(reported.at(-1)!.planned).toBe(0);
    expect(reported.at(-1)!.allocated).toBe(engine.model!.session.store.bytes());
  });
});
