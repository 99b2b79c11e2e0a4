/**
 * Checkpoints of a run, from which it resumes bit for bit: adapter, its running average where one teaches, both moments of AdamW, and the position of the run. How they survive a crash is
 * in snapshots.ts. Tensors are written from where they lie and read into one buffer, so a save needs no second copy of them.
 */
import { MotherTongueError } from '../../lib/errors.ts';
import { currentRun } from '../../protocol/saved.ts';
import type { RunRecord } from '../../protocol/training.ts';
import type { AdapterTensors } from './adapter-plan.ts';
import type { ByteStore } from './byte-store.ts';
import { openCheckpoint } from './safetensors-read.ts';
import { f32Tensor, safetensorsParts, type TensorData } from './safetensors-write.ts';
import { deleteSnapshots, listSnapshots, loadSnapshot, peekSnapshot, type SnapshotKey, saveSnapshot } from './snapshots.ts';
import { type Bytes, bytesDirectory } from './source.ts';

/**
 * Where a run stands. Learning rate and schedule follow from the settings and `step`; so do the bias corrections of AdamW. Nothing is drawn at
 * random during a run but the order of rows, which follows from `seed`; `data_order` proves that it is the same one.
 */
export interface RunState {
  run: RunRecord;
  /** Optimizer steps done. */
  step: number;
  /** SHA-256 of the method's fingerprint: for SFT which rows each micro-batch takes, and how long they are. */
  data_order: string;
  hashes: { model: string; dataset: string };
}

export interface RunCheckpoint {
  state: RunState;
  /** By PEFT key, in the engine's layout, like the moments. */
  adapter: AdapterTensors;
  m: AdapterTensors;
  v: AdapterTensors;
  /** Of a method that learns from a running average of its adapter. */
  average?: AdapterTensors;
  /** The adapter of the run's best evaluation so far, where it looks for one. */
  best?: AdapterTensors;
}

const GROUPS = ['adapter', 'm', 'v', 'average', 'best'] as const;

function keyOf(run: string): SnapshotKey {
  return { id: run, kind: 'safetensors' };
}

export async function saveCheckpoint(store: ByteStore, checkpoint: RunCheckpoint): Promise<void> {
  const tensors = new Map(GROUPS.flatMap((group) => tensorsOf(group, checkpoint[group] ?? new Map())));
  await saveSnapshot(store, keyOf(checkpoint.state.run.id), safetensorsParts(tensors, {}), checkpoint.state);
}

/** The newest whole checkpoint of a run, or null when there is none. */
export async function loadCheckpoint(store: ByteStore, run: string): Promise<RunCheckpoint | null> {
  const found = await loadSnapshot<RunState>(store, keyOf(run));
  return found && { state: currentState(found.state), ...(await readGroups(found.data)) };
}

/** Where the newest checkpoint of a run stands, without reading its tensors. */
export async function peekCheckpoint(store: ByteStore, run: string): Promise<RunState | null> {
  const state = await peekSnapshot<RunState>(store, keyOf(run));
  return state && currentState(state);
}

function currentState(state: RunState): RunState {
  return { ...state, run: currentRun(state.run) };
}

/** Run ids with at least one snapshot, complete or not. */
export function listCheckpoints(store: ByteStore): Promise<string[]> {
  return listSnapshots(store, 'safetensors');
}

export function deleteCheckpoint(store: ByteStore, run: string): Promise<void> {
  return deleteSnapshots(store, keyOf(run));
}

/** A run goes on only with the model and the data it began with. */
export function checkResumable(state: RunState, hashes: RunState['hashes']): void {
  const { run } = state;
  if (state.hashes.model !== hashes.model) {
    throw new MotherTongueError(
      'StateError',
      `Run ${run.id} was trained on ${run.model}, and another model is loaded; load ${run.model} to resume it.`,
    );
  }
  if (state.hashes.dataset !== hashes.dataset) {
    throw new MotherTongueError(
      'StateError',
      `Run ${run.id} was trained on ${run.dataset}, and the data are different now; load the same file to resume it.`,
    );
  }
}

function tensorsOf(group: string, tensors: AdapterTensors): [string, TensorData][] {
  return [...tensors].map(([key, values]) => [`${group}/${key}`, f32Tensor(values, values.length)]);
}

/** Views of `data`. */
async function readGroups(data: Bytes): Promise<Omit<RunCheckpoint, 'state'>> {
  const checkpoint = await openCheckpoint(bytesDirectory('checkpoint', new Map([['model.safetensors', data]])));
  const groups = { adapter: new Map(), m: new Map(), v: new Map(), average: new Map(), best: new Map() } satisfies Record<
    string,
    AdapterTensors
  >;
  for (const name of checkpoint.tensors.keys()) {
    const group = GROUPS.find((candidate) => name.startsWith(`${candidate}/`))!;
    groups[group].set(name.slice(group.length + 1), await checkpoint.readFloats(name));
  }
  const { average, best, ...resumed } = groups;
  return { ...resumed, ...(average.size > 0 && { average }), ...(best.size > 0 && { best }) };
}

/** A run as it was after `step` steps. */
export function recordUntil(run: RunRecord, step: number): RunRecord {
  const until = <X extends { step: number }>(list: readonly X[]): X[] => list.filter((entry) => entry.step <= step);
  return {
    ...run,
    metrics: until(run.metrics),
    evals: until(run.evals),
    samples: until(run.samples),
    ...(run.saves && { saves: run.saves.filter((at) => at <= step) }),
  };
}
