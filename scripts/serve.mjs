/**
 * A static file server for the built page, on localhost only. It exists for what a bare file:// cannot do: the headers that make the page
 * cross-origin isolated (WebAssembly threads) and closed to foreign script, byte ranges (weights are read tensor by tensor), and compression.
 * Use: `node scripts/serve.mjs [--root dist] [--port 4173]`, after a build.
 */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chooseEncoding, compressedFile, isCompressible } from './compression.mjs';
import { headersOf } from './headers.mjs';

const types = {
  '.css': 'text/css; charset=utf-8',
  '.csv': 'text/csv; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.jinja': 'text/plain; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.jsonl': 'application/jsonl; charset=utf-8',
  '.map': 'application/json',
  '.md': 'text/markdown; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.zip': 'application/zip',
  '.wgsl': 'text/wgsl; charset=utf-8',
  '.woff2': 'font/woff2',
};

/** Serves `root` on the first free port from `port` on; resolves to its address. */
export async function serve({ root, port, host = 'localhost' }) {
  for (let tried = port; tried < port + 20; tried++) {
    const server = createServer((request, response) => answer(root, request, response));
    const error = await new Promise((done) => server.once('error', done).listen(tried, host, () => done(undefined)));
    if (!error) return { url: `http://${host}:${tried}/`, close: () => server.close() };
    if (error.code !== 'EADDRINUSE') throw error;
  }
  throw new Error(`Ports ${port} to ${port + 19} are all in use; free one or pass --port.`);
}

async function answer(root, request, response) {
  const send = (status, headers) => response.writeHead(status, { ...headersOf(request.url.split(/[?#]/)[0]), ...headers });
  if (request.method !== 'GET' && request.method !== 'HEAD') return send(405, { Allow: 'GET, HEAD' }).end();
  const path = localPath(root, request.url);
  const info = path && (await stat(path).catch(() => undefined));
  if (!info?.isFile()) return send(404, { 'Content-Type': 'text/plain' }).end('Not found');

  const version = `${info.size.toString(36)}-${Math.floor(info.mtimeMs).toString(36)}`;
  const headers = { 'Content-Type': types[extname(path).toLowerCase()] ?? 'application/octet-stream', 'Cache-Control': 'no-cache' };
  if (isCompressible(path, info.size)) {
    headers.Vary = 'Accept-Encoding';
    // A range counts bytes of the file as it is.
    const encoding = request.headers.range === undefined ? chooseEncoding(request.headers['accept-encoding']) : undefined;
    if (encoding) return answerCompressed({ path, encoding, version, headers, request, response, send });
  }
  answerFile({ path, size: info.size, version, headers, request, response, send });
}

async function answerCompressed({ path, encoding, version, headers: shared, request, response, send }) {
  const etag = `"${version}-${encoding}"`;
  const headers = { ...shared, 'Content-Encoding': encoding, ETag: etag };
  if (request.headers['if-none-match'] === etag) return send(304, headers).end();
  const bytes = await compressedFile(path, encoding, version).catch(() => undefined);
  if (!bytes) return response.destroy(); // the file went away between stat and read
  send(200, { ...headers, 'Content-Length': bytes.length });
  response.end(request.method === 'HEAD' ? undefined : bytes);
}

function answerFile({ path, size, version, headers: shared, request, response, send }) {
  const etag = `"${version}"`;
  const headers = { ...shared, 'Accept-Ranges': 'bytes', ETag: etag };
  if (request.headers['if-none-match'] === etag) return send(304, headers).end();
  const range = (request.headers['if-range'] ?? etag) === etag ? readRange(request.headers.range, size) : undefined;
  if (range === 'unsatisfiable') return send(416, { 'Content-Range': `bytes */${size}` }).end();
  const { start, end } = range ?? { start: 0, end: size - 1 };
  send(range ? 206 : 200, {
    ...headers,
    'Content-Length': end - start + 1,
    ...(range && { 'Content-Range': `bytes ${start}-${end}/${size}` }),
  });
  if (request.method === 'HEAD' || size === 0) return response.end();
  const file = createReadStream(path, { start, end });
  file.on('error', () => response.destroy());
  response.on('close', () => file.destroy());
  file.pipe(response);
}

/** The file that a request means, or undefined where it points outside the root. */
function localPath(root, url) {
  try {
    const name = decodeURIComponent(url.split(/[?#]/)[0]);
    const path = resolve(join(root, name.endsWith('/') ? `${name}index.html` : name));
    return path.startsWith(resolve(root) + sep) && !path.includes('\0') ? path : undefined;
  } catch {
    return undefined; // a malformed percent escape names no file
  }
}

/** One `bytes=` range; several at once, or another unit, are answered with the whole file as RFC 9110 allows. */
function readRange(header, size) {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (!match || (match[1] === '' && match[2] === '')) return undefined;
  const start = match[1] === '' ? Math.max(0, size - Number(match[2])) : Number(match[1]);
  const end = match[1] === '' || match[2] === '' ? size - 1 : Math.min(Number(match[2]), size - 1);
  return start > end ? 'unsatisfiable' : { start, end };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { root: { type: 'string', default: 'dist' }, port: { type: 'string', default: '4173' } } });
  const root = fileURLToPath(new URL(`../${values.root}`, import.meta.url));
  const { url } = await serve({ root, port: Number(values.port) });
  console.log(`Serving ${values.root} at ${url}`);
}
