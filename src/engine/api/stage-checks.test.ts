/** What is known before the first stage of a plan: a clause for each stage that could not be run here. */
import { expect, it } from 'vitest';
import { distillationDefaults } from '../../protocol/distillation.ts';
import type { Stage, StageModel, StagePlan } from '../../protocol/stages.ts';
import { memoryStore } from '../files/byte-store.ts';
import { memoryDisk } from '../files/hub/memory-disk.ts';
import { readDataset } from './data.ts';
import { EngineState } from './engine-state.ts';
import { openProblems } from './stage-checks.ts';

const HUB = { kind: 'hub', repository: 'us/mini', revision: 'main', endpoint: 'https://huggingface.co' } as const;

async function engineWith(name: string, row: object, models = true): Promise<EngineState> {
  const engine = new EngineState({ files: memoryStore(), models: models ? memoryDisk() : null });
  await readDataset(engine, { kind: 'file', name, file: new Blob([JSON.stringify(row)]) });
  return engine;
}

function planOf(...stages: Partial<Stage>[]): StagePlan {
  const shared = {
    name: 'A stage',
    what: 'It is tried.',
    kind: 'sft',
    model: 'open',
    from: 'base',
    data: [{ of: 'dataset' }],
    settings: {},
  };
  return { name: 'plan', choice_seed: 0, stages: stages.map((stage) => ({ ...shared, ...stage }) as Stage) };
}

const distils = (changes: object = {}): Partial<Stage> =>
  ({ kind: 'distillation', settings: { method: 'distillation', distillation: { ...distillationDefaults, ...changes } } }) as Partial<Stage>;
const onModel = (changes: object): Partial<Stage> => ({ model: { ...HUB, ...changes } as StageModel });

it('a stage of distillation needs something that its teacher alone sees', async () => {
  const engine = await engineWith('plain.jsonl', { question: 'Was?', answer: 'Ja.', hint: 'Ja!' });
  expect(openProblems(engine, planOf({}, distils()))).toEqual([
    expect.stringMatching(/^stage 2: plain\.jsonl has nothing that a teacher alone could see: .* "question", "answer", "hint"$/),
  ]);
  expect(openProblems(engine, planOf(distils({ privileged_context: 'hint' })))).toEqual([]);
  expect(openProblems(engine, planOf({ ...distils(), data: [{ of: 1 }] }))).toEqual([]);
});

it('it asks in languages that the problems are in', async () => {
  const engine = await engineWith('problems.jsonl', { problem: 'What is 1 + 1?', problem_sw: 'Moja na moja?', solution: 'It is 2.' });
  expect(openProblems(engine, planOf(distils({ target_languages: ['sw'] })))).toEqual([]);
  expect(openProblems(engine, planOf(distils({ target_languages: ['fr'] })))).toEqual([
    expect.stringMatching(/^stage 1: problems\.jsonl has no problems in French; /),
  ]);
});

it('a model of the Hub has a name and an address, and a place to be kept', async () => {
  const row = { question: 'Was?', answer: 'Ja.' };
  const engine = await engineWith('plain.jsonl', row);
  expect(openProblems(engine, planOf(onModel({})))).toEqual([]);
  expect(openProblems(engine, planOf({}, onModel({ repository: 'mini' }), onModel({ endpoint: 'the Hub' })))).toEqual([
    expect.stringMatching(/^stage 2: "mini" is not a repository's name; /),
    expect.stringMatching(/^stage 3: "the Hub" is not an address of a Hub; /),
  ]);
  expect(openProblems(await engineWith('plain.jsonl', row, false), planOf(onModel({})))).toEqual([
    expect.stringMatching(/^stage 1: This browser stores no files for this page/),
  ]);
});
