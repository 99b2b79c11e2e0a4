/**
 * Programs of generation: prefill (the prompts of all rows as one packed stream, which fills the caches and draws the first ids) and decode (one
 * token of every row, which reads the weights once for all rows). Ids, positions, ends of rows and the history stay on the GPU; one decode step
 * needs nothing from the host.
 */
import { type AdapterLayout, withLora } from '../adapters/lora.ts';
import type { Store } from '../gpu/store.ts';
import type { Tensor } from '../graph/tensor.ts';
import { Trace } from '../graph/trace.ts';
import { forward } from '../models/index.ts';
import type { Session } from '../models/session.ts';
import { type Attend, beginning, packedStream, ropeTable } from '../models/stream.ts';
import { EMBEDDING, loadedWeights, type Weights } from '../models/weights.ts';
import { advance, type DecodeState } from '../ops/advance.ts';
import { attentionStep } from '../ops/attention-step.ts';
import { cacheWrite } from '../ops/cache-write.ts';
import { gatherRows } from '../ops/gather-rows.ts';
import { linear } from '../ops/linear.ts';
import { ranksOf } from '../ops/own-ranks.ts';
import { projectQkvJoined, type Qkv } from '../ops/project-qkv.ts';
import { sample } from '../ops/sample.ts';

/** Fixed sizes of a generation: rows B, most tokens of a row P, history length N. */
export interface GenerationShape {
  readonly rows: number;
  readonly capacity: number;
  readonly steps: number;
  /**
   * Lines of the cache for prompts, each there once however many rows it has; behind them a row has N lines of its own. 0: every row has P lines for
   * prompt and answer, which is less where all prompts differ.
   */
  readonly shared: number;
}

export interface GenerationContext {
  readonly session: Pick<Session, 'config' | 'weights'>;
  readonly shape: GenerationShape;
  /** The adapter to use, or those of which each row has its own; null runs the base model. */
  readonly adapter: AdapterLayout | null;
  /** Ids from here on have no text and are never drawn. */
  readonly vocabulary_with_text: number;
  /** Every buffer of this generation begins with it. */
  readonly prefix: string;
}

/** The prefix of answers to questions. */
export const ASKING = 'ask.';

export function isCache(name: string, prefix: string): boolean {
  return name.startsWith(`${prefix}cache`);
}

/** Columns that a batch of `rows` can have: where it shrinks, also a half and a quarter. */
export function batchSizes(rows: number, shrinks: boolean): number[] {
  return shrinks ? [...new Set([rows, Math.ceil(rows / 2), Math.ceil(rows / 4)])] : [rows];
}

export function cacheLines({ rows, capacity, steps, shared }: GenerationShape): number {
  return shared > 0 ? shared + rows * steps : rows * capacity;
}

/** Rows whose ids, positions and ends lie under a name of their own. */
interface StateRows {
  readonly rows: number;
  readonly prefix: string;
}

/** The prompts of `joining.rows` rows: all of them, or those that join a batch under way, with a state of their own and lines of its caches. */
export function tracePrefill(
  context: GenerationContext,
  tokens: number,
  joining: StateRows = { rows: context.shape.rows, prefix: context.prefix },
): Trace {
  const trace = new Trace();
  const { session, prefix } = context;
  const line = trace.input(`${prefix}${tokens}.line`, [tokens], 'u32');
  const onQkv = (layer: number, { k, v }: Qkv): void => cacheWrite(trace, { k, v, line }, caches(trace, context, layer));
  const { stream, attend } = packedStream(trace, session, tokens, `${prefix}${tokens}.`, { onQkv });
  const weights = weightsOf(trace, context, ranksName(context, `${tokens}.`), tokens);
  const hidden = forward(trace, session.config, weights, stream, attend);
  draw(trace, context, gatherRows(trace, hidden, trace.input(`${joining.prefix}last`, [joining.rows], 'u32')), weights, joining.prefix);
  return trace;
}

