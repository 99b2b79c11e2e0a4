/**
 * What the Hub-like server serves: repositories of files, from a folder of the disk or made up on the fly, each file with the two ids that the
 * Hub states of it (git blob SHA-1; SHA-256 where it is kept by LFS). Generated content is a function of (seed, offset), so that a file of any
 * size costs neither disk nor memory. Not here: HTTP.
 */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';

const STEP = 1 << 20;

/** The Hub keeps text below 10 MB in git; tests need small LFS files too, so the rule is by name. */
const isLarge = (path, size) => /\.(safetensors|bin|pt|onnx|gguf|parquet)$/.test(path) || path === 'tokenizer.json' || size > 10_000_000;

/**
 * A file of a repository: `read(from, to)` gives bytes [from, to). `sha256` and `oid` (git blob id) are computed at first use.
 * `lfs`: kept by LFS, and answered by a redirect to the other origin.
 * @returns {import('./types.ts').ServedFile}
 */
export function servedFile(path, size, read, lfs = isLarge(path, size)) {
  const digest = (algorithm, prefix) => {
    const hash = createHash(algorithm).update(prefix);
    for (let at = 0; at < size; at += STEP) hash.update(read(at, Math.min(at + STEP, size)));
    return hash.digest('hex');
  };
  let sha256;
  let oid;
  return {
    path,
    size,
    read,
    lfs,
    get sha256() {
      sha256 ??= digest('sha256', '');
      return sha256;
    },
    get oid() {
      oid ??= lfs
        ? createHash('sha1').update(`pointer ${this.sha256} ${size}`).digest('hex') // of the pointer file in git
        : digest('sha1', `blob ${size}\0`);
      return oid;
    },
  };
}

/**
 * @param {string} path
 * @param {string | Uint8Array} content
 * @param {boolean} [lfs]
 */
export function bytesFile(path, content, lfs) {
  const bytes = Buffer.from(content);
  return servedFile(path, bytes.length, (from, to) => bytes.subarray(from, to), lfs);
}

/**
 * Pseudo-random bytes that depend on the seed and the offset alone.
 * @param {string} path
 * @param {number} size
 */
export function generatedFile(path, size, seed = 1, lfs = true) {
  return servedFile(path, size, (from, to) => generate(seed, from, to), lfs);
}

/**
 * One random block over and over, its number in its first 8 bytes: cheap to make at any offset, so that gigabytes cost the test machine little.
 * @param {string} path
 * @param {number} size
 */
export function repeatedFile(path, size, seed = 1) {
  const block = generate(seed, 0, STEP);
  const read = (from, to) => {
    const bytes = Buffer.allocUnsafe(to - from);
    for (let at = from; at < to; ) {
      const number = Math.floor(at / STEP);
      const until = Math.min(to, (number + 1) * STEP);
      block.writeBigUInt64LE(BigInt(number), 0);
      block.copy(bytes, at - from, at - number * STEP, until - number * STEP);
      at = until;
    }
    return bytes;
  };
  return servedFile(path, size, read, true);
}

function generate(seed, from, to) {
  const first = Math.floor(from / 4);
  const words = new Uint32Array(Math.ceil(to / 4) - first);
  for (let i = 0; i < words.length; i++) {
    let x = Math.imul(first + i + 1, 0x9e3779b1) ^ Math.imul(seed, 0x85ebca6b);
    x = Math.imul(x ^ (x >>> 15), 0x2c1b3c6d);
    x = Math.imul(x ^ (x >>> 12), 0x297a2d39);
    words[i] = x ^ (x >>> 15);
  }
  return Buffer.from(words.buffer, from - first * 4, to - from);
}

/**
 * Every file below a folder, read on demand.
 * @param {string} folder
 */
export function folderFiles(folder) {
  const names = readdirSync(folder, { recursive: true }).map((name) => String(name).replaceAll('\\', '/'));
  return names
    .filter((name) => statSync(join(folder, name)).isFile())
    .map((name) => servedFile(name, statSync(join(folder, name)).size, (from, to) => readDisk(join(folder, name), from, to)));
}

function readDisk(path, from, to) {
  const bytes = Buffer.alloc(to - from);
  const file = openSync(path, 'r');
  try {
    let done = 0;
    while (done < bytes.length) {
      const read = readSync(file, bytes, done, bytes.length - done, from + done);
      if (read === 0) throw new Error(`${path} ended at ${from + done}, expected ${to}`);
      done += read;
    }
  } finally {
    closeSync(file);
  }
  return bytes;
}

/**
 * A repository with a history: `push(files)` makes a commit and moves `main` to it. A commit's id follows from its files, as in git, so that
 * equal contents have equal ids.
 * @param {string} name
 * @param {import('./types.ts').ServedFile[]} files
 * @param {{ gated?: boolean | string, token?: string, downloads?: number }} options
 * @returns {import('./types.ts').Repository}
 */
export function createRepository(name, files, { gated = false, token, downloads = 0 } = {}) {
  const commits = new Map();
  const branches = new Map();
  const repository = {
    name,
    gated,
    downloads,
    /** When set, every request needs `Authorization: Bearer <token>`. */
    token,
    branches,
    push(list, branch = 'main') {
      const sorted = [...list].sort((a, b) => (a.path < b.path ? -1 : 1));
      const commit = createHash('sha1')
        .update(JSON.stringify([name, sorted.map((file) => [file.path, file.oid])]))
        .digest('hex');
      commits.set(commit, new Map(sorted.map((file) => [file.path, file])));
      branches.set(branch, commit);
      return commit;
    },
    /** The commit that a branch, tag or commit names, or undefined. */
    resolve: (revision) => branches.get(revision) ?? (commits.has(revision) ? revision : undefined),
    filesAt: (commit) => commits.get(commit),
  };
  repository.push(files);
  return repository;
}
