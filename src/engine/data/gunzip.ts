/**
 * A gzip file unpacked by the platform, which checks its CRC-32, piece by piece so that it can be cancelled and ends at a limit. A file of several members,
 * as `cat a.gz b.gz` and bgzip make, browsers refuse: fflate finds where they begin, and each is unpacked by itself.
 */
import { Gunzip } from 'fflate';
import { throwIfCancelled } from '../../lib/cancel.ts';
import { MotherTongueError } from '../../lib/errors.ts';
import type { ReadOptions } from './row-source.ts';

/** What a file may unpack to. */
const MAX_UNPACKED = 4 * 2 ** 30;
const PIECE = 2 ** 20;

export async function gunzip(blob: Blob, name: string, options: ReadOptions): Promise<Blob> {
  try {
    return await unpackMember(blob, name, options);
  } catch (error) {
    if (error instanceof MotherTongueError) throw error;
  }
  try {
    const starts = await memberStarts(blob, name, options);
    if (starts.length > 1) return await unpackMembers(blob, starts, name, options);
  } catch (error) {
    if (error instanceof MotherTongueError) throw error;
  }
  throw refuse(name, 'is a damaged gzip file; compress it again or use it unpacked');
}

export async function unpackMembers(blob: Blob, starts: readonly number[], name: string, options: ReadOptions): Promise<Blob> {
  const parts: Blob[] = [];
  let bytes = 0;
  for (const [i, start] of starts.entries()) {
    const part = await unpackMember(blob.slice(start, starts[i + 1] ?? blob.size), name, { ...options, onProgress: undefined });
    bytes += part.size;
    checkSize(bytes, name);
    parts.push(part);
    options.onProgress?.(starts[i + 1] ?? blob.size, blob.size);
  }
  return new Blob(parts);
}

/** Where the members of a file begin. */
export async function memberStarts(blob: Blob, name: string, { signal }: ReadOptions): Promise<number[]> {
  const starts = [0];
  let bytes = 0;
  const stream = new Gunzip((chunk) => {
    bytes += chunk.length;
  });
  stream.onmember = (offset) => starts.push(offset);
  for (let from = 0; from < blob.size; from += PIECE) {
    throwIfCancelled(signal, `Reading ${name}`);
    checkSize(bytes, name);
    stream.push(new Uint8Array(await blob.slice(from, from + PIECE).arrayBuffer()), from + PIECE >= blob.size);
  }
  return starts;
}

function unpackMember(blob: Blob, name: string, { signal, onProgress }: ReadOptions): Promise<Blob> {
  let bytes = 0;
  let packed = 0;
  const read = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform(chunk, out) {
      packed += chunk.byteLength;
      onProgress?.(packed, blob.size);
      out.enqueue(chunk);
    },
  });
  const checked = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform(chunk, out) {
      throwIfCancelled(signal, `Reading ${name}`);
      bytes += chunk.byteLength;
      checkSize(bytes, name);
      out.enqueue(chunk);
    },
  });
  return new Response(blob.stream().pipeThrough(read).pipeThrough(new DecompressionStream('gzip')).pipeThrough(checked)).blob();
}

function checkSize(bytes: number, name: string): void {
  if (bytes > MAX_UNPACKED) throw refuse(name, `unpacks to more than ${MAX_UNPACKED / 2 ** 30} GiB; split it into smaller files`);
}

function refuse(name: string, what: string): MotherTongueError {
  return new MotherTongueError('DatasetError', `${name} ${what}.`);
}
