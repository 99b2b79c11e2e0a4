/**
 * Memory of asking before anything is allocated: the weights, the adapter, the caches of all rows, and the programs of one prompt length. The
 * sum is what the generator then allocates, to the byte (a test holds it to that). Base and adapter asked in turn share slots and caches; the
 * second adds its parameters, a megabyte or two.
 */
import type { MemoryPlan } from '../../protocol/training.ts';
import type { AdapterLayout } from '../adapters/lora.ts';
import { largestBinding, slotBytes } from '../graph/footprint.ts';
import type { Capabilities } from '../graph/op.ts';
import { type Plan, plan } from '../graph/plan.ts';
import { uniformBytes } from '../graph/program.ts';
import { byteLength } from '../graph/tensor.ts';
import { weightBytes } from '../models/memory.ts';
import type { Session } from '../models/session.ts';
import type { GenerationSizes } from './generator.ts';
import { ASKING, batchSizes, type GenerationContext, isCache, traceDecode, tracePrefill } from './programs.ts';

export interface GenerationPlans {
  readonly prefill: Plan;
  readonly decode: Plan;
  /** Decoding with fewer columns, where the batch shrinks. */
  readonly shrunk: readonly Plan[];
  readonly prefix: string;
}

export function plansOf({ prefill, decode, shrunk }: GenerationPlans): Plan[] {
  return [prefill, decode, ...shrunk];
}

/** Needs no GPU. `prompt`: tokens of all prompts together, padded as the generator pads them. */
export function planGeneration(
  session: Pick<Session, 'config' | 'weights'>,
  adapter: AdapterLayout | null,
  { shape, prompt }: GenerationSizes,
  capabilities: Capabilities,
  { prefix = ASKING, shrinks = false }: { prefix?: string; shrinks?: boolean } = {},
): GenerationPlans {
  const context: GenerationContext = { session, shape, adapter, vocabulary_with_text: session.config.vocab_size, prefix };
  const [decode, ...shrunk] = batchSizes(shape.rows, shrinks).map((columns) => plan(traceDecode(context, columns), capabilities));
  return { prefill: plan(tracePrefill(context, prompt), capabilities), decode: decode!, shrunk, prefix };
}

/** What generation has of its own beside slots and the parameters of launches. */
export function ownBuffers(plans: GenerationPlans): { name: string; bytes: number }[] {
  const own = new Map<string, number>();
  for (const t of plansOf(plans).flatMap((p) => p.persistent))
    if (t.name.startsWith(plans.prefix)) own.set(t.name, Math.max(own.get(t.name) ?? 0, byteLength(t)));
  return [...own].map(([name, bytes]) => ({ name, bytes }));
}

/** The bytes of those by class, with the parameters. */
export function ownBytes(plans: GenerationPlans): Record<'cache' | 'inputs', number> {
  const named = (cache: boolean): number =>
    ownBuffers(plans).reduce((n, { name, bytes }) => (isCache(name, plans.prefix) === cache ? n + bytes : n), 0);
  return { cache: named(true), inputs: named(false) + plansOf(plans).reduce((n, p) => n + uniformBytes(p), 0) };
}

/** `dispatches` are those of one decoded token. */
export function generationMemory(
  { config, weights }: Pick<Session, 'config' | 'weights'>,
  adapter: AdapterLayout | null,
  plans: GenerationPlans,
): MemoryPlan {
  const all = plansOf(plans);
  const bytes = {
    weights: weightBytes(config, weights),
    adapter: adapter ? adapter.length * 4 : 0,
    optimizer: 0,
    ...slotBytes(all),
    ...ownBytes(plans),
  };
  return {
    ...bytes,
    peak: Object.values(bytes).reduce((a, b) => a + b, 0),
    largest_binding: largestBinding(all),
    dispatches: plans.decode.dispatches,
  };
}
