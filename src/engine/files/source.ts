/**
 * Where bytes come from: named sources of known size read by range, and directories of them. No format is read here.
 * A 13 GB checkpoint is never read whole: every reader reads the range it needs. Offsets are plain numbers (exact below 2^53), because
 * shards are larger than 4 GiB.
 * Implementations: files a user picked or dropped (Blob), bytes in memory (an unpacked zip), a list of URLs. Node's is in src/headless/node-files.ts.
 */
import { MotherTongueError } from '../../lib/errors.ts';
import { formatBytes } from '../../lib/format.ts';
import { ggufSentence } from '../../lib/gguf.ts';
import type { FolderFile } from '../../protocol/model.ts';

export type Bytes = Uint8Array<ArrayBuffer>;

export interface ByteSource {
  /** For messages: the path inside its directory. */
  readonly name: string;
  readonly size: number;
  /** Exactly `length` bytes from `offset`, or a FileError. The result may be a view of kept memory: copy before writing to it. */
  read(offset: number, length: number): Promise<Bytes>;
}

export interface Directory {
  readonly name: string;
  /** Paths with `/`, relative to the directory, sorted. */
  list(): string[];
  /** Throws a FileError when there is no such file. */
  open(path: string): ByteSource;
  readText(path: string): Promise<string>;
  /** Lets go of what is held open; absent where nothing is. */
  close?(): void;
}

/** A file with its size and a way to read one range of it: all that a kind of directory has to provide. */
export interface DirectoryEntry {
  path: string;
  size: number;
  readRange(offset: number, length: number): Promise<Bytes>;
}

export function createDirectory(name: string, entries: readonly DirectoryEntry[]): Directory {
  const byPath = new Map(entries.map((entry) => [entry.path, entry]));
  const paths = [...byPath.keys()].sort();
  const open = (path: string): ByteSource => {
    const entry = byPath.get(path);
    if (!entry) throw new MotherTongueError('FileError', `${name} has no file ${path}; choose the folder that holds it.`);
    return { name: path, size: entry.size, read: (offset, length) => readChecked(entry, offset, length) };
  };
  return {
    name,
    list: () => [...paths],
    open,
    readText: async (path) => {
      const text = decodeText(path, await readWhole(textSource(open(path))));
      if (text.startsWith(LFS_POINTER)) throw new MotherTongueError('FileError', `${path} of ${name} ${IS_POINTER}.`);
      return text;
    },
  };
}

/** How a file begins that stands for one which Git LFS keeps elsewhere. */
export const LFS_POINTER = 'version https://git-lfs.github.com/spec/';
export const IS_POINTER = 'is a Git LFS pointer, not the file itself; fetch the file with git lfs pull, or download it by its address';

/** The largest text that a model or adapter has is a tokenizer.json, of some tens of megabytes. */
const LARGEST_TEXT = 2 ** 28;

function textSource(source: ByteSource): ByteSource {
  if (source.size <= LARGEST_TEXT) return source;
  throw new MotherTongueError(
    'FileError',
    `${source.name} has ${formatBytes(source.size)}, more than the ${formatBytes(LARGEST_TEXT)} that a text file can have here; choose the right file.`,
  );
}

async function readChecked(entry: DirectoryEntry, offset: number, length: number): Promise<Bytes> {
  if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(length) || offset < 0 || length < 0 || offset + length > entry.size) {
    throw new MotherTongueError(
      'FileError',
      `${entry.path} has ${entry.size} bytes, too few for bytes ${offset} to ${offset + length}; fetch the file again.`,
    );
  }
  if (length === 0) return new Uint8Array(0);
  const bytes = await entry.readRange(offset, length);
  if (bytes.byteLength !== length) {
    throw new MotherTongueError(
      'FileError',
      `${entry.path} gave ${bytes.byteLength} of ${length} bytes at ${offset}; it was cut short or changed while being read.`,
    );
  }
  return bytes;
}

