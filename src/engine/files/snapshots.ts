/**
 * Things that are saved again and again and must never be lost by a crash: run checkpoints, kept adapters and runs.
 * One snapshot is a data file and a small record, which names the data's size and the SHA-256 of its pieces and carries its own hash. The
 * data are written, flushed, read back and hashed before the record is written; a crash at any point leaves the older snapshot whole, and a
 * torn file or record is recognised by its hashes and passed over. The last two snapshots are kept. Data of any size pass through one piece
 * of memory, both ways.
 */
import { MotherTongueError } from '../../lib/errors.ts';
import type { ByteStore } from './byte-store.ts';
import { sha256 } from './hash.ts';
import type { Bytes } from './source.ts';

const KEPT = 2;
export const PIECE_BYTES = 8 * 2 ** 20;

/** What the data are, and the ending of their file's name. */
export type SnapshotKind = 'safetensors' | 'zip' | 'run';

export interface SnapshotKey {
  /** Letters, digits, `-` and `_`. */
  readonly id: string;
  readonly kind: SnapshotKind;
}

/** Bytes in any cutting. */
export interface SnapshotData {
  readonly bytes: number;
  readonly parts: Iterable<Bytes>;
}

interface SnapshotRecord<State> {
  format: 2;
  bytes: number;
  /** SHA-256 of every PIECE_BYTES of the data. */
  sha256: string[];
  state: State;
}

/** Writes a new snapshot; on failure what was there before is as it was, and nothing new stays behind. */
export async function saveSnapshot<State>(store: ByteStore, key: SnapshotKey, data: SnapshotData, state: State): Promise<void> {
  const existing = await numbersOf(store, key);
  const number = (existing[0] ?? 0) + 1;
  const names = fileNames(key, number);
  const record: SnapshotRecord<State> = { format: 2, bytes: data.bytes, sha256: [], state };
  try {
    await store.put(names.data, { bytes: data.bytes, pieces: hashed(data, record.sha256) });
    if (!(await matches(store, names.data, record))) {
      throw new MotherTongueError('FileError', `${names.data} could not be stored whole; free some disk space and save again.`);
    }
    await store.put(names.record, await seal(record));
  } catch (error) {
    await deleteSnapshot(store, key, number).catch(() => undefined); // the first failure is the one to report
    throw error;
  }
  await deleteOld(store, key, existing);
}

/** The newest whole snapshot, its bytes checked; null when there is none. */
export async function loadSnapshot<State>(store: ByteStore, key: SnapshotKey): Promise<{ state: State; data: Bytes } | null> {
  for (const number of await numbersOf(store, key)) {
    const names = fileNames(key, number);
    const record = await unseal<State>(await store.get(names.record));
    if (!record) continue;
    const data = new Uint8Array(record.bytes);
    if (await matches(store, names.data, record, data)) return { state: record.state, data };
  }
  return null;
}

/** The state of the newest snapshot that has a whole record; its data are not looked at. */
export async function peekSnapshot<State>(store: ByteStore, key: SnapshotKey): Promise<State | null> {
  for (const number of await numbersOf(store, key)) {
    const record = await unseal<State>(await store.get(fileNames(key, number).record));
    if (record) return record.state;
  }
  return null;
}

/** A thing as its newest whole record describes it; `state` is null where none is whole. */
export interface Peeked<State> {
  state: State | null;
  /** Of the data and of the record. */
  bytes: number;
}

const PEEKED_AT_ONCE = 32;

/**
 * The states of all things of a kind whose ids match, from one listing. `known` holds what was read before, by the record's file, which never
 * changes: only new ones are read.
 */
export async function peekSnapshots<State>(
  store: ByteStore,
  kind: SnapshotKind,
  ids: RegExp,
  known = new Map<string, Peeked<State>>(),
): Promise<Map<string, Peeked<State>>> {
  const numbers = new Map<string, number[]>();
  for (const name of await store.list()) {
    const [, id, number, of] = NAME.exec(name) ?? [];
    if (id && of === kind && ids.test(id)) numbers.set(id, [...(numbers.get(id) ?? []), Number(number)]);
  }
  const found = new Map<string, Peeked<State>>();
  const peek = async ([id, own]: [string, number[]]): Promise<void> => {
    let peeked: Peeked<State> = { state: null, bytes: 0 };
    for (const number of [...new Set(own)].sort((a, b) => b - a)) {
      const name = fileNames({ id, kind }, number).record;
      peeked = known.get(name) ?? (await readPeeked<State>(store, name));
      if (!peeked.state) continue;
      known.set(name, peeked);
      break;
    }
    found.set(id, peeked);
  };
  const all = [...numbers];
  for (let at = 0; at < all.length; at += PEEKED_AT_ONCE) await Promise.all(all.slice(at, at + PEEKED_AT_ONCE).map(peek));
  return found;
}