/** `rows`: those that are left of the batch; their state is what stands first. */
export function traceDecode(context: GenerationContext, rows: number = context.shape.rows): Trace {
  const trace = new Trace({ differentiable: false });
  const { session, shape, prefix } = context;
  const { ids, places } = stateOf(trace, context, { rows, prefix });
  const attend: Attend = (layer, x, { sinks, norms, ...layers }, { rope, ...attrs }) => {
    const inputs = {
      qkv: projectQkvJoined(trace, x, layers),
      places,
      ...(rope !== null && { table: ropeTable(trace, session, rope) }),
      ...(sinks && { sinks }),
      ...(norms && { q_norm: norms.q, k_norm: norms.k }),
    };
    return attentionStep(trace, inputs, caches(trace, context, layer), {
      ...attrs,
      capacity: shape.capacity,
      ...(norms && { eps: norms.eps }),
    });
  };
  const weights = weightsOf(trace, context, ranksName(context), rows);
  const stream = session.weights.has(EMBEDDING) ? { ids } : beginning(trace, session, rows, prefix);
  draw(trace, context, forward(trace, session.config, weights, stream, attend), weights);
  return trace;
}

/** `ranks`: the input that says which of them each row keeps, where rows have adapters of their own. */
function weightsOf(trace: Trace, { session, adapter }: GenerationContext, ranks: string, rows: number): Weights {
  const weights = loadedWeights(trace, session.weights);
  if (!adapter) return weights;
  return withLora(trace, weights, adapter, adapter.own && trace.input(ranks, [rows, adapter.own.mixes.length, 2], 'u32'));
}

/** Programs of other adapters may have more mixes; `of`: the stream of the prompts, or none for the columns. */
function ranksName({ prefix, adapter }: Pick<GenerationContext, 'prefix' | 'adapter'>, of = ''): string {
  return `${prefix}${of}ranks.${adapter?.own?.mixes.length ?? 0}`;
}

/** Which ranks each token of the stream of prompts, or each column, keeps: those of its adapter; nothing where all rows have the same. */
export function writeRanks(store: Store, context: GenerationContext, adapters: readonly (number | undefined)[], of?: string): void {
  const own = context.adapter?.own;
  if (own) store.write(ranksName(context, of), ranksOf(adapters, own.mixes));
}

function caches(trace: Trace, { session, shape, prefix }: GenerationContext, layer: number): { k_cache: Tensor; v_cache: Tensor } {
  const size = [cacheLines(shape), session.config.num_key_value_heads * session.config.head_dim];
  return { k_cache: trace.state(`${prefix}cache.${layer}.k`, size), v_cache: trace.state(`${prefix}cache.${layer}.v`, size) };
}

function stateOf(trace: Trace, { shape: { steps } }: GenerationContext, { rows, prefix }: StateRows): DecodeState {
  const state = (name: string, size: number[]): Tensor => trace.state(prefix + name, size, 'u32');
  return {
    ids: state('ids', [rows]),
    positions: state('positions', [rows]),
    places: state('places', [rows, 4]),
    done: state('done', [rows]),
    history: state('history', [steps, rows]),
    step: state('step', [1]),
  };
}

/** hidden [B, C] -> the next id of every row, taken over by the state. */
function draw(trace: Trace, context: GenerationContext, hidden: Tensor, weights: Weights, prefix: string = context.prefix): void {
  const { session, shape, vocabulary_with_text } = context;
  const rows = hidden.shape[0]!;
  const state = stateOf(trace, context, { rows, prefix });
  const logits = linear(trace, hidden, weights.linear('lm_head'));
  const sampling = trace.input(`${prefix}sampling`, [rows, 8], 'u32');
  const next_id = sample(trace, { logits, sampling, step: state.step }, { vocabulary_with_text });
  const stops = trace.input(`${prefix}stops`, [8 + rows], 'u32');
  advance(trace, { next_id, stops }, state, { cache_length: shape.capacity, pad: session.config.pad_token_id ?? 0 });
}
