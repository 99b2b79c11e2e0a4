/**
 * A planner of rough sums for the scripted engine: right in its order of magnitude for gpt-oss, so that the page can be judged with believable
 * numbers. The real one traces and plans the graph (src/engine). Development and tests only; never in the product.
 */
import { MotherTongueError } from '../lib/errors.ts';
import { formatBytes } from '../lib/format.ts';
import type { MemoryPlan, PlanAnswer, PlanChange, PlanQuestion } from '../protocol/training.ts';

const GIB = 2 ** 30;

interface Sizes {
  layers: number;
  hidden: number;
  inter: number;
  experts: number;
  perToken: number;
  heads: number;
  kv: number;
  headDim: number;
  vocab: number;
}

export const MINI: Sizes = { layers: 4, hidden: 128, inter: 128, experts: 4, perToken: 2, heads: 4, kv: 2, headDim: 32, vocab: 2560 };

function sizesOf(config: Record<string, unknown>): Sizes {
  const need = (name: string): number => {
    const value = config[name];
    if (typeof value !== 'number')
      throw new MotherTongueError('ModelError', `config.json has no ${name}; it is needed to plan this model.`);
    return value;
  };
  if (config.model_type !== 'gpt_oss') {
    throw new MotherTongueError('ModelError', `config.json names the family ${config.model_type}; this page runs gpt_oss.`);
  }
  return {
    layers: need('num_hidden_layers'),
    hidden: need('hidden_size'),
    inter: need('intermediate_size'),
    experts: need('num_local_experts'),
    perToken: need('num_experts_per_tok'),
    heads: need('num_attention_heads'),
    kv: need('num_key_value_heads'),
    headDim: need('head_dim'),
    vocab: need('vocab_size'),
  };
}

/** Bytes by class; expert weights at 17 bytes a 32 values, the rest bf16, everything of a run f32 but the kept inputs. */
function sum(s: Sizes, question: PlanQuestion, training: boolean): MemoryPlan & { trainable: number } {
  const attention = s.hidden * s.headDim * (2 * s.heads + 2 * s.kv);
  const experts = s.experts * 3 * s.hidden * s.inter;
  const weights = s.layers * (experts * 0.53125 + attention * 2) + s.vocab * s.hidden * 2; // the head; embedding rows stay off the GPU
  const { r, target_parameters: expertTargets } = question.lora;
  const adapted = 4 * s.layers * r * (s.hidden + s.heads * s.headDim);
  const trainable = adapted + (expertTargets?.length ?? 0) * r * s.experts * (s.hidden + 1.5 * s.inter);
  const tokens = question.per_device_train_batch_size * question.max_length;
  const bytes = {
    weights,
    adapter: trainable * 4,
    optimizer: training ? trainable * 12 : 0,
    checkpoints: training ? tokens * s.hidden * 2 * s.layers : 0,
    workspace: training ? tokens * (s.hidden * 40 + s.perToken * s.inter * 12) : s.hidden * 60_000,
    loss: training ? Math.min(tokens, 256) * s.vocab * 4 : s.vocab * 4 * question.cache_rows,
    cache: training ? 0 : question.cache_rows * question.cache_length * s.layers * s.kv * s.headDim * 2,
    inputs: training ? tokens * 24 : 4096,
  };
  const rounded = Object.fromEntries(Object.entries(bytes).map(([k, v]) => [k, Math.round(v)])) as typeof bytes;
  const peak = Object.values(rounded).reduce((a, b) => a + b, 0);
  return { ...rounded, peak, largest_binding: Math.min(128 * 2 ** 20, weights), dispatches: 402, trainable: Math.round(trainable) };
}

export function scriptedPlan(question: PlanQuestion): PlanAnswer {
  const sizes = question.config ? sizesOf(question.config) : MINI;
  const bad = question.lora.target_parameters?.find((name) => Number.parseInt(name, 10) >= sizes.layers);
  if (bad)
    throw new MotherTongueError('SettingsError', `target_parameters names ${bad}, but the model has ${sizes.layers} layers; take it out.`);
  const { trainable, ...train } = sum(sizes, question, true);
  const { trainable: _same, ...generate } = sum(sizes, question, false);
  const told = { train, generate, trainable_parameters: trainable };
  const room = question.gpu_bytes;
  const need = Math.max(train.peak, generate.peak);
  const needs = `Training takes ${formatBytes(train.peak)} and answering ${formatBytes(generate.peak)}`;
  if (room === null) {
    if (need <= 2 * GIB) return { ...told, verdict: 'fits', reason: `${needs}.` };
    const ask = 'Browsers do not say how much memory a GPU has: state it, or let the check before training try it out.';
    return { ...told, verdict: 'tight', reason: `${needs}. ${ask}` };
  }
  const has = `this GPU has ${formatBytes(room)}`;
  if (need <= room * 0.85) return { ...told, verdict: 'fits', reason: `${needs}; ${has}.` };
  if (need <= room * 0.94) return { ...told, verdict: 'tight', reason: `${needs}; ${has}. Close other programs that use the GPU.` };
  const reason = `${needs}; ${has}, and some of it belongs to the system.`;
  return { ...told, verdict: 'does-not-fit', reason, ...smallestChange(sizes, question, room) };
}

type Mend = 'per_device_train_batch_size' | 'max_length' | 'cache_length';

const MENDS: [Mend, number, (value: number) => string][] = [
  [
    'per_device_train_batch_size',
    1,
    (value) => `Set per_device_train_batch_size to ${value} and raise gradient_accumulation_steps: it trains the same.`,
  ],
  ['max_length', 128, (value) => `Set max_length to ${value}; longer rows are cut there.`],
  ['cache_length', 256, (value) => `Ask with a cache of ${value} tokens.`],
];

function smallestChange(sizes: Sizes, question: PlanQuestion, room: number): { change?: PlanChange } {
  for (const [name, step, say] of MENDS) {
    for (let value = question[name] - step; value >= step; value -= step) {
      const changed = { ...question, [name]: value };
      const peak = Math.max(sum(sizes, changed, true).peak, sum(sizes, changed, false).peak);
      if (peak <= room * 0.94) return { change: { sentence: say(value), [name]: value, peak } };
    }
  }
  return {};
}
