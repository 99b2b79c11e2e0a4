/**
 * An HTTP server that behaves as the Hub does towards a downloader: the search (search.mjs), information on models, and on datasets (repositories named
 * `datasets/owner/name`), and paged file trees under /api, files under /resolve with
 * a redirect (relative for small files, to another origin for LFS files), byte ranges, ETags, error codes, CORS. It logs every request, and
 * misbehaves on demand (faults.mjs). Two ports of localhost: the hub, and the other origin that large files come from.
 *
 * By hand: `node e2e/hub/server.mjs --model owner/name=FOLDER [--model ...] [--port 4290] [--token T] [--fault JSON ...]`, then use the printed
 * endpoint; for example `--fault '{"file":"model.safetensors","from":8388608,"dropAfter":1000}'`.
 * Header names and shapes are those of huggingface.co in 2026; Retry-After and RateLimit are not exposed to pages there, nor here.
 */
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createRepository, folderFiles } from './content.mjs';
import { sendWithFaults, takeFault } from './faults.mjs';
import { createUploads, routeWrite } from './publish.mjs';
import { listModels } from './search.mjs';

const EXPOSED =
  'X-Repo-Commit,X-Request-Id,X-Error-Code,X-Error-Message,X-Total-Count,ETag,Link,Accept-Ranges,Content-Range,X-Linked-Size,X-Linked-ETag,X-Xet-Hash';

/**
 * Starts both ports (0: any free one). `repositories` from createRepository; more may be added to the returned map.
 * `requests` is the log; `faults` is the list that faults are pushed to.
 * @param {import('./types.ts').HubOptions} options
 * @returns {Promise<import('./types.ts').Hub>}
 */
export async function startHub({ repositories = [], users = {}, port = 0, cdnPort = 0, pageSize = 1000, exposeOnCdn = '' } = {}) {
  const hub = {
    repositories: new Map(repositories.map((repository) => [repository.name, repository])),
    uploads: createUploads(users),
    requests: [],
    faults: [],
    pageSize,
    exposeOnCdn,
    endpoint: '',
    cdn: '',
    /** Requests for the bytes of one file that were answered with bytes. */
    fetches: (path) => hub.requests.filter((r) => r.file === path && r.method === 'GET' && (r.status === 200 || r.status === 206)),
    close: async () => {
      for (const server of servers) server.closeAllConnections();
      await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
    },
  };
  const servers = [createServer((...both) => answer(hub, 'hub', ...both)), createServer((...both) => answer(hub, 'cdn', ...both))];
  const [hubPort, otherPort] = await Promise.all([listen(servers[0], port), listen(servers[1], cdnPort)]);
  hub.endpoint = `http://localhost:${hubPort}`;
  hub.cdn = `http://127.0.0.1:${otherPort}`;
  return hub;
}

/** The other origin is 127.0.0.1, the hub localhost: another host, as on the Hub, and not only another port. */
async function listen(server, port) {
  await new Promise((done, fail) => server.once('error', fail).listen(port, '127.0.0.1', () => done(undefined)));
  return server.address().port;
}

async function answer(hub, host, request, response) {
  const url = new URL(request.url, hub.endpoint);
  const entry = {
    host,
    method: request.method,
    path: url.pathname,
    file: fileOf(host, url),
    range: readRange(request.headers.range),
    authorization: request.headers.authorization ?? null,
    referer: request.headers.referer ?? null,
    status: 0,
    sent: 0,
  };
  hub.requests.push(entry);
  const reply = route(hub, host, url, request, await bodyOf(request));
  if (request.method === 'OPTIONS') reply.file = undefined;
  const fault = request.method === 'OPTIONS' ? undefined : takeFault(hub.faults, entry, reply);
  await sendWithFaults(reply, fault, entry, request, response);
}

/** The repository path that a request is about, or null for the API. */
function fileOf(host, url) {
  const path = decodeURIComponent(url.pathname);
  if (host === 'cdn') return url.searchParams.get('file');
  const cached = /^\/api\/resolve-cache\/(?:models|datasets)\/[^/]+\/[^/]+\/[^/]+\/(.+)$/.exec(path);
  if (cached) return cached[1];
  return /^(?:\/datasets)?\/[^/]+\/[^/]+\/resolve\/[^/]+\/(.+)$/.exec(path)?.[1] ?? null;
}

