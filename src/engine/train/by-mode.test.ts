/** Figures by mode: the column that the GPU sums by, and what is made of the sums; the sums themselves are by-mode.gpu.test.ts's. */
import { expect, it } from 'vitest';
import { gptOss20b } from '../../lib/known-models.ts';
import { defaultSettings } from '../../protocol/setting-values.ts';
import { layoutAdapter } from '../adapters/lora.ts';
import type { EncodedRow } from '../batch/encode.ts';
import { pack } from '../batch/pack.ts';
import { planAdapter } from '../files/adapter-plan.ts';
import { DEFAULT_CAPABILITIES } from '../graph/op.ts';
import { gptOss } from '../models/gpt-oss.ts';
import { adaptableWeights } from '../models/index.ts';
import { plannedWeights } from '../models/tensors.ts';
import { metricsByMode, withThinks } from './by-mode.ts';
import { memoryPlan } from './memory.ts';
import { prepareRun } from './run.ts';

const row = (mode: EncodedRow['mode'], trained: readonly number[]): EncodedRow => ({
  row: 1,
  ids: Uint32Array.from(trained, (_, i) => i + 1),
  trained: Uint8Array.from(trained),
  ...(mode && { mode }),
});
const rows = [row('no_think', [1, 0, 1]), row('think', [0, 1, 1, 0, 1]), row('no_think', [0, 1]), row('think', [1, 1])];

it('marks the labels of rows with reasoning, in the order of the packed rows; the first token of a row is no label', () => {
  const packed = withThinks(pack(rows, { T: 16, M: 8 }, 0), rows);
  expect(packed.trained).toBe(6);
  expect([...packed.columns.thinks!]).toEqual([0, 1, 1, 1, 0, 1, 0, 0]);
});

it('divides each sum by the tokens of its mode over all micro-batches, so that the two weighted by their tokens are the whole', () => {
  const stats = [
    { loss: 7, loss_think: 4.5, loss_no_think: 2.5, trained: 4 },
    { loss: 3, loss_think: 2, loss_no_think: 1, trained: 2 },
  ];
  expect(metricsByMode(rows, stats)).toEqual({
    loss_think: 6.5 / 4,
    loss_no_think: 3.5 / 2,
    length_think: 2,
    length_no_think: 1,
    rows_think: 2,
    rows_no_think: 2,
  });
});

it('has no figures of a mode that a step has no rows of', () => {
  expect(metricsByMode([rows[1]!], [{ loss: 6, loss_think: 6, loss_no_think: 0 }])).toEqual({
    loss_think: 2,
    length_think: 3,
    rows_think: 1,
  });
});

it('a run of one mode is planned as one without modes', () => {
  const config = gptOss.parse({ ...gptOss20b, num_hidden_layers: 1, layer_types: ['full_attention'] }, 'one layer');
  const session = { config, weights: plannedWeights(config), capabilities: DEFAULT_CAPABILITIES };
  const settings = { ...defaultSettings('2025-08-05'), per_device_train_batch_size: 2 };
  const layout = layoutAdapter(planAdapter({ ...settings.lora, r: 2, target_modules: ['q_proj'] }, adaptableWeights(config)));
  const planned = (of: readonly EncodedRow[]) => {
    const prepared = prepareRun(session, { settings, rows: of, validation: [], layout });
    return { plan: memoryPlan(session, prepared), columns: prepared.method.objective.columns.map(({ name }) => name) };
  };
  const plain = planned(rows.map(({ mode: _, ...rest }) => rest));
  expect(planned(rows.map((one) => ({ ...one, mode: 'think' as const })))).toEqual(plain);
  const both = planned(rows);
  expect(both.columns).toEqual([...plain.columns, 'thinks']);
  expect(both.plan.inputs).toBeGreaterThan(plain.plan.inputs);
});