export function readWhole(source: ByteSource): Promise<Bytes> {
  return source.read(0, source.size);
}

function decodeText(path: string, bytes: Bytes): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new MotherTongueError('FileError', `${path} is not UTF-8 text; save it as UTF-8.`);
  }
}

/** A picked or dropped folder. The folder's own name, which browsers put in front of every path, is taken off. */
export function folderDirectory(name: string, files: readonly FolderFile[]): Directory {
  const paths = files.map(({ path }) => plainPath(path));
  const common = commonFolder(paths);
  return createDirectory(
    name,
    files.map(({ file }, i) => blobEntry(paths[i]!.slice(common.length), file)),
  );
}

/** With `/`, whatever wrote it. */
export function plainPath(path: string): string {
  return path.replaceAll('\\', '/').replace(/^(\.?\/)+/, '');
}

/** A picked or dropped file by itself. */
export function blobSource(name: string, blob: Blob): ByteSource {
  return createDirectory(name, [blobEntry(name, blob)]).open(name);
}

function commonFolder(paths: readonly string[]): string {
  let common = paths[0]?.slice(0, paths[0].lastIndexOf('/') + 1) ?? '';
  for (const path of paths) {
    while (!path.startsWith(common)) common = common.slice(0, common.lastIndexOf('/', common.length - 2) + 1);
  }
  return common;
}

function blobEntry(path: string, blob: Blob): DirectoryEntry {
  return {
    path,
    size: blob.size,
    readRange: async (offset, length) => {
      try {
        return new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer());
      } catch (error) {
        // A File is a reference: browsers refuse to read it after the file on disk was changed, moved or deleted.
        throw new MotherTongueError('FileError', `${path} could not be read (${(error as Error).message}); choose it again.`);
      }
    },
  };
}

/** Files already in memory, such as those of an unpacked zip. */
export function bytesDirectory(name: string, files: ReadonlyMap<string, Bytes>): Directory {
  const entries = [...files].map(([path, bytes]) => ({
    path,
    size: bytes.byteLength,
    readRange: async (offset: number, length: number) => bytes.subarray(offset, offset + length),
  }));
  return createDirectory(name, entries);
}

/** Up to this size a URL is fetched whole, once: servers of static files often compress small files and then ignore ranges. */
const WHOLE_FETCH_LIMIT = 32 * 2 ** 20;

/** Files under a base URL. HTTP cannot list a directory, so the caller brings paths and sizes. */
export function urlDirectory(name: string, base: string, files: readonly { path: string; size: number }[]): Directory {
  return createDirectory(
    name,
    files.map(({ path, size }) => {
      const url = new URL(path, base).href;
      return size <= WHOLE_FETCH_LIMIT ? wholeUrlEntry(path, size, url) : rangedUrlEntry(path, size, url);
    }),
  );
}

function wholeUrlEntry(path: string, size: number, url: string): DirectoryEntry {
  let whole: Promise<Bytes> | null = null;
  return {
    path,
    size,
    readRange: async (offset, length) => {
      whole ??= fetchBytes(path, url, undefined, 200).catch((error: unknown) => {
        whole = null; // a failed fetch may be tried again
        throw error;
      });
      const bytes = await whole;
      if (bytes.byteLength !== size) {
        throw new MotherTongueError('FileError', `${path} has ${bytes.byteLength} bytes where ${size} were announced; reload the page.`);
      }
      return bytes.subarray(offset, offset + length);
    },
  };
}

function rangedUrlEntry(path: string, size: number, url: string): DirectoryEntry {
  return {
    path,
    size,
    readRange: (offset, length) => fetchBytes(path, url, { Range: `bytes=${offset}-${offset + length - 1}` }, 206),
  };
}