/** A plain record of the answer: status, headers, and a body or a file of which a range is sent. */
function route(hub, host, url, request, body) {
  const cors = corsHeaders(hub, host, request);
  // The Hub's own other origin refuses preflights (huggingface/datasets issue 7931): a plain byte range needs none, anything more fails in a page.
  if (request.method === 'OPTIONS') return { status: host === 'cdn' && !isUpload(url) ? 403 : 204, headers: cors, body: '' };
  const written = routeWrite(hub, url, request, body);
  if (written) return { ...written, headers: { ...cors, ...written.headers } };
  if (request.method !== 'GET' && request.method !== 'HEAD') return { status: 405, headers: cors, body: '' };
  const reply = host === 'cdn' ? routeCdn(hub, url) : routeHub(hub, url, request);
  return { ...reply, headers: { ...cors, ...reply.headers } };
}

/** Addresses for uploads answer preflights. */
const isUpload = (url) => /^\/(?:upload|complete)\//.test(url.pathname);

async function bodyOf(request) {
  const parts = [];
  try {
    for await (const part of request) parts.push(part);
  } catch {
    // the client went away in the middle
  }
  return Buffer.concat(parts);
}

function corsHeaders(hub, host, request) {
  const origin = request.headers.origin;
  const asked = request.headers['access-control-request-headers'];
  const allowed = {
    ...(asked && { 'access-control-allow-headers': asked }),
    ...(request.headers['access-control-request-method'] && { 'access-control-allow-methods': 'GET,HEAD,POST,PUT,DELETE' }),
  };
  if (host === 'cdn')
    return {
      ...allowed,
      'access-control-allow-origin': '*',
      ...(hub.exposeOnCdn && { 'access-control-expose-headers': hub.exposeOnCdn }),
    };
  return {
    'access-control-allow-origin': origin ?? 'https://huggingface.co',
    'access-control-expose-headers': EXPOSED,
    'access-control-max-age': '86400',
    vary: 'Origin',
    ...allowed,
  };
}

function routeHub(hub, url, request) {
  const path = decodeURIComponent(url.pathname);
  if (path === '/api/models') return json(listModels(hub, url, request));
  const api = /^\/api\/(?:models|(datasets))\/([^/]+\/[^/]+)\/(revision|tree)\/([^/]+)$/.exec(path);
  const small = /^\/api\/resolve-cache\/(?:models|(datasets))\/([^/]+\/[^/]+)\/([^/]+)\/(.+)$/.exec(path);
  const resolve = /^\/(?:(datasets)\/)?([^/]+\/[^/]+)\/resolve\/([^/]+)\/(.+)$/.exec(path);
  const [, datasets, plain, ...rest] = api ?? small ?? resolve ?? [];
  const name = datasets ? `datasets/${plain}` : plain;
  if (name === undefined) return { status: 404, headers: {}, body: 'Not found' };
  const repository = hub.repositories.get(name);
  const allowed = !repository?.token || request.headers.authorization === `Bearer ${repository.token}`;
  if (!repository) return failure(401, 'RepoNotFound', 'Invalid username or password.');
  if (!allowed && !small) return refuse(repository, request);
  const revision = api ? rest[1] : rest[0];
  const commit = repository.resolve(revision);
  if (!commit) return failure(404, 'RevisionNotFound', `Invalid rev id: ${revision}`);
  if (api) return rest[0] === 'revision' ? modelInfo(repository, commit) : tree(hub, repository, commit, url);
  const file = repository.filesAt(commit).get(rest[1]);
  if (!file) return failure(404, 'EntryNotFound', 'Entry not found');
  return small ? wholeFile(file, `"${file.oid}"`, { 'x-repo-commit': commit }) : redirect(hub, repository, commit, file);
}

function refuse(repository, request) {
  const message = `Access to model ${repository.name} is restricted. You must have access to it and be authenticated to access it. Please log in.`;
  return failure(request.headers.authorization ? 403 : 401, repository.gated ? 'GatedRepo' : 'RepoNotFound', message);
}

