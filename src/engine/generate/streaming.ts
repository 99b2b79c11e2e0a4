/**
 * Many rows through a few columns: where a row ends, the next one joins, so that no column waits for the longest. A row's prompt is read by itself, in a
 * stream of a size that follows from its own length, and all columns decode in one program that never shrinks: what a row writes follows from its own
 * prompt, seed and salt, whichever rows are beside it and whenever it began.
 * Columns are looked at every few ids, as many as the pace of the GPU allows, which changes no id; between, the GPU needs nothing from the host but rows of an embedding table that it does not hold.
 */
import { MotherTongueError } from '../../lib/errors.ts';
import type { AdapterLayout } from '../adapters/lora.ts';
import { overLimits } from '../graph/footprint.ts';
import { plan } from '../graph/plan.ts';
import { Pool, Program } from '../graph/program.ts';
import { byteLength } from '../graph/tensor.ts';
import { positionsOf } from '../models/rope.ts';
import { capabilitiesOf, type Session, writeIds } from '../models/session.ts';
import { NO_ID, stopParams } from '../ops/advance.ts';
import { type RowSampling, samplingParams } from '../ops/sample.ts';
import { endOf } from './decoding.ts';
import { type GenerationRow, lengthProblem, type RowEnd } from './generator.ts';
import { type GenerationContext, type GenerationShape, isCache, traceDecode, tracePrefill, writeRanks } from './programs.ts';

/** Most ids between two looks at the columns. */
const BLOCK = 16;
/** The time that they should take: a column whose row has ended waits half of it, and a look costs a round trip. */
const BLOCK_SECONDS = 0.1;
/** Lines of the history: the ids of a block, one that is never reached (a row ends at the last), and the first ids of rows that joined. */
const FIRSTS = BLOCK + 1;
const HISTORY = BLOCK + 2;
const STREAMING = 'streaming.';
const JOINING = `${STREAMING}joining.`;
const CAPACITY_STEP = 128;
const AT_REST: RowSampling = { temperature: 0, top_k: 0, top_p: 1, min_p: 0, seed: 0, salt: 0 };

export interface StreamingSizes {
  readonly columns: number;
  /** Most tokens of a row, prompt and answer. */
  readonly longest: number;
}

export interface StreamingRequest {
  /** In the order in which they begin. */
  readonly rows: readonly GenerationRow[];
  /** Of all rows, or those of which each row names its own (adapters/joined.ts); null: the base model. */
  readonly adapter: AdapterLayout | null;
  readonly vocabulary_with_text: number;
  readonly eos: readonly number[];
  readonly signal?: AbortSignal;
  /** Between two blocks: others may use the GPU meanwhile. */
  between?(): Promise<void>;
  /** The row has a column from now on. */
  onBegin?(row: number): void;
  /** New ids of a row, in order. Returning a number ends it with so many of them: its answer is complete, although it wrote no eos. */
  onIds(row: number, ids: readonly number[]): number | false;
  onEnd(row: number, end: Exclude<RowEnd, 'cancelled'>): void;
}

/** Tokens of the stream in which a prompt is read: few different ones, so that there are few programs. */
function joiningTokens(prompt: number): number {
  let step = 16;
  while (prompt > 16 * step) step *= 2;
  return Math.ceil(prompt / step) * step;
}

interface Programs {
  readonly decode: Program;
  /** By tokens of the stream. */
  readonly joining: ReadonlyMap<number, Program>;
}

/** Until every row has ended, or the signal aborts: then the rows under way have no end. Throws a SettingsError where the GPU does not allow so many columns. */
export async function streamRows(session: Session, { columns, longest }: StreamingSizes, request: StreamingRequest): Promise<void> {
  const limit = positionsOf(session.config);
  const problem = request.rows.length > 0 ? lengthProblem(request.rows, limit) : null;
  if (problem) throw new MotherTongueError('SettingsError', problem);
  const capacity = Math.min(limit, Math.ceil(longest / CAPACITY_STEP) * CAPACITY_STEP);
  const context: GenerationContext = {
    session,
    shape: { rows: columns, capacity, steps: HISTORY, shared: 0 },
    adapter: request.adapter,
    vocabulary_with_text: request.vocabulary_with_text,
    prefix: STREAMING,
  };
  let programs: Programs | null = null;
  try {
    programs = await prepare(session, context, [...new Set(request.rows.map(({ prompt }) => joiningTokens(prompt.length)))]);
    await new Columns(context, session, request, programs).run();
  } finally {
    for (const program of programs ? [programs.decode, ...programs.joining.values()] : []) program.free();
    session.store.free((name) => name.startsWith(STREAMING));
  }
}

