/**
 * A zip as a directory. The central directory is read first; an entry is unpacked when it is first read, never past its stated size, and used
 * only if its size and CRC-32 are what the zip states: fflate itself checks neither. Entries of other names than the wanted ones are not even
 * listed, and together no more than `limit` bytes are unpacked.
 * Format: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, with zip64; no encryption, no parts on several disks.
 */
import { Inflate } from 'fflate';
import { createCRC32 } from 'hash-wasm';
import { MotherTongueError } from '../../lib/errors.ts';
import { formatBytes } from '../../lib/format.ts';
import { ggufSentence } from '../../lib/gguf.ts';
import { type ByteSource, type Bytes, createDirectory, type Directory, type DirectoryEntry, plainPath } from './source.ts';

interface ZipEntry {
  path: string;
  /** As the bytes lie in both headers. */
  rawName: Bytes;
  flags: number;
  method: number;
  crc: number;
  packed: number;
  size: number;
  /** Of its local header. */
  offset: number;
}

interface CentralDirectory {
  start: number;
  bytes: Bytes;
  /** Added to offsets, where other bytes were put before the zip. */
  base: number;
  /** Low 16 bits where the zip is small. */
  count: number;
  zip64: boolean;
}

const END = 0x06054b50;
const END_BYTES = 22;
const END64 = 0x06064b50;
const LOCATOR64 = 0x07064b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const LARGEST_DIRECTORY = 2 ** 26;
/** Packed bytes that are unpacked at a time: at most a thousand times as many come of them. */
const PIECE = 2 ** 16;

/** `wanted` is asked of the last part of a path. Progress counts the packed bytes of the wanted entries. */
export async function zipDirectory(
  source: ByteSource,
  wanted: RegExp,
  limit: number,
  onProgress: (done: number, total: number) => void = () => {},
): Promise<Directory> {
  const central = await readCentral(source);
  const entries = listEntries(source.name, central).filter(({ path }) => wanted.test(path.slice(path.lastIndexOf('/') + 1)));
  const paths = new Set<string>();
  for (const { path } of entries) {
    if (paths.has(path)) throw new MotherTongueError('FileError', `${source.name} holds ${path} twice; pack it again.`);
    paths.add(path);
  }
  let left = limit;
  let done = 0;
  const total = entries.reduce((sum, { packed }) => sum + packed, 0);
  const read: ByteSource['read'] = async (offset, length) => {
    const bytes = await source.read(offset, length);
    done += length;
    onProgress(Math.min(done, total), total);
    return bytes;
  };
  const unpack = (entry: ZipEntry): Promise<Bytes> => {
    if (entry.size > left)
      throw new MotherTongueError(
        'FileError',
        `${entry.path} of ${source.name} unpacks to ${formatBytes(entry.size)}, and no adapter of the open model has more than ${formatBytes(limit)}; open the model that it belongs to.`,
      );
    left -= entry.size;
    return unpackEntry({ name: source.name, size: source.size, read }, entry, central);
  };
  return createDirectory(
    source.name,
    entries.map((entry) => lazyEntry(entry, () => unpack(entry))),
  );
}

function lazyEntry({ path, size }: ZipEntry, unpack: () => Promise<Bytes>): DirectoryEntry {
  let unpacked: Promise<Bytes> | null = null;
  return {
    path,
    size,
    readRange: async (offset, length) => {
      unpacked ??= unpack();
      return (await unpacked).subarray(offset, offset + length);
    },
  };
}

function damaged(name: string, what: string): MotherTongueError {
  return new MotherTongueError('FileError', `${name} is damaged: ${what}. Download or export it again.`);
}

async function readCentral(source: ByteSource): Promise<CentralDirectory> {
  const tail = Math.min(source.size, END_BYTES + 0xffff);
  const tailStart = source.size - tail;
  const view = viewOf(await source.read(tailStart, tail));
  let at = tail - END_BYTES;
  while (at >= 0 && !(view.getUint32(at, true) === END && at + END_BYTES + view.getUint16(at + 20, true) <= tail)) at--;
  if (at < 0) {
    const isCut = source.size > 4 && viewOf(await source.read(0, 4)).getUint32(0, true) === LOCAL;
    const mend = isCut
      ? ': its end is missing, as where a download was cut short. Download or export it again.'
      : '; choose the zip that was exported, or the unpacked folder.';
    throw new MotherTongueError('FileError', ggufSentence([source.name]) ?? `${source.name} is not a zip file that can be read${mend}`);
  }
  let end = tailStart + at;
  let [count, bytes, offset] = [view.getUint16(at + 10, true), view.getUint32(at + 12, true), view.getUint32(at + 16, true)];
  const zip64 = at >= 20 && view.getUint32(at - 20, true) === LOCATOR64;
  if (zip64) {
    end = exact(view.getBigUint64(at - 12, true), source.name);
    if (end + 56 > source.size) throw damaged(source.name, 'its directory lies outside the file');
    const end64 = viewOf(await source.read(end, 56));
    if (end64.getUint32(0, true) !== END64) throw damaged(source.name, 'its zip64 directory is not where it should be');
    [count, bytes, offset] = [32, 40, 48].map((field) => exact(end64.getBigUint64(field, true), source.name)) as [number, number, number];
  }
  const start = end - bytes;
  const base = start - offset;
  if (base < 0 || bytes > LARGEST_DIRECTORY) throw damaged(source.name, 'its directory is not where it should be; it may be cut short');
  return { start, bytes: await source.read(start, bytes), base, count, zip64 };
}

