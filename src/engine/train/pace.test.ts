/** At gpt-oss-20b's shape, 2,048 tokens, on a slow device: no launch of a training step costs more than a submit may, and none is without a price. */
import { expect, it } from 'vitest';
import { gptOss20b } from '../../lib/known-models.ts';
import { layoutAdapter } from '../adapters/lora.ts';
import { planAdapter } from '../files/adapter-plan.ts';
import { DEFAULT_CAPABILITIES } from '../graph/op.ts';
import { cutLaunches } from '../graph/plan.ts';
import { gptOss } from '../models/gpt-oss.ts';
import { adaptableWeights } from '../models/index.ts';
import { plannedWeights } from '../models/tensors.ts';
import { planSteps } from './plans.ts';
import { sftObjectives } from './sft.ts';

/** 50 ms at 5.4e9 multiply-adds a second: two cores. */
const SLOW = 2 ** 28;
/** Launches whose ops name no cost cover at most this many invocations: they only begin and end. */
const TRIFLE = 2 ** 16;

const layer_types = ['sliding_attention', 'full_attention'];
const config = gptOss.parse({ ...gptOss20b, num_hidden_layers: 2, layer_types }, 'two layers');
const lora = { r: 8, lora_alpha: 16, target_modules: 'all-linear', use_rslora: false, rank_pattern: {}, alpha_pattern: {} } as const;
const target_parameters = ['mlp.experts.gate_up_proj', 'mlp.experts.down_proj'];
const layout = layoutAdapter(planAdapter({ ...lora, target_parameters }, adaptableWeights(config)));
const plans = (maxLaunchCost: number) =>
  planSteps(
    { config, weights: plannedWeights(config), capabilities: { ...DEFAULT_CAPABILITIES, maxLaunchCost } },
    layout,
    sftObjectives.nll,
    { micro: [{ T: 2048, M: 1024 }] },
    { gradient_checkpointing: true },
  );

it('is cut so far that every launch fits a submit', () => {
  const { micro, optimizer } = plans(SLOW);
  for (const { kernel, cost = 0, maxCost = cost, workgroups } of [micro[0]!, optimizer].flatMap(cutLaunches).flat()) {
    expect(maxCost, kernel.name).toBeLessThanOrEqual(maxCost > cost ? 2 * SLOW : SLOW);
    if (cost === 0) expect(workgroups[0] * workgroups[1] * 256, kernel.name).toBeLessThanOrEqual(TRIFLE);
  }
});

it('costs the same in parts as whole', () => {
  const total = (maxLaunchCost: number): number =>
    cutLaunches(plans(maxLaunchCost).micro[0]!)
      .flat()
      .reduce((n, { cost = 0 }) => n + cost, 0);
  const whole = total(Number.POSITIVE_INFINITY);
  expect(Math.abs(total(SLOW) / whole - 1)).toBeLessThan(1e-9);
  expect(whole).toBeGreaterThan(1e12);
});

it('is not cut into more parts than parameters have room for', () => {
  const { dispatches, launches } = plans(2 ** 16).micro[0]!;
  expect(dispatches).toBeGreaterThan(launches.length);
  expect(dispatches).toBeLessThanOrEqual(2 ** 16);
  expect(dispatches).toBe(cutLaunches(plans(2 ** 16).micro[0]!).flat().length);
});