async function prepare({ store, capabilities }: Session, context: GenerationContext, streams: readonly number[]): Promise<Programs> {
  const traces = [traceDecode(context), ...streams.map((tokens) => tracePrefill(context, tokens, { rows: 1, prefix: JOINING }))];
  const plans = traces.map((trace) => plan(trace, capabilities));
  const [refused] = overLimits(plans, capabilitiesOf(store.gpu));
  if (refused) {
    throw new MotherTongueError(
      'SettingsError',
      `Answers of this length in ${context.shape.rows} columns at once need more than this GPU allows (${refused}); lower max_new_tokens.`,
    );
  }
  for (const t of plans.flatMap(({ persistent }) => persistent))
    if (t.name.startsWith(STREAMING) && !store.has(t.name))
      store.create(t.name, byteLength(t), isCache(t.name, STREAMING) ? 'cache' : 'inputs');
  const pool = new Pool(store, `${STREAMING}slots`);
  pool.reserve(plans.map(({ slots }) => slots));
  const [decode, ...joining] = await Promise.all(plans.map((one) => Program.build(store, one, pool)));
  return { decode: decode!, joining: new Map(streams.map((tokens, i) => [tokens, joining[i]!])) };
}

/** A row that has a column. */
interface Placed {
  readonly row: number;
  count: number;
  /** Its first id has not been read yet. */
  fresh: boolean;
  ended: boolean;
}

class Columns {
  private readonly placed: (Placed | null)[];
  private readonly shape: GenerationShape;
  private next = 0;
  /** Of one step, measured; null: no block was decoded yet. */
  private secondsAStep: number | null = null;
  constructor(
    private readonly context: GenerationContext,
    private readonly session: Session,
    private readonly request: StreamingRequest,
    private readonly programs: Programs,
  ) {
    this.shape = context.shape;
    this.placed = Array.from({ length: this.shape.rows }, () => null);
  }

  async run(): Promise<void> {
    const { store } = this.session;
    const { signal, between } = this.request;
    for (const name of ['ids', 'positions', 'places']) store.clear(STREAMING + name);
    store.write(`${STREAMING}done`, new Uint32Array(this.shape.rows).fill(1));
    while (!signal?.aborted) {
      for (const [c, at] of this.placed.entries()) if (at === null || at.ended) await this.join(c);
      if (this.placed.every((at) => at === null || at.ended)) return;
      await this.block();
      await between?.();
    }
  }

  /** The next row takes the column; where there is none, the column goes on resting. */
  private async join(c: number): Promise<void> {
    const { rows, eos } = this.request;
    const r = this.next;
    if (r >= rows.length) return;
    this.next++;
    this.placed[c] = { row: r, count: 0, fresh: true, ended: false };
    this.request.onBegin?.(r);
    const { prompt, sampling, max_new_tokens, adapter } = rows[r]!;
    const { store } = this.session;
    const tokens = joiningTokens(prompt.length);
    const begin = c * this.shape.capacity;
    await this.writePrompt(prompt, tokens, begin);
    writeRanks(this.session.store, this.context, new Array<number | undefined>(tokens).fill(adapter), `${tokens}.`);
    for (const name of ['ids', 'step', 'done']) store.clear(JOINING + name);
    const state = {
      last: [prompt.length - 1],
      positions: [prompt.length - 1],
      places: [prompt.length, 0, 0, begin],
      sampling: samplingParams([sampling]),
      stops: stopParams(eos, [max_new_tokens]),
    };
    for (const [name, values] of Object.entries(state)) store.write(JOINING + name, Uint32Array.from(values));
    this.programs.joining.get(tokens)!.run();
    store.copyInto([
      ...['ids', 'positions', 'done'].map((name) => ({ from: JOINING + name, to: STREAMING + name, byteOffset: 4 * c, bytes: 4 })),
      { from: `${JOINING}places`, to: `${STREAMING}places`, byteOffset: 16 * c, bytes: 16 },
      { from: `${JOINING}history`, to: `${STREAMING}history`, byteOffset: 4 * (FIRSTS * this.shape.rows + c), bytes: 4 },
    ]);
  }

