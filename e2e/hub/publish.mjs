/**
 * The writing half of the Hub-like server: who a token belongs to, making and deleting a repository, and a commit as clients make it: preupload says what
 * goes through LFS, the LFS batch gives an address per object (in parts where it is large), the bytes are put there, and one commit names all.
 * Only a commit makes anything visible. Shapes are those of huggingface.co in 2026, as npm @huggingface/hub reads them. Not here: Xet.
 */
import { createHash } from 'node:crypto';
import { bytesFile, createRepository } from './content.mjs';

/** Above this an object is put in parts. */
const PART_BYTES = 5 << 20;

/**
 * What a server that takes uploads has to know: its users by token, and the objects that were put so far.
 * @param {Record<string, { name: string, role?: 'read' | 'write', orgs?: string[], storage?: number }>} users
 * @returns {import('./types.ts').Uploads}
 */
export function createUploads(users) {
  return { users, objects: new Map(), parts: new Map(), deleted: [] };
}

const json = (value, status = 200, headers = {}) => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
  body: JSON.stringify(value),
});
const failure = (status, error) => json({ error }, status);

/** The answer to a request that writes, or to one about the user; undefined for anything else. `body`: the request's bytes. */
export function routeWrite(hub, url, request, body) {
  const path = decodeURIComponent(url.pathname);
  const user = hub.uploads.users[/^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? ''];
  if (path.startsWith('/upload/')) return put(hub, url, body);
  if (path.startsWith('/complete/')) return complete(hub, JSON.parse(String(body)));
  if (path === '/api/whoami-v2') return user ? json(whoAmI(user)) : failure(401, 'Invalid username or password.');
  const listed = /^\/api\/models\/([^/]+\/[^/]+)\/commits\/main$/.exec(path);
  if (listed) return commits(hub.repositories.get(listed[1]));
  if (request.method === 'GET' || request.method === 'HEAD') return undefined;
  if (!user) return failure(401, 'Invalid username or password.');
  if (path === '/api/repos/create') return create(hub, user, JSON.parse(String(body)));
  if (path === '/api/repos/delete') return remove(hub, user, JSON.parse(String(body)));
  const [, api, commit, lfs] =
    /^\/api\/models\/([^/]+\/[^/]+)\/preupload\/main$|^\/api\/models\/([^/]+\/[^/]+)\/commit\/main$|^\/([^/]+\/[^/]+)\.git\/info\/lfs\/objects\/batch$/.exec(
      path,
    ) ?? [];
  const repository = hub.repositories.get(api ?? commit ?? lfs);
  if (!repository) return failure(404, 'Repository not found');
  if (!mayWrite(user, repository.name)) return failure(403, `You don't have the rights to write to ${repository.name}.`);
  if (api) return preupload(JSON.parse(String(body)));
  return lfs ? batch(hub, user, JSON.parse(String(body))) : makeCommit(hub, repository, String(body));
}

const whoAmI = ({ name, role = 'write', orgs = [] }) => ({
  type: 'user',
  id: '1',
  name,
  fullname: name,
  email: null,
  emailVerified: true,
  canPay: false,
  isPro: false,
  periodEnd: null,
  avatarUrl: '',
  orgs: orgs.map((org) => ({ type: 'org', id: org, name: org, fullname: org, roleInOrg: 'write' })),
  auth: { type: 'access_token', accessToken: { displayName: 'a token', role } },
});

const mayWrite = ({ name, role = 'write', orgs = [] }, repository) =>
  role === 'write' && [name, ...orgs].includes(repository.split('/')[0]);

/** The newest only. */
function commits(repository) {
  return repository
    ? json([{ id: repository.resolve('main'), title: repository.titles?.at(-1) ?? 'initial commit' }])
    : failure(404, 'Repository not found');
}

function create(hub, user, { name, organization, visibility }) {
  const full = `${organization ?? user.name}/${name}`;
  if (!mayWrite(user, full)) return failure(403, `You don't have the rights to create a model under the namespace "${organization}".`);
  if (hub.repositories.has(full)) return failure(409, 'You already created this model repo');
  const repository = createRepository(full, [bytesFile('.gitattributes', '*.safetensors filter=lfs diff=lfs merge=lfs -text\n')]);
  hub.repositories.set(full, Object.assign(repository, { visibility }));
  return json({ url: `${hub.endpoint}/${full}`, name: full, id: full });
}