async function readPeeked<State>(store: ByteStore, name: string): Promise<Peeked<State>> {
  const bytes = await store.get(name);
  const record = await unseal<State>(bytes);
  return record ? { state: record.state, bytes: record.bytes + bytes!.byteLength } : { state: null, bytes: 0 };
}

/** Ids with at least one snapshot of that kind, complete or not. */
export async function listSnapshots(store: ByteStore, kind: SnapshotKind): Promise<string[]> {
  const found = (await store.list()).map((name) => NAME.exec(name));
  return [...new Set(found.filter((match) => match?.[3] === kind).map((match) => match![1]!))].sort();
}

export async function deleteSnapshots(store: ByteStore, key: SnapshotKey): Promise<void> {
  for (const number of await numbersOf(store, key)) await deleteSnapshot(store, key, number);
}

/** Keeps the newest snapshot with a whole record beside the one just saved; what a crash left half-written is not worth keeping, however new. */
async function deleteOld(store: ByteStore, key: SnapshotKey, existing: readonly number[]): Promise<void> {
  let kept = 1;
  for (const number of existing) {
    const whole = kept < KEPT && (await unseal(await store.get(fileNames(key, number).record))) !== null;
    if (whole) kept++;
    else await deleteSnapshot(store, key, number);
  }
}

const NAME = /^([A-Za-z0-9_-]+)\.(\d+)\.(safetensors|zip|run)(\.json)?$/;

function fileNames({ id, kind }: SnapshotKey, number: number): { data: string; record: string } {
  const data = `${id}.${number}.${kind}`;
  if (!NAME.test(data)) throw new RangeError(`The id ${id} must be letters, digits, - and _.`);
  return { data, record: `${data}.json` };
}

/** Newest first, whole or not. */
async function numbersOf(store: ByteStore, { id, kind }: SnapshotKey): Promise<number[]> {
  const numbers = new Set<number>();
  for (const name of await store.list()) {
    const [, owner, number, of] = NAME.exec(name) ?? [];
    if (owner === id && of === kind) numbers.add(Number(number));
  }
  return [...numbers].sort((a, b) => b - a);
}

/** Record before data, so that no record ever points to nothing. */
async function deleteSnapshot(store: ByteStore, key: SnapshotKey, number: number): Promise<void> {
  const names = fileNames(key, number);
  await store.delete(names.record);
  await store.delete(names.data);
}

/** The parts cut anew into pieces of PIECE_BYTES (one buffer, used again and again), whose hashes are noted as they pass. */
async function* hashed({ bytes, parts }: SnapshotData, hashes: string[]): AsyncGenerator<Bytes> {
  const buffer = new Uint8Array(Math.min(PIECE_BYTES, bytes));
  let filled = 0;
  for (const part of parts) {
    for (let at = 0; at < part.byteLength; ) {
      const taken = part.subarray(at, at + buffer.byteLength - filled);
      buffer.set(taken, filled);
      filled += taken.byteLength;
      at += taken.byteLength;
      if (filled < buffer.byteLength) continue;
      hashes.push(await sha256(buffer));
      yield buffer;
      filled = 0;
    }
  }
  if (filled === 0) return;
  const rest = buffer.subarray(0, filled);
  hashes.push(await sha256(rest));
  yield rest;
}

/** Whether the stored bytes match the record; with `into`, they are also read there. */
async function matches(
  store: ByteStore,
  name: string,
  { bytes, sha256: hashes }: Pick<SnapshotRecord<unknown>, 'bytes' | 'sha256'>,
  into?: Bytes,
): Promise<boolean> {
  for (const [i, hash] of hashes.entries()) {
    const offset = i * PIECE_BYTES;
    const length = Math.min(PIECE_BYTES, bytes - offset);
    const piece = await store.get(name, { offset, bytes: length });
    if (piece?.byteLength !== length || (await sha256(piece)) !== hash) return false;
    into?.set(piece, offset);
  }
  return hashes.length === Math.ceil(bytes / PIECE_BYTES);
}

/** First line: SHA-256 of the rest. */
async function seal(record: SnapshotRecord<unknown>): Promise<Bytes> {
  const body = JSON.stringify(record);
  return new TextEncoder().encode(`${await sha256(body)}\n${body}`);
}

async function unseal<State>(bytes: Bytes | null): Promise<SnapshotRecord<State> | null> {
  const [hash, body] = bytes ? splitOnce(new TextDecoder().decode(bytes)) : [];
  if (body === undefined || (await sha256(body)) !== hash) return null;
  const record = JSON.parse(body) as SnapshotRecord<State>; // our own writing, as the hash shows
  return record.format === 2 ? record : null;
}

function splitOnce(text: string): [string, string?] {
  const end = text.indexOf('\n');
  return end < 0 ? [text] : [text.slice(0, end), text.slice(end + 1)];
}