async function fetchBytes(path: string, url: string, headers: Record<string, string> | undefined, status: number): Promise<Bytes> {
  let response: Response;
  try {
    response = await fetch(url, headers ? { headers } : {});
  } catch (error) {
    throw new MotherTongueError(
      'FileError',
      `${path} could not be fetched (${(error as Error).message}); check the connection and try again.`,
    );
  }
  if (response.status !== status) {
    throw new MotherTongueError(
      'FileError',
      `${path} could not be fetched: the server answered ${response.status} where ${status} was needed.`,
    );
  }
  return new Uint8Array(await response.arrayBuffer());
}

/** What browsers add to the name of a file that is there already. */
const COPY = / \(\d+\)(?=\.)/;
/** What trainers call the checkpoints of a run. */
const CHECKPOINT = /(?:^|\/)checkpoint-(\d+)\/$/;

/**
 * The folder of `directory` that holds a file called `fileName`, if possible with one beside it that `weights` matches: the shallowest, and of
 * the checkpoints of one run the newest by number. Where that leaves a choice, the folders are listed in an error. The name says what was taken
 * where there was more than one, or where it is a checkpoint.
 */
export function folderWith(directory: Directory, fileName: string, weights: RegExp): Directory {
  const paths = directory.list();
  const holding = paths.filter((path) => baseName(path) === fileName).map(folderOf);
  if (holding.length === 0) {
    const gguf = ggufSentence(paths);
    if (gguf) throw new MotherTongueError('FileError', gguf);
    const renamed = paths.map(baseName).find((name) => name.replace(COPY, '').toLowerCase() === fileName);
    const mend = renamed ? `it has ${renamed}, which is to be renamed to that` : 'choose the folder that holds it';
    throw new MotherTongueError('FileError', `${directory.name} has no file ${fileName}; ${mend}.`);
  }
  const weighty = new Set(paths.filter((path) => weights.test(baseName(path))).map(folderOf));
  const whole = holding.filter((folder) => weighty.has(folder));
  const folder = chooseFolder(directory.name, fileName, whole.length > 0 ? whole : holding);
  if (folder === '') return directory;
  const isApart = whole.length === 0 && weighty.size > 0;
  const name = holding.length > 1 || isApart || CHECKPOINT.test(folder) ? `${directory.name} (${folder.slice(0, -1)})` : directory.name;
  return subdirectory(directory, folder, name);
}

function chooseFolder(name: string, fileName: string, folders: readonly string[]): string {
  const depth = (folder: string): number => folder.split('/').length;
  const least = folders.reduce((min, folder) => Math.min(min, depth(folder)), Number.POSITIVE_INFINITY);
  const shallowest = folders.filter((folder) => depth(folder) === least);
  if (shallowest.length === 1) return shallowest[0]!;
  const stepOf = (folder: string): number => Number(CHECKPOINT.exec(folder)?.[1]);
  const runs = new Set(shallowest.map((folder) => (CHECKPOINT.test(folder) ? folder.replace(CHECKPOINT, '') : folder)));
  if (runs.size === 1) return shallowest.reduce((newest, folder) => (stepOf(folder) > stepOf(newest) ? folder : newest));
  const listed = shallowest.slice(0, 8).map((folder) => folder.slice(0, -1));
  throw new MotherTongueError(
    'FileError',
    `${name} has ${fileName} in ${shallowest.length} folders (${listed.join(', ')}${shallowest.length > listed.length ? ', ...' : ''}); choose one of these folders.`,
  );
}

/** `folder` ends with a slash. */
function subdirectory(directory: Directory, folder: string, name: string): Directory {
  return {
    name,
    list: () =>
      directory
        .list()
        .filter((path) => path.startsWith(folder))
        .map((path) => path.slice(folder.length)),
    open: (path) => {
      const source = directory.open(folder + path);
      return { name: path, size: source.size, read: (offset, length) => source.read(offset, length) };
    },
    readText: (path) => directory.readText(folder + path),
    ...(directory.close && { close: () => directory.close?.() }),
  };
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** With its slash; empty for the directory itself. */
function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}
