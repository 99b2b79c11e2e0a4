/** The template on the bundled model and on others; what is wrong with plans; how their records change. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { DatasetSummary } from '../protocol/dataset.ts';
import type { ModelSummary } from '../protocol/model.ts';
import { planProblems, withoutStage } from '../protocol/stage-problems.ts';
import { done, ended, goingOn, newRecord, nextStage, runFigures, settled, stageOf, withStage } from '../protocol/stage-states.ts';
import { figureWords, languageWords, planReadme, stageFolder } from '../protocol/stage-words.ts';
import type { PlanRecord, RunStage, StagePlan, TraceStage } from '../protocol/stages.ts';
import type { StepMetrics } from '../protocol/training.ts';
import { presetSettings } from './presets.ts';
import { readPlan } from './stage-actions.ts';
import { addsOf, r1Plan, recalledStages, shownRecord, withSteps } from './stages.ts';

const own = JSON.parse(readFileSync(new URL('../../public/models/mini/settings.json', import.meta.url), 'utf8')) as {
  settings: Record<string, unknown>;
};
const MINI = { source: 'bundled', family: 'gpt_oss', layers: 4, experts: 4, context: 512, recommended: own.settings } as ModelSummary;
const QWEN = { source: 'hub', family: 'qwen3', layers: 28, experts: 0, context: 4096 } as ModelSummary;
const DATA = { languages: { German: 10, French: 9, '': 4 } } as unknown as DatasetSummary;
const OPEN = { model: { name: 'mini', hash: 'a' }, dataset: { name: 'mini.jsonl', hash: 'b' } };
const DAY = '2026-11-28';

const plan = () => r1Plan(MINI, DATA, DAY);
const changed = (number: number, change: object): StagePlan => {
  const made = plan();
  return { ...made, stages: made.stages.map((stage, at) => (at + 1 === number ? ({ ...stage, ...change } as RunStage) : stage)) };
};

it('the template is good, with the numbers of its table over what the model recommends', () => {
  const { stages } = plan();
  expect(planProblems(plan())).toEqual([]);
  expect(stages.map(({ kind }) => kind)).toEqual(['grpo', 'sft', 'grpo', 'traces', 'sft', 'sft']);
  const [, cold, rules, sampling, own] = stages as [RunStage, RunStage, RunStage, TraceStage, RunStage, RunStage];
  expect(cold.settings).toMatchObject({
    max_steps: 12,
    optimizer: { learning_rate: 4e-3, warmup_steps: 2, adam_beta2: 0.99 },
    lora: { r: 8 },
  });
  expect(rules.settings).toMatchObject({
    method: 'grpo',
    max_steps: 40,
    per_device_train_batch_size: 32,
    grpo: { num_generations: 4, max_completion_length: 100 },
  });
  expect(sampling.settings).toMatchObject({
    num_return_sequences: 1,
    keep: 'first',
    most_per_language: 90,
    sampling: { temperature: 0.7, max_new_tokens: 100 },
  });
  expect(own.settings).toMatchObject({
    max_steps: 75,
    encoding: { max_length: 192, date: DAY },
    adherence_steps: 75,
    adherence_languages: ['German', 'French'],
  });
  expect(stages.every((stage) => addsOf(stage) !== '')).toBe(true);
});

it('another model has its own settings, rewards of its form, and no smaller model', () => {
  const other = r1Plan(QWEN, DATA, DAY);
  expect(planProblems(other)).toEqual([]);
  expect(other.stages).toHaveLength(5);
  const rules = other.stages[2] as RunStage;
  expect(rules.settings.grpo?.reward_funcs).toEqual(['format', 'language', 'accuracy']);
  expect(rules.settings.optimizer.learning_rate).not.toBe(2e-3);
});

it.each([
  [{ name: 'x', choice_seed: 0, stages: [] }, ['the plan has no stages; give it at least one']],
  [changed(1, { kind: 'rl' }), [/^stage 1: kind is "rl" and must be grpo or /]],
  [changed(3, { from: 4 }), ['stage 3: it goes on from stage 4, which does not come before it; choose "base" or an earlier run']],
  [changed(3, { from: 9 }), ['stage 3: it goes on from stage 9, and there is none; choose "base" or an earlier run']],
  [changed(5, { from: 4 }), ['stage 5: it goes on from stage 4, which makes traces and no adapter']],
  [changed(6, { from: 2 }), ['stage 6: it goes on from stage 2, whose adapter belongs to another model']],
  [changed(5, { data: [] }), ['stage 5: it has no data; give it a part of the dataset or kept traces']],
  [changed(5, { data: [{ of: 3 }] }), ['stage 5: its data are the traces of stage 3, which makes an adapter and no traces']],
  [changed(5, { data: [{ of: 4, but: 2 }] }), ['stage 5: "but" is for parts of the dataset, not for traces']],
  [changed(2, { data: [{ of: 'dataset', rows: 0 }] }), [/^stage 2: rows is 0 and must be a whole number from 1 to /]],
  [changed(2, { data: [{ of: 'dataset', but: 2 }] }), ['stage 2: its data leave out the rows of stage 2, which does not come before it']],
  [changed(5, { model: 'the best' }), [/^stage 5: model is "the best" and must be "open", /]],
  [
    changed(2, { kind: 'distillation' }),
    ['stage 2: its kind is "distillation" and the method of its settings is "sft"; make them the same'],
  ],
  [
    changed(5, { kind: 'distillation', settings: presetSettings('recommended', MINI, 'distillation') }),
    [/^stage 5: its data are kept traces, of which a teacher alone could see the right answer; set privileged_context to "gold", or /],
  ],
  [changed(2, { settings: { ...(plan().stages[1] as RunStage).settings, seed: -1 } }), [/^stage 2: seed is -1 and must be /]],
  [changed(4, { settings: { ...(plan().stages[3] as TraceStage).settings, keep: 'last' } }), [/^stage 4: keep is "last" and must be /]],
])('says what is wrong, by stage', (given, clauses) => {
  const found = planProblems(given);
  expect(found).toHaveLength(clauses.length);
  for (const [i, clause] of clauses.entries())
    expect(found[i]).toEqual(typeof clause === 'string' ? clause : expect.stringMatching(clause));
});

it('a stage of distillation has rows of the dataset, or traces whose right answer the teacher sees', () => {
  const settings = presetSettings('recommended', MINI, 'distillation');
  expect(planProblems(changed(5, { kind: 'distillation', data: [{ of: 'dataset' }], settings }))).toEqual([]);
  const shown = { ...settings, distillation: { ...settings.distillation, privileged_context: 'gold' } };
  expect(planProblems(changed(5, { kind: 'distillation', settings: shown }))).toEqual([]);
});

it('a stage is left out where no other needs it, and numbers move up', () => {
  expect(withoutStage(plan(), 2)).toBeNull();
  expect(withoutStage(plan(), 4)).toBeNull();
  const without = withoutStage(plan(), 1)!;
  expect(planProblems(without)).toEqual([]);
  expect(without.stages[1]!.from).toBe(1);
  expect(without.stages[3]!.data).toEqual([
    { of: 3, languages: 'with' },
    { of: 'dataset', languages: 'without', but: 1 },
  ]);
});

it('a stage is made shorter: its steps, or the rows that are asked', () => {
  expect((withSteps(plan(), 5, 3).stages[4] as RunStage).settings).toMatchObject({ max_steps: 3, adherence_steps: 3 });
  expect((withSteps(plan(), 4, 12).stages[3] as TraceStage).settings.rows).toBe(12);
});

it('a record goes from stage to stage, and stops inside one', () => {
  let record: PlanRecord = newRecord(plan(), OPEN);
  expect(nextStage(record)).toBe(1);
  record = withStage(record, 1, { phase: 'done', run: 'r1', adapter: 'a1' });
  record = withStage(record, 2, { phase: 'running', run: 'r2' });
  expect(nextStage(record)).toBe(2);
  const closed = settled(record);
  expect(closed.phase).toBe('stopped');
  expect(stageOf(closed, 2)).toMatchObject({ phase: 'stopped', run: 'r2', message: expect.stringContaining('closed or reloaded') });
  expect(settled({ ...record, phase: 'done' }).phase).toBe('done');
  const failed = ended(record, 'failed', 'It broke.');
  expect([failed.message, stageOf(failed, 2).message, stageOf(failed, 1).message]).toEqual(['It broke.', 'It broke.', undefined]);
  const again = withStage(goingOn(failed), 2, { phase: 'running' });
  expect([again.message, stageOf(again, 2).message]).toEqual([undefined, undefined]);
  for (const number of [2, 3, 4, 5, 6]) record = withStage(record, number, { phase: 'done' });
  expect([nextStage(record), done(record).phase]).toEqual([null, 'done']);
});

it('a plan at work is on show, then the chosen one, then the newest', () => {
  const [one, two] = [1, 2].map((second) => ({ ...newRecord(plan(), OPEN, new Date(second * 1000)), phase: 'done' as const }));
  expect(shownRecord(null, null)).toBeNull();
  expect(shownRecord([two!, one!], null)).toBe(two);
  expect(shownRecord([two!, one!], one!.id)).toBe(one);
  expect(shownRecord([two!, one!], 'draft')).toBeNull();
  expect(shownRecord([two!, { ...one!, phase: 'running' }], 'draft')?.id).toBe(one!.id);
});

it('figures say what a stage came to', () => {
  const metrics = [
    { step: 1, loss: 2, reward: 0.5, step_time: 1 },
    { step: 2, loss: 1, reward: 1.5, step_time: 2 },
  ] as StepMetrics[];
  const sample = { question: '', thinking: '', content: '' };
  const samples = [
    { step: 1, language: 'German', share: 0, ...sample },
    { step: 2, language: 'German', share: 1, ...sample },
    { step: 2, language: 'French', share: null, ...sample },
  ];
  const figures = runFigures({ metrics, samples });
  expect(figures).toEqual({ steps: 2, loss: [2, 1], reward: [0.5, 1.5], languages: { German: 1, French: null }, seconds: 3 });
  expect(figureWords(figures)[0]).toMatch(/^reward 0\.50+ to 1\.50+$/);
  expect(languageWords(figures)).toBe('thought in the language asked: 1 of 2 languages');
  expect(figureWords({ kept: 3, made: 4 })).toEqual(['kept 3 of 4 traces']);
  expect(runFigures({ metrics: [], samples: [] })).toEqual({});
});

it('a folder and its README hold names as plain words', () => {
  const made = changed(2, { name: '../<b>Cold</b> & `start`' });
  expect(stageFolder(made, 2)).toBe('stage-2-b-cold-b-start');
  const readme = planReadme(newRecord(made, OPEN), ['stage-1: its run is gone']);
  expect(readme).toContain('## 2. ../bCold/b & start');
  expect(readme).toContain('## Not taken along');
});

it('a plan is read from a file, or refused by name', () => {
  const text = JSON.stringify({ ...newRecord(plan(), OPEN), plan: plan() });
  expect(readPlan('plan.json', text)).toEqual(plan());
  expect(readPlan('plan.json', JSON.stringify(plan()))).toEqual(plan());
  expect(() => readPlan('x.json', '{')).toThrow('x.json is no plan of stages');
  expect(() => readPlan('x.json', null)).toThrow('x.json is no plan of stages');
  expect(() => readPlan('x.json', '{"stages": []}')).toThrow(/x\.json cannot be used: .*the plan has no stages/);
});

it('a draft of an earlier version that cannot be used is left out', () => {
  expect(recalledStages({ chosen: true, draft: { name: 'x' } as StagePlan, shown: null }).draft).toBeNull();
  expect(recalledStages({ chosen: true, draft: plan(), shown: null }).draft).toEqual(plan());
});
