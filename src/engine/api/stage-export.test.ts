/** The exported folder of a plan: what it says, that the headless runner's reader takes its settings, and what it says of what is not in it. */
import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate';
import { expect, it } from 'vitest';
import { examples, PEER_TRACES, type PeerTab, peerTab, peerTraces, runOf } from '../../../e2e/fixtures/peer-tab.ts';
import { readNamed } from '../../protocol/named-settings.ts';
import { defaultSettings } from '../../protocol/setting-values.ts';
import { newRecord, withStage } from '../../protocol/stage-states.ts';
import type { PlanRecord, Stage, StagePlan, StageState } from '../../protocol/stages.ts';
import type { ShelfRecord } from '../files/adapter-shelf.ts';
import { memoryStore } from '../files/byte-store.ts';
import type { Bytes } from '../files/source.ts';
import { readDataset } from './data.ts';
import { EngineState } from './engine-state.ts';
import { ownData, stageFile } from './stage-data.ts';
import { exportPlan } from './stage-export.ts';
import { makeTraces } from './traces.ts';

const shared = { what: 'It is tried.', model: 'open' as const, data: [{ of: 'dataset' as const, rows: 4 }] };
const stages: Stage[] = [
  { ...shared, name: 'Erste Stufe', kind: 'sft', from: 'base', settings: defaultSettings('2026-11-28') },
  { ...shared, name: 'Rewards', kind: 'grpo', from: 1, settings: defaultSettings('2026-11-28', 'grpo') },
  { ...shared, name: 'Teacher', kind: 'distillation', from: 2, settings: defaultSettings('2026-11-28', 'distillation') },
];
const plan: StagePlan = { name: 'Mein Plan', choice_seed: 0, stages };

it('has settings that the headless runner reads, and says what could not be taken along', async () => {
  const engine = new EngineState({ files: memoryStore() });
  const open = { model: { name: 'm', hash: 'a' }, dataset: { name: 'd.jsonl', hash: 'b' } };
  const record = withStage(newRecord(plan, open), 1, { phase: 'done', run: '20260101000000000' });
  await engine.plans.put(record);
  const { name, blob } = await exportPlan(engine, record.id);
  expect(name).toBe('Mein-Plan.zip');
  const files = unzipSync(new Uint8Array(await blob.arrayBuffer()));
  const text = (path: string): string => strFromU8(files[`Mein-Plan/${path}`]!);
  expect(JSON.parse(text('plan.json'))).toEqual(record);
  const { adapter, dataset, method } = JSON.parse(text('stage-2-rewards/run.json')) as Record<string, unknown>;
  expect([adapter, dataset, method]).toEqual(['../stage-1-erste-stufe/adapter', 'dataset.jsonl', 'grpo']);
  for (const folder of ['stage-1-erste-stufe', 'stage-2-rewards', 'stage-3-teacher']) {
    const stage = JSON.parse(text(`${folder}/run.json`)) as Record<string, unknown>;
    const { adapter: _adapter, dataset: _dataset, ...settings } = stage;
    expect(readNamed(settings).problems).toEqual([]);
  }
  expect(text('README.md')).toContain('## Not taken along\n\n- stage-1-erste-stufe: ');
});

const RUN = '20260101000000000';
const DONE: StageState = { phase: 'done', run: RUN };
const PART = examples({ data: [{ of: 'dataset', rows: 3 }] });

async function keepRun({ engine }: PeerTab): Promise<void> {
  await engine.library.put(runOf(RUN, 'done', 5, 5), { model: 'model', dataset: engine.needData().hash });
}

async function openAnother({ engine }: PeerTab): Promise<void> {
  const row = JSON.stringify({ user: 'What is 1 + 1?', analysis: '', final: '2' });
  await readDataset(engine, { kind: 'file', name: 'other.jsonl', file: new Blob([row]) });
}

