/** The exported folder of a plan of which nothing has run: what it says, and that the headless runner's reader takes its settings. */
import { strFromU8, unzipSync } from 'fflate';
import { expect, it } from 'vitest';
import { readNamed } from '../../protocol/named-settings.ts';
import { defaultSettings } from '../../protocol/setting-values.ts';
import { newRecord, withStage } from '../../protocol/stage-states.ts';
import type { Stage, StagePlan } from '../../protocol/stages.ts';
import { memoryStore } from '../files/byte-store.ts';
import { EngineState } from './engine-state.ts';
import { exportPlan } from './stage-export.ts';

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