  /** The prompt as a stream of `tokens`, whose keys go to the lines from `begin` on. */
  private async writePrompt(prompt: Uint32Array, tokens: number, begin: number): Promise<void> {
    const prefix = `${STREAMING}${tokens}.`;
    const inside = (i: number): boolean => i < prompt.length;
    const filled = (value: (i: number) => number): Uint32Array => Uint32Array.from({ length: tokens }, (_, i) => value(i));
    const arrays = {
      positions: filled((i) => (inside(i) ? i : 0)),
      doc_start: filled((i) => (inside(i) ? 0 : i)),
      doc_end: filled((i) => (inside(i) ? prompt.length : i + 1)),
      line: filled((i) => (inside(i) ? begin + i : NO_ID)),
    };
    await writeIds(
      this.session,
      prefix,
      filled((i) => (inside(i) ? prompt[i]! : 0)),
    );
    for (const [name, values] of Object.entries(arrays)) this.session.store.write(prefix + name, values);
  }

  private async block(): Promise<void> {
    const { store, table } = this.session;
    const { rows, eos } = this.request;
    const under = this.placed.map((at) => (at === null || at.ended ? null : { ...at, of: rows[at.row]! }));
    // The first id of a row that joined just now is drawn already; what began counts from it.
    const drawn = under.map((at) => (at === null ? 0 : at.count + (at.fresh ? 1 : 0)));
    store.clear(`${STREAMING}step`);
    store.write(
      `${STREAMING}sampling`,
      samplingParams(under.map((at, c) => (at === null ? AT_REST : { ...at.of.sampling, began: -drawn[c]! }))),
    );
    writeRanks(
      this.session.store,
      this.context,
      under.map((at) => at?.of.adapter),
    );
    const left = under.map((at, c) => (at === null ? 1 : Math.max(1, at.of.max_new_tokens - drawn[c]!)));
    store.write(`${STREAMING}stops`, stopParams(eos, left));
    const due = this.secondsAStep === null ? 1 : Math.round(BLOCK_SECONDS / this.secondsAStep);
    const steps = Math.max(1, Math.min(BLOCK, due, Math.max(...left)));
    const joined = under.some((at) => at?.fresh);
    const began = performance.now();
    for (let i = 0; i < steps; i++) {
      if (table) await writeIds(this.session, STREAMING, new Uint32Array(await store.read(`${STREAMING}ids`)));
      this.programs.decode.run();
    }
    const history = new Uint32Array(await store.read(`${STREAMING}history`));
    // A block that waits for prompts says nothing of a step.
    if (!joined || this.secondsAStep === null) this.secondsAStep = Math.max(1e-5, (performance.now() - began) / 1000 / steps);
    for (const [c, at] of this.placed.entries()) if (at !== null && !at.ended) this.deliver(at, c, history, steps);
  }

  private deliver(at: Placed, c: number, history: Uint32Array, steps: number): void {
    const { rows, eos, onIds, onEnd } = this.request;
    const ids: number[] = [];
    let end: 'eos' | 'length' | null = null;
    const lines = [...(at.fresh ? [FIRSTS] : []), ...Array.from({ length: steps }, (_, s) => s)];
    for (const line of lines) {
      const id = history[line * this.shape.rows + c]!;
      if (end !== null || id === NO_ID) break;
      ids.push(id);
      at.count++;
      if (eos.includes(id)) end = 'eos';
      else if (at.count === rows[at.row]!.max_new_tokens) end = 'length';
    }
    at.fresh = false;
    if (ids.length > 0) end = endOf(onIds(at.row, ids), ids.length, end);
    if (end === null) return;
    at.ended = true;
    onEnd(at.row, end);
  }
}