function remove(hub, user, { name, organization }) {
  const full = `${organization ?? user.name}/${name}`;
  if (!mayWrite(user, full)) return failure(403, 'Forbidden');
  hub.uploads.deleted.push(full);
  return hub.repositories.delete(full) ? { status: 200, headers: {}, body: 'OK' } : failure(404, 'Repository not found');
}

/** Bytes below 10 MB that are text go into git, everything else through LFS; tests are small, so the rule is by name. */
function preupload({ files }) {
  const uploadMode = (path) => (/\.(safetensors|bin)$/.test(path) || path === 'tokenizer.json' ? 'lfs' : 'regular');
  return json({ files: files.map(({ path }) => ({ path, uploadMode: uploadMode(path), shouldIgnore: false })) });
}

function batch(hub, { storage = Number.POSITIVE_INFINITY }, { objects }) {
  const total = objects.reduce((sum, { size }) => sum + size, 0);
  if (total > storage)
    return failure(403, 'Private repository storage limit reached, please upgrade your plan to increase your private storage limit.');
  const answers = objects.map(({ oid, size }) => {
    if (hub.uploads.objects.has(oid)) return { oid, size };
    if (size <= PART_BYTES) return { oid, size, actions: { upload: { href: `${hub.cdn}/upload/${oid}`, header: {} } } };
    const numbers = Array.from({ length: Math.ceil(size / PART_BYTES) }, (_, i) => String(i + 1).padStart(5, '0'));
    const header = Object.fromEntries(numbers.map((n) => [n, `${hub.cdn}/upload/${oid}?part=${Number(n)}`]));
    return {
      oid,
      size,
      actions: { upload: { href: `${hub.cdn}/complete/${oid}`, header: { chunk_size: String(PART_BYTES), ...header } } },
    };
  });
  return json({ transfer: 'basic', objects: answers }, 200, { 'x-request-id': 'lfs-batch' });
}

function put(hub, url, body) {
  const oid = url.pathname.slice('/upload/'.length);
  const part = url.searchParams.get('part');
  const etag = `"${createHash('md5').update(body).digest('hex')}"`;
  if (part) {
    const parts = hub.uploads.parts.get(oid) ?? new Map();
    hub.uploads.parts.set(oid, parts.set(Number(part), { body, etag }));
    return { status: 200, headers: { etag, 'access-control-expose-headers': 'ETag' }, body: '' };
  }
  return keep(hub, oid, body) ?? { status: 200, headers: { etag }, body: '' };
}

function complete(hub, { oid, parts }) {
  const kept = hub.uploads.parts.get(oid);
  if (!kept || parts.some(({ partNumber, etag }) => kept.get(partNumber)?.etag !== etag)) return failure(400, 'A part is missing.');
  return keep(hub, oid, Buffer.concat(parts.map(({ partNumber }) => kept.get(partNumber).body))) ?? json({});
}

function keep(hub, oid, bytes) {
  if (createHash('sha256').update(bytes).digest('hex') !== oid) return failure(400, 'The bytes have another SHA-256 than the object.');
  hub.uploads.objects.set(oid, bytes);
  return undefined;
}

function makeCommit(hub, repository, body) {
  const lines = body.split('\n').map((line) => JSON.parse(line));
  const files = new Map(repository.filesAt(repository.resolve('main')));
  for (const { key, value } of lines) {
    if (key === 'file') files.set(value.path, bytesFile(value.path, Buffer.from(value.content, value.encoding ?? 'utf-8'), false));
    if (key === 'deletedFile') files.delete(value.path);
    if (key !== 'lfsFile') continue;
    const bytes = hub.uploads.objects.get(value.oid);
    if (!bytes) return failure(422, `The object of ${value.path} was not uploaded.`);
    files.set(value.path, bytesFile(value.path, bytes, true));
  }
  const oid = repository.push([...files.values()]);
  repository.titles = [...(repository.titles ?? []), lines.find(({ key }) => key === 'header')?.value.summary ?? ''];
  return json({ success: true, commitOid: oid, commitUrl: `${hub.endpoint}/${repository.name}/commit/${oid}`, hookOutput: '' });
}
