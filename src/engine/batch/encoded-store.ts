/**
 * Encoded datasets that outlive a reload. Every piece is a file, and a record that names them with their hashes is written last; so what a crash
 * leaves half-written has no record, and what is damaged or not ours does not match one. Both are passed over and cleared away. Nothing here is
 * worth more than the time to encode it again: a full disk only means that it is not kept.
 */
import { MotherTongueError } from '../../lib/errors.ts';
import type { Findings } from '../data/survey.ts';
import type { ByteStore } from '../files/byte-store.ts';
import { sha256 } from '../files/hash.ts';
import type { Bytes } from '../files/source.ts';
import type { EncodedPiece } from './encoded-piece.ts';

const KEPT = 4;
const KEPT_BYTES = 2 ** 30;
const HASHED_AT_ONCE = 16 * 2 ** 20;

interface EncodingRecord {
  format: 3;
  saved: number;
  bytes: number;
  /** SHA-256 of every piece's file. */
  pieces: string[];
  findings: Findings;
}

/** Names an encoding by the content of files and by everything else that it depends on. */
export async function keyOf(files: readonly Blob[], rest: readonly unknown[]): Promise<string> {
  const hashes: string[] = [];
  for (const file of files) {
    for (let at = 0; at < file.size; at += HASHED_AT_ONCE)
      hashes.push(await sha256(new Uint8Array(await file.slice(at, at + HASHED_AT_ONCE).arrayBuffer())));
    hashes.push(String(file.size));
  }
  return sha256(JSON.stringify([hashes, rest]));
}

export async function loadEncoding(store: ByteStore, key: string): Promise<{ pieces: EncodedPiece[]; findings: Findings } | null> {
  const record = await readRecord(store, recordName(key));
  if (!record) return null;
  const pieces: EncodedPiece[] = [];
  for (const [index, hash] of record.pieces.entries()) {
    const bytes = await store.get(pieceName(key, index));
    if (!bytes || (await sha256(bytes)) !== hash) return null;
    pieces.push(unpackPiece(bytes));
  }
  return { pieces, findings: record.findings };
}

/** Keeps an encoding as it comes. */
export class EncodingSaver {
  private readonly hashes: string[] = [];
  private bytes = 0;
  private failed = false;

  constructor(
    private readonly store: ByteStore,
    private readonly key: string,
  ) {}

  async add(piece: EncodedPiece): Promise<void> {
    const packed = packPiece(piece);
    this.bytes += packed.byteLength;
    if (this.bytes > KEPT_BYTES) this.failed = true;
    await this.attempt(async () => {
      await this.store.put(pieceName(this.key, this.hashes.length), packed);
      this.hashes.push(await sha256(packed));
    });
  }

  async finish(findings: Findings): Promise<void> {
    const record: EncodingRecord = { format: 3, saved: Date.now(), bytes: this.bytes, pieces: this.hashes, findings };
    await this.attempt(() => this.store.put(recordName(this.key), new TextEncoder().encode(JSON.stringify(record))));
    await this.attempt(() => clear(this.store));
  }

  /** The first failure ends the saving, not the encoding. */
  private async attempt(work: () => Promise<void>): Promise<void> {
    if (this.failed) return;
    try {
      await work();
    } catch (error) {
      if (!(error instanceof MotherTongueError)) throw error;
      this.failed = true;
    }
  }
}

/** Deletes all but the newest few encodings, and every file that belongs to none. */
async function clear(store: ByteStore): Promise<void> {
  const names = await store.list();
  const records: (EncodingRecord & { key: string })[] = [];
  for (const name of names) {
    const record = name.endsWith(RECORD) ? await readRecord(store, name) : null;
    if (record) records.push({ ...record, key: name.slice(0, -RECORD.length) });
  }
  records.sort((a, b) => b.saved - a.saved);
  let bytes = 0;
  const kept = records.filter((record, index) => {
    bytes += record.bytes;
    return index === 0 || (index < KEPT && bytes <= KEPT_BYTES);
  });
  const wanted = new Set(kept.flatMap(({ key, pieces }) => [recordName(key), ...pieces.map((_, index) => pieceName(key, index))]));
  for (const name of names) if (!wanted.has(name)) await store.delete(name);
}

const RECORD = '.json';
const recordName = (key: string): string => `${key}${RECORD}`;
const pieceName = (key: string, index: number): string => `${key}.${index}.piece`;

async function readRecord(store: ByteStore, name: string): Promise<EncodingRecord | null> {
  const bytes = await store.get(name);
  if (!bytes) return null;
  try {
    const record = JSON.parse(new TextDecoder().decode(bytes)) as Partial<EncodingRecord>; // pieces are checked by their hashes
    return record.format === 3 && Array.isArray(record.pieces) && record.findings ? (record as EncodingRecord) : null;
  } catch {
    return null; // cut off, or not ours
  }
}

/** Typed arrays of a piece in the order in which they lie in its file, those of four bytes first. */
const ARRAYS = ['numbers', 'lengths', 'language', 'offsets', 'ids', 'assistant', 'marks', 'modes'] as const;

/** Nine numbers (bytes of the head, then of every array), the head as JSON, the arrays. */
function packPiece(piece: EncodedPiece): Bytes {
  const { first, languages, refusals } = piece;
  const head = new TextEncoder().encode(JSON.stringify({ first, languages, refusals }));
  const padded = Math.ceil(head.byteLength / 4) * 4;
  const arrays = ARRAYS.map((name) => new Uint8Array(piece[name].buffer, piece[name].byteOffset, piece[name].byteLength));
  const sizes = Uint32Array.of(head.byteLength, ...arrays.map(({ byteLength }) => byteLength));
  const packed = new Uint8Array(sizes.byteLength + padded + arrays.reduce((sum, { byteLength }) => sum + byteLength, 0));
  packed.set(new Uint8Array(sizes.buffer));
  packed.set(head, sizes.byteLength);
  let at = sizes.byteLength + padded;
  for (const array of arrays) {
    packed.set(array, at);
    at += array.byteLength;
  }
  return packed;
}

/** Our own writing, as its hash shows. */
function unpackPiece(bytes: Bytes): EncodedPiece {
  const [headBytes = 0, ...sizes] = new Uint32Array(bytes.slice(0, 4 * (1 + ARRAYS.length)).buffer);
  let at = 4 * (1 + ARRAYS.length);
  const head: Pick<EncodedPiece, 'first' | 'languages' | 'refusals'> = JSON.parse(
    new TextDecoder().decode(bytes.subarray(at, at + headBytes)),
  );
  at += Math.ceil(headBytes / 4) * 4;
  const [numbers, lengths, language, offsets, ids, assistant, marks, modes] = sizes.map((size) => {
    const array = bytes.slice(at, at + size);
    at += size;
    return array;
  }) as [Bytes, Bytes, Bytes, Bytes, Bytes, Bytes, Bytes, Bytes];
  const numbers32 = ({ buffer }: Bytes): Uint32Array<ArrayBuffer> => new Uint32Array(buffer);
  return {
    ...head,
    numbers: numbers32(numbers),
    lengths: numbers32(lengths),
    language: numbers32(language),
    offsets: numbers32(offsets),
    ids: numbers32(ids),
    assistant,
    marks,
    modes,
  };
}
