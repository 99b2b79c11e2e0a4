/**
 * Writes the files of a synthetic checkpoint, a few megabytes at a time: the next piece is made while the last one is written, so that memory
 * stays flat whatever the size.
 */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { throwIfCancelled } from '../../src/lib/cancel.ts';
import type { Shard } from './layout.ts';
import { TensorBytes } from './tensor-bytes.ts';

const PIECE_WORDS = 2 * 1024 * 1024;

/** `onBytes` is told of every piece; on failure the file stays as far as it came. */
export async function writeShard(
  folder: string,
  { file, header, tensors }: Shard,
  seed: number,
  signal: AbortSignal,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const handle = await open(join(folder, file), 'w');
  try {
    const length = new Uint8Array(8);
    new DataView(length.buffer).setBigUint64(0, BigInt(header.length), true);
    await writeAll(handle, length);
    await writeAll(handle, header);
    const pieces = [new Uint32Array(PIECE_WORDS), new Uint32Array(PIECE_WORDS)];
    let turn = 0;
    let writing: Promise<void> = Promise.resolve();
    for (const tensor of tensors) {
      const source = new TensorBytes(tensor, seed);
      const words = Math.ceil(tensor.bytes / 4);
      for (let first = 0; first < words; first += PIECE_WORDS) {
        throwIfCancelled(signal, 'Writing the checkpoint');
        const piece = pieces[turn++ % 2]!.subarray(0, Math.min(PIECE_WORDS, words - first));
        source.fill(first, piece);
        await writing;
        const bytes = new Uint8Array(piece.buffer, 0, Math.min(piece.byteLength, tensor.bytes - first * 4));
        writing = writeAll(handle, bytes);
        onBytes(bytes.length);
      }
    }
    await writing;
  } finally {
    await handle.close();
  }
}

async function writeAll(handle: Awaited<ReturnType<typeof open>>, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) at += (await handle.write(bytes, at)).bytesWritten;
}
