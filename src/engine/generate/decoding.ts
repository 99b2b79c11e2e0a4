/**
 * One batch from its prompts to the ends of its rows. A column of the batch holds a row; the history is read one burst late, so that the GPU never
 * waits for the host. Where the embedding table is not on the GPU, the host looks up the rows of the next ids, so that every token waits for the one
 * before. With `block`, rows that have ended leave the batch: looked at every `block` ids and never between, so that the way a batch shrinks, and
 * with it every rounding, follows from its ids alone.
 */
import type { Program } from '../graph/program.ts';
import { type Session, writeIds } from '../models/session.ts';
import { NO_ID, stopParams } from '../ops/advance.ts';
import { type RowSampling, samplingParams } from '../ops/sample.ts';
import type { GenerationRequest, RowEnd } from './generator.ts';
import { type GenerationContext, writeRanks } from './programs.ts';

const BURST_SECONDS = 0.06;
/** A column without a row. */
const RESTS = -1;
const AT_REST: RowSampling = { temperature: 0, top_k: 0, top_p: 1, min_p: 0, seed: 0, salt: 0 };

export class Decoding {
  /** The row of the request in each column. */
  private columns: readonly number[];
  private readonly ends: (RowEnd | null)[];
  private readonly counts: number[];
  /** By column, the ids that the next step begins with; only where the host looks them up. */
  private last: Uint32Array = new Uint32Array();
  private submitted = 1; // the prefill drew the first ids
  private delivered = 0;

  /** `programs`: decoding by the number of columns, those of the whole batch among them. */
  constructor(
    private readonly session: Session,
    private readonly context: GenerationContext,
    private readonly request: GenerationRequest,
    private readonly programs: ReadonlyMap<number, Program>,
  ) {
    const { rows } = request;
    this.columns = Array.from({ length: context.shape.rows }, (_, c) => (c < rows.length ? c : RESTS));
    this.ends = rows.map(() => null);
    this.counts = rows.map(() => 0);
  }

  /** Prompts and state for the prefill; each different prompt of an adapter stands in the stream once. `padded`: tokens of the stream. */
  async writePrompts(padded: number): Promise<void> {
    const { store } = this.session;
    const { shape, prefix } = this.context;
    const ids = new Uint32Array(padded);
    const arrays = {
      positions: new Uint32Array(padded),
      doc_start: new Uint32Array(padded),
      doc_end: new Uint32Array(padded),
      line: new Uint32Array(padded).fill(NO_ID),
    };
    const placed = new Map<string, number>();
    const adapters = new Array<number | undefined>(padded).fill(undefined);
    const last = new Uint32Array(shape.rows);
    const places = new Uint32Array(4 * shape.rows);
    let at = 0;
    for (const [r, { prompt, adapter }] of this.request.rows.entries()) {
      const key = shape.shared > 0 ? `${adapter ?? ''}:${prompt.join()}` : `${r}`;
      let start = placed.get(key);
      if (start === undefined) {
        start = at;
        placed.set(key, start);
        at += prompt.length;
        ids.set(prompt, start);
        adapters.fill(adapter, start, at);
        arrays.doc_start.fill(start, start, at);
        arrays.doc_end.fill(at, start, at);
        for (let i = 0; i < prompt.length; i++) {
          arrays.positions[start + i] = i;
          arrays.line[start + i] = shape.shared > 0 ? start + i : r * shape.capacity + i;
        }
      }
      last[r] = start + prompt.length - 1;
      const own = shape.shared > 0 ? [start, prompt.length, shape.shared + r * shape.steps] : [0, 0, r * shape.capacity];
      places.set([prompt.length, ...own], 4 * r);
    }
    for (; at < padded; at++) {
      arrays.doc_start[at] = at;
      arrays.doc_end[at] = at + 1;
    }
    await writeIds(this.session, `${prefix}${padded}.`, ids);
    for (const [name, values] of Object.entries(arrays)) store.write(`${prefix}${padded}.${name}`, values);
    writeRanks(this.session.store, this.context, adapters, `${padded}.`);
    store.write(`${prefix}last`, last);
    for (const name of ['ids', 'step', 'history']) store.clear(prefix + name);
    const positions = this.columns.map((row) => (row === RESTS ? 0 : this.request.rows[row]!.prompt.length - 1));
    this.writeColumns({ positions: Uint32Array.from(positions), places });
  }