const failure = (status, code, message) => ({
  status,
  headers: { 'content-type': 'application/json', 'x-error-code': code, 'x-error-message': message },
  body: JSON.stringify({ error: message }),
});

const json = (value, headers = {}) => ({
  status: 200,
  headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
  body: JSON.stringify(value),
});

function modelInfo(repository, commit) {
  const siblings = [...repository.filesAt(commit).keys()].map((rfilename) => ({ rfilename }));
  return json({ _id: 'x', id: repository.name, modelId: repository.name, sha: commit, private: false, gated: repository.gated, siblings });
}

function tree(hub, repository, commit, url) {
  const files = [...repository.filesAt(commit).values()];
  const folders = new Set(
    files.flatMap(({ path }) =>
      path
        .split('/')
        .slice(0, -1)
        .map((_, i, parts) => parts.slice(0, i + 1).join('/')),
    ),
  );
  const entries = [
    ...[...folders].map((path) => ({ type: 'directory', oid: '0'.repeat(40), size: 0, path })),
    ...files.map(({ path, size, oid, lfs, sha256 }) => ({
      type: 'file',
      oid,
      size,
      ...(lfs && { lfs: { oid: sha256, size, pointerSize: 135 }, xetHash: sha256.split('').reverse().join('') }),
      path,
    })),
  ];
  const from = Number(url.searchParams.get('cursor') ?? 0);
  const next = from + hub.pageSize;
  const query = new URLSearchParams({ recursive: 'true', cursor: String(next) });
  const link = next < entries.length ? { link: `<${hub.endpoint}${url.pathname}?${query}>; rel="next"` } : {};
  return json(entries.slice(from, next), link);
}

function redirect(hub, repository, commit, file) {
  const common = { 'x-repo-commit': commit, 'accept-ranges': 'bytes' };
  const path = file.path.split('/').map(encodeURIComponent).join('/');
  if (!file.lfs)
    return {
      status: 307,
      headers: {
        ...common,
        location: `/api/resolve-cache/${repository.name.startsWith('datasets/') ? '' : 'models/'}${repository.name}/${commit}/${path}`,
      },
      body: '',
    };
  const query = new URLSearchParams({ file: file.path, repository: repository.name, commit, Signature: 'signed' });
  return {
    status: 302,
    headers: {
      ...common,
      'x-linked-size': String(file.size),
      'x-linked-etag': `"${file.sha256}"`,
      location: `${hub.cdn}/xet/${file.sha256}?${query}`,
    },
    body: '',
  };
}

function routeCdn(hub, url) {
  const file = hub.repositories
    .get(url.searchParams.get('repository'))
    ?.filesAt(url.searchParams.get('commit'))
    ?.get(url.searchParams.get('file'));
  if (!file || url.searchParams.get('Signature') !== 'signed') return { status: 403, headers: {}, body: 'AccessDenied' };
  return wholeFile(file, `"${file.sha256}"`, {});
}

const wholeFile = (file, etag, headers) => ({
  status: 200,
  headers: { 'content-type': 'application/octet-stream', 'accept-ranges': 'bytes', etag, ...headers },
  file,
});

/** One `bytes=a-b` range as [a, b + 1), b absent: null for the end; undefined where there is none. */
function readRange(header) {
  const match = /^bytes=(\d+)-(\d*)$/.exec(header ?? '');
  return match ? [Number(match[1]), match[2] === '' ? null : Number(match[2]) + 1] : undefined;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      model: { type: 'string', multiple: true, default: [] },
      fault: { type: 'string', multiple: true, default: [] },
      port: { type: 'string', default: '4290' },
      token: { type: 'string' },
    },
  });
  const repositories = values.model.map((given) => {
    const [name, folder] = given.split('=');
    if (!folder || !name.includes('/')) throw new Error(`--model ${given}: expected owner/name=FOLDER.`);
    return createRepository(name, folderFiles(folder), { token: values.token });
  });
  const hub = await startHub({ repositories, port: Number(values.port), cdnPort: Number(values.port) + 1 });
  hub.faults.push(...values.fault.map((text) => JSON.parse(text)));
  console.log(`Endpoint ${hub.endpoint} with ${[...hub.repositories.keys()].join(', ') || 'no models'}; large files come from ${hub.cdn}`);
}
