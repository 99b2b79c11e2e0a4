/**
 * Generation of several rows at once: prompts in, ids out as they come. Rows may have prompts of any length and end at different times.
 * Programs are kept while the sizes stay the same; decoding.ts runs them.
 */

import { throwIfCancelled } from '../../lib/cancel.ts';
import { MotherTongueError } from '../../lib/errors.ts';
import { type AdapterLayout, layoutKey } from '../adapters/lora.ts';
import { overLimits } from '../graph/footprint.ts';
import { plan, type Slot } from '../graph/plan.ts';
import { Pool, Program } from '../graph/program.ts';
import { byteLength } from '../graph/tensor.ts';
import { positionsOf } from '../models/rope.ts';
import { capabilitiesOf, type Session } from '../models/session.ts';
import type { RowSampling } from '../ops/sample.ts';
import { Decoding } from './decoding.ts';
import { ASKING, batchSizes, type GenerationContext, type GenerationShape, isCache, traceDecode, tracePrefill } from './programs.ts';

export interface GenerationRow {
  readonly prompt: Uint32Array;
  readonly sampling: RowSampling;
  readonly max_new_tokens: number;
  /** Which of the adapters that rows have for themselves; absent: the base model, or the one adapter of all rows. */
  readonly adapter?: number;
}

export interface GenerationRequest {
  readonly rows: readonly GenerationRow[];
  /** Of all rows, or those of which each row names its own (adapters/joined.ts); null: the base model. */
  readonly adapter: AdapterLayout | null;
  readonly vocabulary_with_text: number;
  readonly eos: readonly number[];
  readonly signal?: AbortSignal;
  /** What programs are made for; absent: what these rows need. */
  readonly sizes?: GenerationSizes;
  /** Rows that have ended leave the batch, which is looked at whenever this many ids more are there; absent: they stay. */
  readonly block?: number;
  /**
   * New ids of one row, in order; called as they arrive. `seconds` since decoding began. Returning a number ends the row with so many of them: its
   * answer is complete, although it wrote no eos (adapters trained with the prefix-preserving template close an answer with `<|end|>`). How many
   * arrive at once depends on the clock, so what came after that id is no part of the row.
   */
  onIds(row: number, ids: readonly number[], seconds: number): number | false | undefined;
}

export type RowEnd = 'eos' | 'length' | 'cancelled';

/** `prompt`: tokens of the stream that holds the prompts. */
export interface GenerationSizes {
  readonly shape: GenerationShape;
  readonly prompt: number;
}

const CAPACITY_STEP = 128;
const PROMPT_STEP = 64;
/** Every row has a line of its own for each; such sizes are made once a run. */
const SHARED_STEP = 8;

/** Sizes of a generation whose longest row (prompt and new tokens) has `longest` tokens; `limit`: positions of the model. */
export function generationShape(rows: number, longest: number, new_tokens: number, limit: number): GenerationShape {
  return { rows, capacity: Math.min(limit, roundUp(longest, CAPACITY_STEP)), steps: roundUp(new_tokens, CAPACITY_STEP), shared: 0 };
}

/** What the generator makes for these rows; `limit`: positions of the model. */
export function sizesOf(rows: readonly GenerationRow[], limit: number): GenerationSizes {
  const longest = Math.max(...rows.map((r) => r.prompt.length + r.max_new_tokens));
  const shape = generationShape(rows.length, longest, Math.max(...rows.map((r) => r.max_new_tokens)), limit);
  return { shape, prompt: paddedPrompt(rows.reduce((n, r) => n + r.prompt.length, 0)) };
}

/** Why a model with `limit` positions cannot answer all of these, with the mend; null where it can. */
export function lengthProblem(rows: readonly Pick<GenerationRow, 'prompt' | 'max_new_tokens'>[], limit: number): string | null {
  const sizes = rows.map(({ prompt, max_new_tokens }) => ({ tokens: prompt.length, wanted: max_new_tokens }));
  const { tokens, wanted } = sizes.reduce((most, one) => (one.tokens + one.wanted > most.tokens + most.wanted ? one : most));
  if (tokens + wanted <= limit) return null;
  const asked = `The question with its instructions takes ${tokens} tokens and this model has ${limit} positions`;
  if (tokens >= limit) return `${asked}, so there is no room for an answer; shorten the question by at least ${tokens - limit + 1} tokens.`;
  return `${asked}, so ${limit - tokens} are left for the answer; set max_new_tokens (now ${wanted}) to at most ${limit - tokens}, or shorten the question.`;
}

/** Tokens of the stream that holds all prompts. */
export function paddedPrompt(tokens: number): number {
  return roundUp(tokens, PROMPT_STEP);
}

/**
 * Sizes for batches of `rows` rows over prompts that several of them have; `prompts`: tokens of all different ones together, a prompt of two adapters
 * being two.
 */
export function sharedSizes(
  rows: number,
  { longest, prompts, new_tokens }: Record<'longest' | 'prompts' | 'new_tokens', number>,
  limit: number,
): GenerationSizes {
  const prompt = paddedPrompt(prompts);
  const capacity = Math.min(limit, longest + new_tokens);
  return { shape: { rows, capacity, steps: roundUp(new_tokens, SHARED_STEP), shared: prompt }, prompt };
}