function listEntries(name: string, { bytes, base, count, zip64 }: CentralDirectory): ZipEntry[] {
  const view = viewOf(bytes);
  const entries: ZipEntry[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (at + 46 > bytes.length || view.getUint32(at, true) !== CENTRAL) throw damaged(name, 'its directory cannot be read');
    const [named, extra, comment] = [28, 30, 32].map((field) => view.getUint16(at + field, true)) as [number, number, number];
    const next = at + 46 + named + extra + comment;
    if (next > bytes.length) throw damaged(name, 'its directory cannot be read');
    const rawName = bytes.subarray(at + 46, at + 46 + named);
    const extras = viewOf(bytes.subarray(at + 46 + named, at + 46 + named + extra));
    const sizes = [24, 20, 42].map((field) => view.getUint32(at + field, true));
    const [size, packed, offset] = wideSizes(sizes, extras, name) as [number, number, number];
    entries.push({
      path: plainPath(decodeName(rawName)),
      rawName,
      flags: view.getUint16(at + 8, true),
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      packed,
      size,
      offset: base + offset,
    });
    at = next;
  }
  if (zip64 ? entries.length !== count : (entries.length & 0xffff) !== count)
    throw damaged(name, `it states ${count} entries and lists ${entries.length}`);
  return entries;
}

/** Of zip64: fields that are all ones stand in an extra field, in this order. */
function wideSizes(fields: readonly number[], extras: DataView, name: string): number[] {
  if (!fields.includes(0xffffffff)) return [...fields];
  for (let at = 0; at + 4 <= extras.byteLength; at += 4 + extras.getUint16(at + 2, true)) {
    if (extras.getUint16(at, true) !== 1) continue;
    let field = at + 4;
    return fields.map((value) => {
      if (value !== 0xffffffff) return value;
      if (field + 8 > extras.byteLength) throw damaged(name, 'its directory cannot be read');
      field += 8;
      return exact(extras.getBigUint64(field - 8, true), name);
    });
  }
  return [...fields];
}

async function unpackEntry(source: ByteSource, entry: ZipEntry, { start }: CentralDirectory): Promise<Bytes> {
  const { path, rawName, flags, method, packed } = entry;
  const name = `${path} of ${source.name}`;
  if (flags & 1) throw new MotherTongueError('FileError', `${name} is encrypted; pack it without a password.`);
  if (method !== 0 && method !== 8)
    throw new MotherTongueError('FileError', `${name} is packed by method ${method}, and only deflate is read; pack it as a plain zip.`);
  if (entry.offset + 30 + rawName.length > start) throw damaged(name, 'it lies outside the zip');
  const header = await source.read(entry.offset, 30 + rawName.length);
  const view = viewOf(header);
  const from = entry.offset + 30 + view.getUint16(26, true) + view.getUint16(28, true);
  if (view.getUint32(0, true) !== LOCAL || !rawName.every((byte, i) => header[30 + i] === byte) || from + packed > start)
    throw damaged(name, 'it is not where the zip says');
  const out = await (method === 8 ? inflate(source, from, entry, name) : stored(source, from, entry, name));
  const crc = await createCRC32();
  if (Number.parseInt(crc.init().update(out).digest(), 16) !== entry.crc)
    throw damaged(name, 'its CRC-32 is not the one that the zip states');
  return out;
}

async function stored(source: ByteSource, from: number, { packed, size }: ZipEntry, name: string): Promise<Bytes> {
  if (packed !== size) throw damaged(name, `it has ${packed} bytes where the zip states ${size}`);
  return source.read(from, size);
}

async function inflate(source: ByteSource, from: number, { packed, size }: ZipEntry, name: string): Promise<Bytes> {
  const out = new Uint8Array(size);
  let length = 0;
  const stream = new Inflate((chunk) => {
    if (length + chunk.length > size) throw damaged(name, `it unpacks to more than the ${size} bytes that the zip states`);
    out.set(chunk, length);
    length += chunk.length;
  });
  for (let at = 0; at < packed; at += PIECE) {
    const piece = await source.read(from + at, Math.min(PIECE, packed - at));
    try {
      stream.push(piece, at + PIECE >= packed);
    } catch (error) {
      if (error instanceof MotherTongueError) throw error;
      throw damaged(name, `it cannot be unpacked (${(error as Error).message})`);
    }
  }
  if (length !== size) throw damaged(name, `it unpacks to ${length} bytes where the zip states ${size}`);
  return out;
}

/** UTF-8, or the bytes one by one where an old program wrote another encoding. */
function decodeName(bytes: Bytes): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

function exact(value: bigint, name: string): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw damaged(name, 'it states sizes that no file has');
  return Number(value);
}

function viewOf({ buffer, byteOffset, byteLength }: Bytes): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
