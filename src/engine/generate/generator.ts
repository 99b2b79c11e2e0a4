/**
 * Generation of several rows at once: prompts in, ids out as they come. Rows may have prompts of any length and end at different times.
 * Programs are kept while the shape stays the same. The history is read one burst late, so that the GPU never waits for the host; bursts are
 * sized so that text appears about every 60 ms on any adapter. Where the embedding table is not on the GPU, the host looks up the rows of the
 * next ids, so that every token waits for the one before.
 */
import { throwIfCancelled } from '../../lib/cancel.ts';
import { MotherTongueError } from '../../lib/errors.ts';
import type { AdapterLayout } from '../adapters/lora.ts';
import { plan } from '../graph/plan.ts';
import { Pool, Program } from '../graph/program.ts';
import { byteLength } from '../graph/tensor.ts';
import { type Session, writeIds } from '../models/session.ts';
import { NO_ID, stopWords } from '../ops/advance.ts';
import { type RowSampling, samplingWords } from '../ops/sample.ts';
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

/** Tokens of the stream that holds all prompts. */
export function paddedPrompt(tokens: number): number {
  return roundUp(tokens, PROMPT_STEP);
}

export class Generator {
  private key = '';
  private readonly programs = new Map<string, Program>();

  constructor(private readonly session: Session) {}

  /** How every row ended. Throws only for impossible requests and lost devices. */
  async generate(request: GenerationRequest): Promise<RowEnd[]> {
    const { rows } = request;
    const longest = Math.max(...rows.map((r) => r.prompt.length + r.max_new_tokens));
    const limit = this.session.config.max_position_embeddings;
    if (longest > limit) {
      throw new MotherTongueError(
        'SettingsError',
        `The longest prompt with its new tokens needs ${longest} positions and this model has ${limit}; lower max_new_tokens.`,
      );
    }
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
    for (const program of this.programs.values()) program.free();
    this.programs.clear();
    this.session.store.free((name) => name.startsWith(PREFIX));
    this.key = '';
  }

  /** Programs for this shape. A new shape frees those of the old one; a new prompt length or adapter only adds to them. */
  private async prepare(context: GenerationContext, tokens: number): Promise<{ prefill: Program; decode: Program }> {
    const key = JSON.stringify([context.shape, context.vocabulary_with_text]);
    if (key !== this.key) this.free();
    this.key = key;
    const variant = context.adapter ? context.adapter.targets.map((t) => `${t.path}:${t.r}:${t.scale}`).join() : 'base';
    const prefill = await this.program(`prefill ${tokens} ${variant}`, () => tracePrefill(context, tokens));
    const decode = await this.program(`decode ${variant}`, () => traceDecode(context));
    return { prefill, decode };
  }

  private async program(key: string, trace: () => ReturnType<typeof traceDecode>): Promise<Program> {
    const known = this.programs.get(key);
    if (known) return known;
    const { store, capabilities } = this.session;
    const planned = plan(trace(), capabilities);
    for (const t of planned.persistent) {
      if (t.name.startsWith(PREFIX) && !store.has(t.name)) store.create(t.name, byteLength(t), isCache(t.name) ? 'cache' : 'inputs');
    }
    // Slots of this plan alone: programs of generation run one after another, but a pool cannot grow under programs that are built on it.
    const pool = new Pool(store, `${PREFIX}slots ${key}`);
    pool.reserve([planned.slots]);
    const program = await Program.build(store, planned, pool);
    this.programs.set(key, program);
    return program;
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
    const words = (values: readonly number[]): Uint32Array => Uint32Array.from(values);
    store.write(`${PREFIX}last`, words(last));
    store.write(`${PREFIX}sampling`, samplingWords(rows.map((r) => r.sampling)));
    store.write(
      `${PREFIX}stops`,
      stopWords(
        eos,
        rows.map((r) => r.max_new_tokens),
      ),
    );
    store.write(`${PREFIX}positions`, words(rows.map((r) => r.prompt.length - 1)));
    store.write(`${PREFIX}lengths`, words(rows.map((r) => r.prompt.length)));
    for (const name of ['ids', 'done', 'step', 'history']) store.clear(PREFIX + name);
  }

  private async decode(request: GenerationRequest, { shape }: GenerationContext, decode: Program): Promise<RowEnd[]> {
    const { rows, eos, signal } = request;
    const ends = rows.map((): RowEnd | null => null);
    const counts = rows.map(() => 0);
    const started = performance.now();
    const most = Math.max(...rows.map((r) => r.max_new_tokens));
    const pad = this.session.config.pad_token_id ?? 0;
    let submitted = 1; // the prefill drew the first ids
    let burst = 1;
    let delivered = 0;
    while (ends.includes(null) && delivered < most) {
      if (signal?.aborted) return ends.map((end) => end ?? 'cancelled');
      const from = delivered;
      const to = submitted;
      const began = performance.now();
      const reading = this.readHistory(from, to, shape.rows);
      if (!this.session.table) for (let i = 0; i < burst && submitted < most; i++, submitted++) decode.run();
      const ids = await reading;
      if (this.session.table && submitted < most) {
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
