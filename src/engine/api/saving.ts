/**
 * What of a run survives, and how often it is saved.
 *
 * A lost GPU takes the adapter and the moments with it, but not this memory; a closed tab takes both, but not the files. So after every step the
 * three arenas are copied to this memory, and from there a checkpoint is written. Each is done after every step as long as it costs little:
 * copying at most a tenth of the time or 50 ms a step, writing at most 3 % of the time; where steps are shorter than that allows, every few steps. Costs are measured as the
 * run goes, the smallest of the last four, so that a hiccup of the disk does not count.
 */
import { MotherTongueError } from '../../lib/errors.ts';
import type { RunRecord } from '../../protocol/training.ts';
import { type AdapterLayout, ARENAS, downloadAdapter } from '../adapters/lora.ts';
import type { AdapterTensors } from '../files/adapter-plan.ts';
import { SHELF_LIMITS } from '../files/adapter-shelf.ts';
import {
  deleteCheckpoint,
  listCheckpoints,
  loadCheckpoint,
  peekCheckpoint,
  type RunCheckpoint,
  type RunState,
  recordUntil,
  saveCheckpoint,
} from '../files/checkpoint.ts';
import { sha256OfText } from '../files/hash.ts';
import type { PreparedRun } from '../train/run.ts';
import type { EngineState } from './engine-state.ts';
import { isKeptRun } from './kept-adapters.ts';
import { isTrainingElsewhere } from './training-lock.ts';

const COPY_SHARE = 0.1;
/** Milliseconds that nobody grudges a step: with a small adapter a lost GPU never costs more than the step in flight. */
const COPY_CHEAP = 50;
const WRITE_SHARE = 0.03;
/** Times that something is done whatever it costs, to learn what it costs. */
const LEARNING = 3;

/** Whether something that costs time is due, by the smallest cost of the last four times. */
class Cadence {
  private costs: number[] = [];
  private ended = Number.NEGATIVE_INFINITY;
  /** `cheap`: milliseconds that are always spent. */
  constructor(
    private readonly ratio: number,
    private readonly cheap = 0,
  ) {}

  get due(): boolean {
    const cost = Math.min(...this.costs);
    return this.costs.length < LEARNING || cost <= this.cheap || performance.now() - this.ended >= cost / this.ratio;
  }

  async measure<X>(work: () => Promise<X>): Promise<X> {
    const began = performance.now();
    try {
      return await work();
    } finally {
      this.ended = performance.now();
      this.costs = [this.ended - began, ...this.costs].slice(0, 4);
    }
  }
}

export class RunSaver {
  private readonly copying = new Cadence(COPY_SHARE, COPY_CHEAP);
  private readonly writing = new Cadence(WRITE_SHARE);
  constructor(
    private readonly engine: EngineState,
    private readonly record: RunRecord,
    private readonly layout: AdapterLayout,
    private readonly data_order: string,
    /** Whether the run could go on from here; absent: always. */
    private readonly resumable: (step: number) => boolean = () => true,
    /** The adapter of the best evaluation so far. */
    private readonly best: () => AdapterTensors | null = () => null,
  ) {}

  /** After `step` steps, with the lock held. `must`: whatever it costs. A run does not end because it cannot be saved; the page shows why. */
  async after(step: number, must = false): Promise<void> {
    if (!this.resumable(step)) return; // the save before is where it would go on
    const write = must || this.writing.due;
    if (!write && !this.copying.due) return;
    try {
      await this.copying.measure(() => this.copy(step));
      if (!write) return;
      await this.writing.measure(() => saveCheckpoint(this.engine.files, this.engine.snapshot!));
      this.record.saves = [...(this.record.saves ?? []), step];
      this.engine.emit({ type: 'saved', step });
    } catch (error) {
      if (this.engine.lost) throw error;
      const problem = error instanceof Error ? error.message : String(error);
      this.engine.emit({ type: 'saved', step: this.engine.snapshot?.state.step ?? step, problem });
    }
  }

  private async copy(step: number): Promise<void> {
    const { session, hash } = this.engine.needModel();
    const tensors = (arena: string) => downloadAdapter(session.store, this.layout, arena);
    const [adapter, m, v] = [await tensors(ARENAS.parameters), await tensors(ARENAS.m), await tensors(ARENAS.v)];
    const hashes = { model: hash, dataset: this.engine.needData().hash };
    const average = session.store.has(ARENAS.average) ? await tensors(ARENAS.average) : null;
    const best = this.best();
    this.engine.snapshot = {
      state: { run: this.record, step, data_order: this.data_order, hashes },
      adapter,
      m,
      v,
      ...(average && { average }),
      ...(best && { best }),
    };
  }
}

/** What a checkpoint keeps of the method's fingerprint. */
export function hashOrder({ method }: Pick<PreparedRun, 'method'>): Promise<string> {
  return sha256OfText(method.fingerprint);
}

/** The record as it was after `step` steps: the run may have gone on before it broke off. */
export function recordAt({ run, step }: Pick<RunState, 'run' | 'step'>): RunRecord {
  const { message: _message, ...rest } = recordUntil(run, step);
  return rest;
}