/** Paths in the folder, and what the README says is missing. */
async function exported({ engine }: PeerTab, { id }: PlanRecord): Promise<{ paths: string[]; left: string[] }> {
  const files = unzipSync(new Uint8Array(await (await exportPlan(engine, id)).blob.arrayBuffer()));
  const [, left = ''] = strFromU8(files['Plan/README.md']!).split('## Not taken along\n\n');
  return { paths: Object.keys(files).map((path) => path.replace('Plan/', '')), left: left.split('\n').filter((line) => line !== '') };
}

/** Red before: nothing was said. */
it('rows of a dataset that is not open, and rows that are too large, are missing and said to be', async () => {
  const tab = await peerTab();
  await keepRun(tab);
  const record = await tab.plan([PART, examples()], [DONE, DONE]);
  expect(await exported(tab, record)).toMatchObject({
    paths: expect.arrayContaining(['stage-1-stage/dataset.jsonl', 'stage-2-stage/sums.jsonl']),
    left: [],
  });
  Object.defineProperty(tab.engine.data!.blob, 'size', { value: 300 * 2 ** 20 });
  expect((await exported(tab, await tab.plan([examples()], [DONE]))).left).toEqual([
    '- stage-1-stage: its rows are 300 MiB, which is too large to pack.',
  ]);
  await openAnother(tab);
  const { paths, left } = await exported(tab, record);
  expect(paths.filter((path) => path.endsWith('.jsonl'))).toEqual([]);
  expect(left).toEqual([1, 2].map((stage) => `- stage-${stage}-stage: its rows are missing: open sums.jsonl and export again.`));
});

/** Red before: they were left out as well. */
it('rows of kept traces alone need no dataset', async () => {
  const tab = await peerTab();
  await keepRun(tab);
  const traces = await makeTraces(tab.engine, PEER_TRACES);
  const record = await tab.plan([peerTraces(), examples({ data: [{ of: 1 }] })], [{ phase: 'done', traces }, DONE]);
  await openAnother(tab);
  const { paths, left } = await exported(tab, record);
  expect(paths).toContain('stage-2-stage/dataset.jsonl');
  expect(left).toEqual([]);
});

/** Red before: a run that was missing left out its rows and its adapter. */
it('an adapter goes along though its run is gone, and rows too', async () => {
  const tab = await peerTab();
  const about = { name: 'a', origin: 'trained', kept: '', model: { name: 'm', hash: 'model' }, hash: '', bytes: 1 };
  const zip = zipSync({ 'adapter_config.json': strToU8('{}') }) as Bytes;
  const { id: adapter } = await tab.engine.shelf.put({ ...about, run: runOf(RUN, 'done', 5, 5) } as ShelfRecord, zip, false);
  const { paths, left } = await exported(tab, await tab.plan([PART], [{ ...DONE, adapter }]));
  expect(paths).toEqual(expect.arrayContaining(['stage-1-stage/dataset.jsonl', 'stage-1-stage/adapter/adapter_config.json']));
  expect(left).toEqual([expect.stringMatching(/^- stage-1-stage: The run /)]);
});

/** Red before: the later of the two cancelled the other, which ended the plan as failed. */
it('an export and the plan mix rows at once', async () => {
  const tab = await peerTab();
  await keepRun(tab);
  const record = await tab.plan([PART], [DONE]);
  const { engine } = tab;
  let file: Promise<unknown> = Promise.resolve();
  const emit = engine.emit;
  engine.emit = (event) => {
    emit(event);
    if (event.type !== 'progress' || !event.label.startsWith('Mixing')) return;
    engine.emit = emit;
    file = stageFile(engine, record, 1, ownData(engine.needData()));
    file.catch(() => undefined); // judged below
  };
  expect((await exported(tab, record)).paths).toContain('stage-1-stage/dataset.jsonl');
  await expect(file).resolves.toMatchObject({ name: 'sums, stage 1.jsonl' });
});