  /** Until every row has ended, the prefill being under way. */
  async run(): Promise<RowEnd[]> {
    const { rows, signal, block = Number.POSITIVE_INFINITY } = this.request;
    const { table } = this.session;
    const longest = Math.max(...rows.map((r) => r.max_new_tokens));
    const started = performance.now();
    let burst = 1;
    let edge = block;
    while (this.ends.includes(null) && this.delivered < longest) {
      if (signal?.aborted) return this.ends.map((end) => end ?? 'cancelled');
      const [from, to] = [this.delivered, this.submitted];
      const began = performance.now();
      const reading = this.history(from, to);
      const until = Math.min(longest, edge);
      if (!table) for (let i = 0; i < burst && this.submitted < until; i++) this.step();
      const ids = await reading;
      if (to > from) this.last = ids.subarray((to - from - 1) * this.columns.length);
      if (table && this.submitted < until) {
        await this.lookUp();
        this.step();
      }
      this.deliver(ids, to - from, (performance.now() - started) / 1000);
      const elapsed = (performance.now() - began) / 1000;
      if (to > from) burst = Math.min(32, Math.max(1, Math.round((BURST_SECONDS * (to - from)) / Math.max(elapsed, 1e-4))));
      if (this.delivered === edge && edge < longest) {
        await this.shrink();
        edge += block;
      }
    }
    return this.ends.map((end) => end ?? 'length');
  }

  private step(): void {
    this.programs.get(this.columns.length)!.run();
    this.submitted++;
  }

  private async lookUp(): Promise<void> {
    const pad = this.session.config.pad_token_id ?? 0;
    const next = this.last.map((id) => (id === NO_ID ? pad : id));
    await writeIds(this.session, this.context.prefix, next);
  }

  /** Hands `count` ids of every column on. */
  private deliver(ids: Uint32Array, count: number, seconds: number): void {
    const { rows, eos, onIds } = this.request;
    for (const [c, r] of this.columns.entries()) {
      if (r === RESTS) continue;
      const fresh: number[] = [];
      for (let i = 0; i < count && this.ends[r] === null; i++) {
        const id = ids[i * this.columns.length + c]!;
        if (id === NO_ID) break;
        fresh.push(id);
        this.counts[r]!++;
        if (eos.includes(id)) this.ends[r] = 'eos';
        else if (this.counts[r] === rows[r]!.max_new_tokens) this.ends[r] = 'length';
      }
      if (fresh.length > 0) this.ends[r] = endOf(onIds(r, fresh, seconds), fresh.length, this.ends[r]!);
    }
    this.delivered += count;
  }

  /** Where a program for fewer columns holds the rows that are left, they move together into its columns; caches stay where they are. */
  private async shrink(): Promise<void> {
    const left = this.columns.flatMap((r, c) => (r !== RESTS && this.ends[r] === null ? [c] : []));
    const size = Math.min(...[...this.programs.keys()].filter((columns) => columns >= left.length));
    if (left.length === 0 || size >= this.columns.length) return;
    const { store } = this.session;
    const { prefix } = this.context;
    const stand = async (name: string): Promise<Uint32Array> => new Uint32Array(await store.read(prefix + name));
    const [ids, positions, places] = await Promise.all([stand('ids'), stand('positions'), stand('places')]);
    const gathered = (values: Uint32Array, width = 1): Uint32Array => {
      const out = new Uint32Array(size * width);
      for (const [c, from] of left.entries()) out.set(values.subarray(from * width, (from + 1) * width), c * width);
      return out;
    };
    this.columns = Array.from({ length: size }, (_, c) => (c < left.length ? this.columns[left[c]!]! : RESTS));
    this.last = gathered(this.last);
    store.write(`${prefix}ids`, gathered(ids));
    this.writeColumns({ positions: gathered(positions), places: gathered(places, 4) });
  }

  /** What is the same at the start and whenever columns move. */
  private writeColumns({ positions, places }: { positions: Uint32Array; places: Uint32Array }): void {
    const { store } = this.session;
    const { prefix } = this.context;
    const rows = this.columns.map((r) => (r === RESTS ? null : this.request.rows[r]!));
    writeRanks(
      this.session.store,
      this.context,
      rows.map((row) => row?.adapter),
    );
    store.write(`${prefix}positions`, positions);
    store.write(`${prefix}places`, places);
    store.write(`${prefix}sampling`, samplingParams(rows.map((row) => row?.sampling ?? AT_REST)));
    const limits = rows.map((row) => row?.max_new_tokens ?? 1);
    store.write(`${prefix}stops`, stopParams(this.request.eos, limits));
    store.write(
      `${prefix}done`,
      Uint32Array.from(rows, (row) => (row ? 0 : 1)),
    );
  }

  private async history(from: number, to: number): Promise<Uint32Array> {
    if (to === from) return new Uint32Array();
    const { store } = this.session;
    const { buffer, offset } = store.get(`${this.context.prefix}history`);
    const columns = this.columns.length;
    return new Uint32Array(await store.gpu.read(buffer, offset + from * columns * 4, (to - from) * columns * 4));
  }
}

/** How a row has ended whose reader `takes` so many of its `fresh` new ids as the last ones; `end`: by those ids alone. */
export function endOf<End extends RowEnd | null>(takes: number | false | undefined, fresh: number, end: End): End | 'eos' {
  if (typeof takes !== 'number') return end;
  return takes < fresh ? 'eos' : (end ?? 'eos');
}