/** After a model was loaded: its interrupted run, if there is one, from this memory or from the files. */
export async function offerInterrupted(engine: EngineState): Promise<void> {
  const state = await findInterrupted(engine);
  engine.resumable = state?.run.id ?? null;
  if (!state) return;
  const where = `This run was interrupted; it can be resumed after step ${state.step}.`;
  const elsewhere = await isTrainingElsewhere(engine);
  const message = elsewhere ? 'This run is under way in another tab.' : where;
  engine.emit({ type: 'run', run: { ...recordAt(state), phase: 'paused', message } });
}

/** The copy in this memory is put away where the run went on in another tab, or ended there. */
async function forgetOldCopy(engine: EngineState): Promise<void> {
  const copy = engine.snapshot?.state;
  if (!copy || copy.hashes.model !== engine.model?.hash) return;
  const inFiles = await peekCheckpoint(engine.files, copy.run.id);
  if ((inFiles && inFiles.step > copy.step) || (await isKeptRun(engine, copy.run.id))) engine.snapshot = null;
}

async function findInterrupted(engine: EngineState): Promise<RunState | null> {
  await forgetOldCopy(engine);
  const { files, snapshot, model } = engine;
  if (snapshot && snapshot.state.hashes.model === model?.hash) return snapshot.state;
  let newest: RunState | null = null;
  const over = await runsLeft(engine);
  for (const id of await listCheckpoints(files)) {
    if (over.has(id)) continue;
    const state = await peekCheckpoint(files, id);
    if (state && state.hashes.model === model?.hash) newest = state; // ids are times, in order
  }
  return newest;
}

/** Runs that were stopped, given up for another, or deleted: if at all, they are resumed from the library. */
async function runsLeft({ library }: EngineState): Promise<Set<string>> {
  const stopped = (await library.list()).flatMap(({ id, head }) => (head?.phase === 'stopped' ? [id] : []));
  return new Set([...stopped, ...(await library.deleted())]);
}

/** Where a run that broke off would go on; null where nothing of it is left. */
export async function interruptedState({ files, snapshot }: EngineState, run: string): Promise<RunState | null> {
  return snapshot?.state.run.id === run ? snapshot.state : peekCheckpoint(files, run);
}

/** The interrupted run that `resumable` names, whole; null when there is none. */
export async function loadInterrupted(engine: EngineState): Promise<RunCheckpoint | null> {
  await forgetOldCopy(engine);
  const { files, snapshot, resumable } = engine;
  if (resumable === null) return null;
  return snapshot?.state.run.id === resumable ? snapshot : loadCheckpoint(files, resumable);
}

/** What is interrupted in this memory goes to the files, where another run takes its place. */
export async function saveInterrupted(engine: EngineState, next: string): Promise<void> {
  const { snapshot } = engine;
  if (!snapshot || snapshot.state.run.id === next) return;
  await saveCheckpoint(engine.files, snapshot).catch(() => undefined);
  engine.snapshot = null;
}

/** States that stopped runs resume from, at most, and fewer where what is kept takes more than its limit; the oldest go first. */
const MAX_LEFT = 10;

/** A run that ended before its last step: it can be resumed from the library. */
export async function leaveRun(engine: EngineState, run: string): Promise<void> {
  const { snapshot, files } = engine;
  if (snapshot?.state.run.id === run) {
    const inFiles = await peekCheckpoint(files, run);
    if ((inFiles?.step ?? 0) < snapshot.state.step) await saveCheckpoint(files, snapshot).catch(() => undefined); // a full disk keeps its adapter alone
    engine.snapshot = null;
  }
  if (engine.resumable === run) engine.resumable = null;
  const over = await runsLeft(engine);
  const left = (await listCheckpoints(files)).filter((id) => over.has(id) && id !== run);
  const sizes = [...(await engine.sizes.read())];
  let used = sizes.reduce((sum, [, bytes]) => sum + bytes, 0);
  for (const [at, id] of left.entries()) {
    if (left.length - at < MAX_LEFT && used <= SHELF_LIMITS.bytes) break;
    await deleteCheckpoint(files, id);
    used -= sizes.reduce((sum, [name, bytes]) => (name.startsWith(`${id}.`) ? sum + bytes : sum), 0);
  }
}

/** A run that is over, or of which nothing is left to resume. */
export async function forgetRun(engine: EngineState, run: string): Promise<void> {
  if (engine.snapshot?.state.run.id === run) engine.snapshot = null;
  if (engine.resumable === run) engine.resumable = null;
  await deleteCheckpoint(engine.files, run);
}

/** Another order would train other rows than the ones that are left. */
export function checkOrder(state: RunState, data_order: string): void {
  if (state.data_order === data_order) return;
  throw new MotherTongueError(
    'StateError',
    `Run ${state.run.id} trained its rows in another order than this version of the page would; stop it to keep its adapter, then start a new run.`,
  );
}
