/**
 * Compressed answers of the file server. A file is compressed when it is first requested, and the result is kept while the file stays as it is:
 * the largest, 26 MB of WebAssembly, takes 0.7 s once. Weights are not compressed: they hardly shrink, and are read in ranges.
 */
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

const extensions = new Set('.css .csv .html .jinja .js .json .jsonl .map .md .mjs .svg .txt .tsv .wasm .webmanifest .wgsl'.split(' '));
/** Below, headers outweigh the gain; above, the copy in memory does. */
const smallest = 1024;
const largest = 64 * 2 ** 20;

const encoders = {
  br: (bytes) =>
    promisify(brotliCompress)(bytes, {
      params: { [constants.BROTLI_PARAM_QUALITY]: 5, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
    }),
  gzip: promisify(gzip),
};

/** True for files whose answer depends on Accept-Encoding. */
export function isCompressible(path, size) {
  return size >= smallest && size <= largest && extensions.has(extname(path).toLowerCase());
}

/** 'br', 'gzip', or undefined for the file as it is: the allowed one with the highest weight, brotli where weights are equal (RFC 9110, 12.5.3). */
export function chooseEncoding(accepted = '') {
  const weights = new Map(accepted.split(',').map(readWeight));
  const weightOf = (encoding) => weights.get(encoding) ?? weights.get('*') ?? 0;
  const plain = weights.get('identity') ?? 0;
  const [best] = Object.keys(encoders)
    .filter((encoding) => weightOf(encoding) > 0 && weightOf(encoding) >= plain)
    .sort((a, b) => weightOf(b) - weightOf(a));
  return best;
}

function readWeight(item) {
  const [name, ...parameters] = item.split(';').map((part) => part.trim().toLowerCase());
  const weight = parameters.find((parameter) => /^q\s*=/.test(parameter))?.split('=')[1];
  const value = weight === undefined ? 1 : Number(weight);
  return [name, Number.isFinite(value) ? value : 0];
}

const kept = new Map();

/** The compressed bytes of a file; `version` changes with its content. */
export function compressedFile(path, encoding, version) {
  const name = `${encoding} ${path}`;
  const standing = kept.get(name);
  if (standing?.version === version) return standing.bytes;
  const bytes = readFile(path).then(encoders[encoding]);
  bytes.catch(() => kept.delete(name));
  kept.set(name, { version, bytes });
  return bytes;
}