interface Prepared {
  readonly prefill: Program;
  /** By columns of the batch. */
  readonly decode: ReadonlyMap<number, Program>;
}

export class Generator {
  /** Of the sizes that everything here was made for. */
  private key = '';
  /** By variant: the base model, or an adapter. */
  private readonly programs = new Map<string, Prepared>();
  private pool: Pool | null = null;
  /** What the plans of these sizes need, also of variants that were made again since. */
  private slots: (readonly Slot[])[] = [];

  /** `prefix`: of all its buffers. `shared`: slots that others made for its plans too; absent: it makes its own. */
  constructor(
    private readonly session: Session,
    private readonly prefix: string = ASKING,
    private readonly shared: Pool | null = null,
  ) {}

  /** How every row ended. Throws only for impossible requests and lost devices. */
  async generate(request: GenerationRequest): Promise<RowEnd[]> {
    const { rows } = request;
    checkAdapters(request);
    const limit = positionsOf(this.session.config);
    const problem = lengthProblem(rows, limit);
    if (problem) throw new MotherTongueError('SettingsError', problem);
    const { shape, prompt: padded } = request.sizes ?? sizesOf(rows, limit);
    const context: GenerationContext = {
      session: this.session,
      shape,
      adapter: request.adapter,
      vocabulary_with_text: request.vocabulary_with_text,
      prefix: this.prefix,
    };
    const { prefill, decode } = await this.prepare(context, padded, request.block !== undefined);
    throwIfCancelled(request.signal, 'The answer');
    const decoding = new Decoding(this.session, context, request, decode);
    await decoding.writePrompts(padded);
    prefill.run();
    return decoding.run();
  }

  /** Makes what requests of these sizes need, so that the first of them waits for nothing; throws where the GPU's limits refuse them. */
  async makeReady({
    adapter,
    vocabulary_with_text,
    sizes,
    block,
  }: Omit<GenerationRequest, 'rows' | 'eos' | 'onIds'> & { sizes: GenerationSizes }) {
    const context = { session: this.session, shape: sizes.shape, adapter, vocabulary_with_text, prefix: this.prefix };
    await this.prepare(context, sizes.prompt, block !== undefined);
  }

  free(): void {
    this.clear();
    this.slots = [];
    this.key = '';
  }

  private clear(): void {
    for (const { prefill, decode } of this.programs.values()) for (const program of [prefill, ...decode.values()]) program.free();
    this.programs.clear();
    this.pool = null;
    this.session.store.free((name) => name.startsWith(this.prefix));
  }

  /**
   * Programs for these sizes, of the base model or with an adapter. Other sizes free what was made for the last. All share slots; where a later
   * plan needs larger ones, everything is made again on slots that hold both.
   */
  private async prepare(context: GenerationContext, tokens: number, shrinks: boolean): Promise<Prepared> {
    const key = JSON.stringify([context.shape, context.vocabulary_with_text, tokens, shrinks]);
    if (key !== this.key) this.free();
    this.key = key;
    const variant = context.adapter ? layoutKey(context.adapter) : 'base';
    const known = this.programs.get(variant);
    if (known) return known;
    const { store, capabilities } = this.session;
    const sizes = batchSizes(context.shape.rows, shrinks);
    const traces = [tracePrefill(context, tokens), ...sizes.map((columns) => traceDecode(context, columns))];
    const plans = traces.map((trace) => plan(trace, capabilities));
    const [refused] = overLimits(plans, capabilitiesOf(store.gpu));
    if (refused) {
      throw new MotherTongueError(
        'SettingsError',
        `Answers of this length in ${context.shape.rows} column${context.shape.rows === 1 ? '' : 's'} at once need more than this GPU allows (${refused}); ask in fewer columns, or lower max_new_tokens.`,
      );
    }
    this.slots.push(...plans.map((p) => p.slots));
    if (this.pool && !this.pool.holds(this.slots)) this.clear();
    for (const t of plans.flatMap((p) => p.persistent)) {
      if (t.name.startsWith(this.prefix) && !store.has(t.name))
        store.create(t.name, byteLength(t), isCache(t.name, this.prefix) ? 'cache' : 'inputs');
    }
    const pool = this.pool ?? this.shared ?? new Pool(store, `${this.prefix}slots`);
    this.pool = pool;
    pool.reserve(this.slots);
    const [prefill, ...decode] = await Promise.all(plans.map((p) => Program.build(store, p, pool)));
    const prepared = { prefill: prefill!, decode: new Map(sizes.map((columns, i) => [columns, decode[i]!])) };
    this.programs.set(variant, prepared);
    return prepared;
  }
}

function checkAdapters({ rows, adapter }: GenerationRequest): void {
  const count = adapter?.own?.count ?? 0;
  const wrong = rows.find((row) => row.adapter !== undefined && !(row.adapter < count));
  if (wrong) throw new Error(`A row names adapter ${wrong.adapter}; the batch has ${count} that rows can name.`);
}

function roundUp(n: number, step: number): number {
  return Math.max(step, Math.ceil(n / step) * step);
}
