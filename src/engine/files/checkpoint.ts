/**
 * Checkpoints of a run, from which it resumes bit for bit: adapter, both moments of AdamW, and where the run stands.
 * A run keeps generations. One generation is a safetensors file and a small record that names the file's size and SHA-256 and carries its own
 * hash. The file is written, flushed, read back and hashed before the record is written; a crash at any point leaves the older generation
 * whole, and a torn file or record is recognised by its hash and passed over. The last two generations are kept.
 */
import { MotherTongueError } from '../../lib/errors.ts';
import type { RunRecord } from '../../protocol/training.ts';
import type { AdapterTensors } from './adapter-plan.ts';
import type { ByteStore } from './byte-store.ts';
import { sha256 } from './hash.ts';
import { openCheckpoint } from './safetensors-read.ts';
import { f32Tensor, type TensorData, writeSafetensors } from './safetensors-write.ts';
import { type Bytes, bytesDirectory } from './source.ts';

export interface RunState {
  run: RunRecord;
  /** Optimizer steps done, which is also the position in the schedule. */
  step: number;
  /** Order of the data: epochs finished and micro-batches taken in the current one; the order itself follows from the seed. */
  epoch: number;
  batch: number;
  num_tokens: number;
  hashes: { model: string; dataset: string };
}

export interface RunCheckpoint {
  state: RunState;
  /** By PEFT key, in the engine's layout, like the moments. */
  adapter: AdapterTensors;
  m: AdapterTensors;
  v: AdapterTensors;
}

const KEPT = 2;
const GROUPS = ['adapter', 'm', 'v'] as const;

interface GenerationRecord {
  format: 1;
  bytes: number;
  sha256: string;
  state: RunState;
}

export async function saveCheckpoint(store: ByteStore, checkpoint: RunCheckpoint): Promise<void> {
  const run = checkpoint.state.run.id;
  const existing = await generationsOf(store, run);
  const names = generationNames(run, (existing[0] ?? 0) + 1);
  const data = writeSafetensors(new Map(GROUPS.flatMap((group) => tensorsOf(group, checkpoint[group]))), {});
  const hash = await sha256(data);
  await store.put(names.data, data);
  const stored = await store.get(names.data);
  if (stored === null || (await sha256(stored)) !== hash) {
    throw new MotherTongueError(
      'FileError',
      `The checkpoint of run ${run} could not be stored whole; free some disk space and save again.`,
    );
  }
  const record: GenerationRecord = { format: 1, bytes: data.byteLength, sha256: hash, state: checkpoint.state };
  await store.put(names.record, await seal(record));
  await deleteOld(store, run, existing);
}

/** Keeps the newest generation with a whole record beside the one just saved; what a crash left half-written is not worth keeping, however new. */
async function deleteOld(store: ByteStore, run: string, existing: readonly number[]): Promise<void> {
  let kept = 1;
  for (const generation of existing) {
    const whole = kept < KEPT && (await unseal(await store.get(generationNames(run, generation).record))) !== null;
    if (whole) kept++;
    else await deleteGeneration(store, run, generation);
  }
}

/** The newest whole generation, or null when there is none. */
export async function loadCheckpoint(store: ByteStore, run: string): Promise<RunCheckpoint | null> {
  for (const generation of await generationsOf(store, run)) {
    const names = generationNames(run, generation);
    const record = await unseal(await store.get(names.record));
    const data = record && (await store.get(names.data));
    if (!record || data?.byteLength !== record.bytes || (await sha256(data)) !== record.sha256) continue;
    return { state: record.state, ...(await readGroups(data)) };
  }
  return null;
}

/** Run ids with at least one generation, whole or not. */
export async function listCheckpoints(store: ByteStore): Promise<string[]> {
  const runs = (await store.list()).map((name) => NAME.exec(name)?.[1]).filter((run) => run !== undefined);
  return [...new Set(runs)].sort();
}

export async function deleteCheckpoint(store: ByteStore, run: string): Promise<void> {
  for (const generation of await generationsOf(store, run)) await deleteGeneration(store, run, generation);
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

const NAME = /^([A-Za-z0-9_-]+)\.(\d+)\.(safetensors|json)$/;

function generationNames(run: string, generation: number): { data: string; record: string } {
  const names = { data: `${run}.${generation}.safetensors`, record: `${run}.${generation}.json` };
  if (!NAME.test(names.data)) throw new RangeError(`Run id ${run} must be letters, digits, - and _.`);
  return names;
}

/** Newest first, whole or not. */
async function generationsOf(store: ByteStore, run: string): Promise<number[]> {
  const numbers = new Set<number>();
  for (const name of await store.list()) {
    const [, owner, generation] = NAME.exec(name) ?? [];
    if (owner === run) numbers.add(Number(generation));
  }
  return [...numbers].sort((a, b) => b - a);
}

/** Record before data, so that no record ever points to nothing. */
async function deleteGeneration(store: ByteStore, run: string, generation: number): Promise<void> {
  const names = generationNames(run, generation);
  await store.delete(names.record);
  await store.delete(names.data);
}

function tensorsOf(group: string, tensors: AdapterTensors): [string, TensorData][] {
  return [...tensors].map(([key, values]) => [`${group}/${key}`, f32Tensor(values, values.length)]);
}

async function readGroups(data: Bytes): Promise<Pick<RunCheckpoint, (typeof GROUPS)[number]>> {
  const checkpoint = await openCheckpoint(bytesDirectory('checkpoint', new Map([['model.safetensors', data]])));
  const groups = { adapter: new Map(), m: new Map(), v: new Map() } satisfies Record<string, AdapterTensors>;
  for (const name of checkpoint.tensors.keys()) {
    const group = GROUPS.find((candidate) => name.startsWith(`${candidate}/`))!;
    groups[group].set(name.slice(group.length + 1), (await checkpoint.readFloats(name)).slice());
  }
  return groups;
}

/** First line: SHA-256 of the rest. */
async function seal(record: GenerationRecord): Promise<Bytes> {
  const body = JSON.stringify(record);
  return new TextEncoder().encode(`${await sha256(body)}\n${body}`);
}

async function unseal(bytes: Bytes | null): Promise<GenerationRecord | null> {
  const [hash, body] = bytes ? splitOnce(new TextDecoder().decode(bytes)) : [];
  if (body === undefined || (await sha256(body)) !== hash) return null;
  const record = JSON.parse(body) as GenerationRecord; // our own writing, as the hash shows
  return record.format === 1 ? record : null;
}

function splitOnce(text: string): [string, string?] {
  const end = text.indexOf('\n');
  return end < 0 ? [text] : [text.slice(0, end), text.slice(end + 1)];
}
