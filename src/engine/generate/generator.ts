/**
 * Generation of several rows at once: prompts in, ids out as they come. Rows may have prompts of any length and end at different times.
 * Programs are kept while the sizes stay the same. The history is read one burst late, so that the GPU never waits for the host; bursts are
 * sized so that text appears about every 60 ms on any adapter. Where the embedding table is not on the GPU, the host looks up the rows of the
 * next ids, so that every token waits for the one before.
 */

import { throwIfCancelled } from '../../lib/cancel.ts';
import { MotherTongueError } from '../../lib/errors.ts';
import type { AdapterLayout } from '../adapters/lora.ts';
import { overLimits } from '../graph/footprint.ts';
import { plan, type Slot } from '../graph/plan.ts';
import { Pool, Program } from '../graph/program.ts';
import { byteLength } from '../graph/tensor.ts';
import { positionsOf } from '../models/rope.ts';
import { capabilitiesOf, type Session, writeIds } from '../models/session.ts';
import { NO_ID, stopParams } from '../ops/advance.ts';
import { type RowSampling, samplingParams } from '../ops/sample.ts';
import { type GenerationContext, type GenerationShape, isCache, PREFIX, traceDecode, tracePrefill } from './programs.ts';

export interface GenerationRow {
  readonly prompt: Uint32Array;
  readonly sampling: RowSampling;
  readonly max_new_tokens: number;
}

export interface GenerationRequest {
  readonly rows: readonly GenerationRow[];
  /** null: the base model. */
  readonly adapter: AdapterLayout | null;
  readonly vocabulary_with_text: number;
  readonly eos: readonly number[];
  readonly signal?: AbortSignal;
  /**
   * New ids of one row, in order; called as they arrive. `seconds` since decoding began. Returning true ends the row: its answer is complete,
   * although it wrote no eos (adapters trained with the prefix-preserving template close an answer with `<|end|>`).
   */
  onIds(row: number, ids: readonly number[], seconds: number): boolean | undefined;
}

export type RowEnd = 'eos' | 'length' | 'cancelled';

const BURST_SECONDS = 0.06;
const CAPACITY_STEP = 128;
const PROMPT_STEP = 64;

/** Sizes of a generation whose longest row (prompt and new tokens) has `longest` tokens; `limit`: positions of the model. */
export function generationShape(rows: number, longest: number, new_tokens: number, limit: number): GenerationShape {
  return { rows, capacity: Math.min(limit, roundUp(longest, CAPACITY_STEP)), steps: roundUp(new_tokens, CAPACITY_STEP) };
}

