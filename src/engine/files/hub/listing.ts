/**
 * What a repository holds at a commit, by the Hub's API: `GET /api/models/{repository}/revision/{revision}` (or `datasets`) names the commit, and
 * `GET /api/models/{repository}/tree/{commit}?recursive=true` lists the files, a page at a time by the Link header. Shapes as huggingface.js
 * reads them (packages/hub, list-files.ts); its client is not used because retries, silence and cancellation are ours to handle.
 */
import { MotherTongueError } from '../../../lib/errors.ts';
import { show } from '../../../protocol/rules.ts';
import { type Connection, explainFailure, get, HubFailure, withRetries } from './connection.ts';

export interface HubFile {
  path: string;
  size: number;
  /** What the listing states for a size, where that is none. */
  misstated?: string;
  /** SHA-256 of the content, stated for files kept by LFS. */
  sha256?: string;
  /** Git blob id of the content, stated for files kept in git. */
  sha1?: string;
}

export interface Listing {
  commit: string;
  files: HubFile[];
}

const PAGES = 100;

export async function listRepository(connection: Connection, revision: string, signal: AbortSignal): Promise<Listing> {
  const { kind, repository, endpoint } = connection;
  const what = `The file list of ${repository} at ${revision}`;
  try {
    const base = `${endpoint}/api/${kind}/${repository}`;
    const info = await getJson(connection, `${base}/revision/${encodeURIComponent(revision)}`, signal);
    const commit = (info.json as { sha?: unknown } | null)?.sha;
    if (typeof commit !== 'string' || !/^[0-9a-f]{40}$/.test(commit)) throw unreadable(what, endpoint);
    const files: HubFile[] = [];
    let url: string | undefined = `${base}/tree/${commit}?recursive=true`;
    for (let page = 0; url !== undefined; page++) {
      if (page === PAGES) throw new MotherTongueError('FileError', `${what} does not end; check the endpoint ${endpoint}.`);
      const { json, next } = await getJson(connection, url, signal);
      if (!Array.isArray(json)) throw unreadable(what, endpoint);
      for (const entry of json) files.push(...readEntry(entry));
      url = next;
    }
    return { commit, files };
  } catch (error) {
    throw explainFailure(error, what, connection);
  }
}

function unreadable(what: string, endpoint: string): MotherTongueError {
  return new MotherTongueError('FileError', `${what} is not as the Hub answers; check the endpoint ${endpoint}.`);
}

interface TreeEntry {
  type?: unknown;
  path?: unknown;
  size?: unknown;
  oid?: unknown;
  lfs?: { oid?: unknown; size?: unknown };
}

function readEntry(entry: unknown): HubFile[] {
  const { type, path, size, oid, lfs } = (entry ?? {}) as TreeEntry;
  if (type !== 'file' || typeof path !== 'string') return [];
  const sha256 = typeof lfs?.oid === 'string' ? lfs.oid.replace(/^sha256:/, '') : '';
  if (/^[0-9a-f]{64}$/.test(sha256)) return [{ path, ...sizeOf(lfs?.size ?? size), sha256 }];
  return [{ path, ...sizeOf(size), ...(!lfs && typeof oid === 'string' && /^[0-9a-f]{40}$/.test(oid) && { sha1: oid }) }];
}

/** Disks and addresses of ranges go no further. */
const LARGEST_FILE = 2 ** 43;

function sizeOf(size: unknown): Pick<HubFile, 'size' | 'misstated'> {
  if (Number.isSafeInteger(size) && (size as number) >= 0 && (size as number) <= LARGEST_FILE) return { size: size as number };
  return { size: 0, misstated: size === undefined ? 'none' : show(size).slice(0, 40) };
}

/** Before a file's size is used for anything: one that no file has is the server's fault or a trap, and is not measured again. */
export function checkSizes(repository: string, files: readonly HubFile[]): void {
  const wrong = files.flatMap(({ path, misstated }) => (misstated === undefined ? [] : [`${path} (${misstated})`]));
  if (wrong.length === 0) return;
  throw new MotherTongueError(
    'FileError',
    `The file list of ${repository} states a size that no file has for ${wrong.join(', ')}; try again later, or choose another revision.`,
  );
}

async function getJson(connection: Connection, url: string, signal: AbortSignal): Promise<{ json: unknown; next?: string }> {
  return withRetries(connection, signal, () =>
    get(connection, url, { Accept: 'application/json' }, signal, async (response) => {
      const text = await response.text();
      const next = nextPage(response.headers.get('Link'), url);
      try {
        return { json: JSON.parse(text) as unknown, ...(next && { next }) };
      } catch {
        throw new HubFailure('the answer is not JSON', true);
      }
    }),
  );
}

/** The page after this one: the same address with the cursor of the link. A mirror may hand on the Hub's own links; the token stays with the endpoint. */
function nextPage(link: string | null, current: string): string | undefined {
  const match = /<([^>]+)>\s*;\s*rel="?next"?/.exec(link ?? '');
  if (!match) return undefined;
  const { origin, pathname } = new URL(current);
  return origin + pathname + new URL(match[1]!, current).search;
}

/** Where a file's bytes are, at a fixed commit. */
export function fileUrl({ kind, endpoint, repository }: Connection, commit: string, path: string): string {
  return `${endpoint}/${kind === 'datasets' ? 'datasets/' : ''}${repository}/resolve/${commit}/${path.split('/').map(encodeURIComponent).join('/')}`;
}
