/**
 * The final check of a fetched file: its hash, read back from the disk, against the SHA-256 (LFS) or git blob id that the Hub states.
 * When they differ, only damaged parts are fetched again: first parts that changed on the disk, then, if there are none, parts that differ when
 * fetched once more. Files without an id on the Hub are accepted as they are.
 * hash-wasm rather than @noble/hashes: 380 against 177 MB/s in one core; crypto.subtle cannot hash a stream.
 */
import { createSHA1, createSHA256 } from 'hash-wasm';
import { MotherTongueError } from '../../../lib/errors.ts';
import { formatInteger } from '../../../lib/format.ts';
import { sha256 } from '../hash.ts';
import type { Fetching, OpenFile } from './fetch-file.ts';
import { partRange } from './file-record.ts';

/** Resolves when the stored file is right; throws when it stays wrong. */
export async function verifyFile(fetching: Fetching, open: OpenFile): Promise<void> {
  if (await isRight(fetching, open)) return;
  const replaced = await refetchDamaged(fetching, open);
  if (replaced.length > 0 && (await isRight(fetching, open))) return;
  for (const index of open.record.parts.keys()) {
    if (await refetchIfDifferent(fetching, open, index)) {
      replaced.push(rangeOf(open, index));
      if (await isRight(fetching, open)) return;
    }
  }
  const again =
    replaced.length > 0 ? `, also after ${replaced.join(' and ')} were fetched again` : ', though every part arrives the same twice';
  throw new MotherTongueError(
    'FileError',
    `${open.file.path} of ${fetching.connection.repository} does not have the hash that ${fetching.connection.endpoint} states${again}; the copy there is damaged, try another endpoint or revision.`,
  );
}

const rangeOf = ({ record }: OpenFile, index: number): string => {
  const { from, to } = partRange(record, index);
  return `bytes ${formatInteger(from)} to ${formatInteger(to - 1)}`;
};

async function isRight({ lanes, signal, onLabel }: Fetching, { file, record, data }: OpenFile): Promise<boolean> {
  const stated = file.sha256 ?? file.sha1;
  if (stated === undefined) return true;
  onLabel(`Checking ${file.path}`);
  const hash = await (file.sha256 ? createSHA256() : createSHA1());
  hash.init();
  if (!file.sha256) hash.update(`blob ${file.size}\0`);
  const buffer = lanes[0]!;
  for (const index of record.parts.keys()) {
    const { from, to } = partRange(record, index);
    const bytes = buffer.subarray(0, to - from);
    if (data.read(bytes, from) !== bytes.length) return false;
    hash.update(bytes);
    await breathe(signal);
  }
  return hash.digest() === stated;
}

/** Lets messages in (cancel) between two parts. */
async function breathe(signal: AbortSignal): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve));
  signal.throwIfAborted();
}

/** Fetches parts that changed on the disk again; returns their ranges as text. */
async function refetchDamaged(fetching: Fetching, open: OpenFile): Promise<string[]> {
  const buffer = fetching.lanes[0]!;
  const replaced: string[] = [];
  for (const [index, hash] of open.record.parts.entries()) {
    const { from, to } = partRange(open.record, index);
    const bytes = buffer.subarray(0, to - from);
    if (open.data.read(bytes, from) === bytes.length && (await sha256(bytes)) === hash) continue;
    fetching.onLabel(`${open.file.path} is damaged on this disk: fetching ${rangeOf(open, index)} again`);
    await replace(fetching, open, index);
    replaced.push(rangeOf(open, index));
  }
  if (replaced.length > 0) await open.save();
  return replaced;
}

async function replace(fetching: Fetching, open: OpenFile, index: number): Promise<void> {
  const part = await fetchAgain(fetching, open, index);
  open.keepPart(index, part.bytes, part.hash);
}

/** True where the part arrived otherwise this time, and was put in its place. */
async function refetchIfDifferent(fetching: Fetching, open: OpenFile, index: number): Promise<boolean> {
  fetching.onLabel(`${open.file.path} arrived damaged: looking for the wrong byte in ${rangeOf(open, index)}`);
  const { bytes, hash } = await fetchAgain(fetching, open, index);
  if (hash === open.record.parts[index]) return false;
  fetching.onLabel(`${open.file.path} arrived damaged: ${rangeOf(open, index)} were fetched again`);
  open.keepPart(index, bytes, hash);
  await open.save();
  return true;
}

/** Bytes fetched a second time are no progress of the download. */
async function fetchAgain(fetching: Fetching, open: OpenFile, index: number): ReturnType<OpenFile['fetchPart']> {
  const { from, to } = partRange(open.record, index);
  const part = await open.fetchPart(index, fetching.lanes[0]!, fetching.signal);
  fetching.onBytes(from - to);
  return part;
}