/** What the generator makes for these rows; `limit`: positions of the model. */
export function sizesOf(rows: readonly GenerationRow[], limit: number): { shape: GenerationShape; prompt: number } {
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

interface Prepared {
  readonly prefill: Program;
  readonly decode: Program;
}

export class Generator {
  /** Of the sizes that everything here was made for. */
  private key = '';
  /** By variant: the base model, or an adapter. */
  private readonly programs = new Map<string, Prepared>();
  private pool: Pool | null = null;
  /** What the plans of these sizes need, also of variants that were made again since. */
  private slots: (readonly Slot[])[] = [];

  constructor(private readonly session: Session) {}

  /** How every row ended. Throws only for impossible requests and lost devices. */
  async generate(request: GenerationRequest): Promise<RowEnd[]> {
    const { rows } = request;
    const limit = positionsOf(this.session.config);
    const problem = lengthProblem(rows, limit);
    if (problem) throw new MotherTongueError('SettingsError', problem);
    const { shape, prompt: padded } = sizesOf(rows, limit);
    const context: GenerationContext = {
      session: this.session,
      shape,
      adapter: request.adapter,
      vocabulary_with_text: request.vocabulary_with_text,
    };
    const { prefill, decode } = await this.prepare(context, padded);
    throwIfCancelled(request.signal, 'The answer');
    await this.writePrompts(request, padded);
    prefill.run();
    return this.decode(request, context, decode);
  }

  free(): void {
    this.clear();
    this.slots = [];
    this.key = '';
  }

  private clear(): void {
    this.programs.clear();
    this.pool = null;
    this.session.store.free((name) => name.startsWith(PREFIX));
  }

  /**
   * Programs for these sizes, of the base model or with an adapter. Other sizes free what was made for the last. All share slots; where a later
   * plan needs larger ones, everything is made again on slots that hold both.
   */
  private async prepare(context: GenerationContext, tokens: number): Promise<Prepared> {
    const key = JSON.stringify([context.shape, context.vocabulary_with_text, tokens]);
    if (key !== this.key) this.free();
    this.key = key;
    const variant = context.adapter ? context.adapter.targets.map((t) => `${t.path}:${t.r}:${t.scale}`).join() : 'base';
    const known = this.programs.get(variant);
    if (known) return known;
    const { store, capabilities } = this.session;
    const plans = [plan(tracePrefill(context, tokens), capabilities), plan(traceDecode(context), capabilities)] as const;
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
      if (t.name.startsWith(PREFIX) && !store.has(t.name)) store.create(t.name, byteLength(t), isCache(t.name) ? 'cache' : 'inputs');
    }
    const pool = this.pool ?? new Pool(store, `${PREFIX}slots`);
    this.pool = pool;
    pool.reserve(this.slots);
    const [prefill, decode] = await Promise.all(plans.map((p) => Program.build(store, p, pool)));
    const prepared = { prefill: prefill!, decode: decode! };
    this.programs.set(variant, prepared);
    return prepared;
  }

  private async writePrompts({ rows, eos }: GenerationRequest, padded: number): Promise<void> {
    const { store } = this.session;
    const ids = new Uint32Array(padded);
    const arrays = {
      positions: new Uint32Array(padded),
      doc_start: new Uint32Array(padded),
      doc_end: new Uint32Array(padded),
      row: new Uint32Array(padded).fill(rows.length),
    };
    const last: number[] = [];
    let at = 0;
    rows.forEach(({ prompt }, r) => {
      const end = at + prompt.length;
      ids.set(prompt, at);
      arrays.doc_start.fill(at, at, end);
      arrays.doc_end.fill(end, at, end);
      arrays.row.fill(r, at, end);
      for (let i = 0; i < prompt.length; i++) arrays.positions[at + i] = i;
      last.push(end - 1);
      at = end;
    });
    for (; at < padded; at++) {
      arrays.doc_start[at] = at;
      arrays.doc_end[at] = at + 1;
    }
    await writeIds(this.session, `${PREFIX}${padded}.`, ids);
    for (const [name, values] of Object.entries(arrays)) store.write(`${PREFIX}${padded}.${name}`, values);
    const u32 = (values: readonly number[]): Uint32Array => Uint32Array.from(values);
    store.write(`${PREFIX}last`, u32(last));
    store.write(`${PREFIX}sampling`, samplingParams(rows.map((r) => r.sampling)));
    store.write(
      `${PREFIX}stops`,
      stopParams(
        eos,
        rows.map((r) => r.max_new_tokens),
      ),
    );
    store.write(`${PREFIX}positions`, u32(rows.map((r) => r.prompt.length - 1)));
    store.write(`${PREFIX}lengths`, u32(rows.map((r) => r.prompt.length)));
    for (const name of ['ids', 'done', 'step', 'history']) store.clear(PREFIX + name);
  }

  private async decode(request: GenerationRequest, { shape }: GenerationContext, decode: Program): Promise<RowEnd[]> {
    const { rows, eos, signal } = request;
    const ends = rows.map((): RowEnd | null => null);
    const counts = rows.map(() => 0);
    const started = performance.now();
    const longest = Math.max(...rows.map((r) => r.max_new_tokens));
    const pad = this.session.config.pad_token_id ?? 0;
    let submitted = 1; // the prefill drew the first ids
    let burst = 1;
    let delivered = 0;
    while (ends.includes(null) && delivered < longest) {
      if (signal?.aborted) return ends.map((end) => end ?? 'cancelled');
      const from = delivered;
      const to = submitted;
      const began = performance.now();
      const reading = this.readHistory(from, to, shape.rows);
      if (!this.session.table) for (let i = 0; i < burst && submitted < longest; i++, submitted++) decode.run();
      const ids = await reading;
      if (this.session.table && submitted < longest) {
        await writeIds(
          this.session,
          PREFIX,
          ids.map((id) => (id === NO_ID ? pad : id)),
        );
        decode.run();
        submitted++;
      }
      const seconds = (performance.now() - started) / 1000;
      rows.forEach((row, r) => {
        const fresh: number[] = [];
        for (let i = 0; i < to - from && ends[r] === null; i++) {
          const id = ids[i * shape.rows + r]!;
          if (id === NO_ID) break;
          fresh.push(id);
          counts[r]!++;
          if (eos.includes(id)) ends[r] = 'eos';
          else if (counts[r] === row.max_new_tokens) ends[r] = 'length';
        }
        if (fresh.length > 0 && request.onIds(r, fresh, seconds)) ends[r] ??= 'eos';
      });
      delivered = to;
      const elapsed = (performance.now() - began) / 1000;
      if (to - from > 0) burst = Math.min(32, Math.max(1, Math.round((BURST_SECONDS * (to - from)) / Math.max(elapsed, 1e-4))));
    }
    return ends.map((end) => end ?? 'length');
  }

  private async readHistory(from: number, to: number, rows: number): Promise<Uint32Array> {
    const { store } = this.session;
    const { buffer, offset } = store.get(`${PREFIX}history`);
    return new Uint32Array(await store.gpu.read(buffer, offset + from * rows * 4, Math.max(4, (to - from) * rows * 4)));
  }
}

function roundUp(n: number, step: number): number {
  return Math.max(step, Math.ceil(n / step) * step);
}
