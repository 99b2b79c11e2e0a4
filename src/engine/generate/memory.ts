/**
 * Memory of asking before anything is allocated: the weights, the adapter, the caches of all rows, and the programs of one prompt length. The
 * sum is what the generator then allocates, to the byte (a test holds it to that). Base and adapter asked in turn share slots and caches; the
 * second adds its parameters, a megabyte or two.
 */
import type { MemoryPlan } from '../../protocol/training.ts';
import { type AdapterLayout, ARENAS } from '../adapters/lora.ts';
import { largestBinding, slotBytes } from '../graph/footprint.ts';
import type { Capabilities } from '../graph/op.ts';
import { type Plan, plan } from '../graph/plan.ts';
import { uniformBytes } from '../graph/program.ts';
import { byteLength } from '../graph/tensor.ts';
import { weightBytes } from '../models/memory.ts';
import type { Session } from '../models/session.ts';
import { type GenerationShape, isCache, PREFIX, traceDecode, tracePrefill } from './programs.ts';

export interface GenerationPlans {
  readonly prefill: Plan;
  readonly decode: Plan;
}

/** Needs no GPU. `prompt`: tokens of all prompts together, padded as the generator pads them. */
export function planGeneration(
  session: Pick<Session, 'config' | 'weights'>,
  adapter: AdapterLayout | null,
  shape: GenerationShape,
  prompt: number,
  capabilities: Capabilities,
): GenerationPlans {
  const context = { session, shape, adapter, vocabulary_with_text: session.config.vocab_size };
  return { prefill: plan(tracePrefill(context, prompt), capabilities), decode: plan(traceDecode(context), capabilities) };
}

/** `dispatches` are those of one decoded token. */
export function generationMemory(
  { config, weights }: Pick<Session, 'config' | 'weights'>,
  adapter: AdapterLayout | null,
  { prefill, decode }: GenerationPlans,
): MemoryPlan {
  const all = [prefill, decode];
  const arenas = new Set<string>(Object.values(ARENAS));
  const own = new Map(all.flatMap((p) => p.persistent).map((t) => [t.name, t]));
  const named = (cache: boolean): number =>
    [...own.values()]
      .filter(({ name }) => name.startsWith(PREFIX) && isCache(name) === cache && !arenas.has(name))
      .reduce((n, t) => n + byteLength(t), 0);
  const bytes = {
    weights: weightBytes(config, weights),
    adapter: adapter ? adapter.length * 4 : 0,
    optimizer: 0,
    ...slotBytes(all),
    cache: named(true),
    inputs: named(false) + all.reduce((n, p) => n + uniformBytes(p), 0),
  };
  return {
    ...bytes,
    peak: Object.values(bytes).reduce((a, b) => a + b, 0),
    largest_binding: largestBinding(all),
    dispatches: decode.dispatches,
  };
}
