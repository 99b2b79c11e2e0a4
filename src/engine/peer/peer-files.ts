/**
 * Where a peer's files come from: a folder that the user picked, or the Hub. transformers.js requests every file by a Hub address; the functions
 * given to it here answer for a folder from its own files, and for the Hub from the network or the browser's cache of earlier downloads.
 *
 * A folder gets a made-up repository name, one per load, so that nothing of an earlier folder can answer for a later one.
 */
import { env } from '@huggingface/transformers';
import { MotherTongueError } from '../../lib/errors.ts';
import type { PeerSource } from '../../protocol/engine.ts';

export interface PeerFiles {
  /** Repository name to give to transformers.js. */
  id: string;
  revision: string;
  /** Paths of all files. */
  paths: string[];
  /** A small file's text; null where there is no such file. */
  readText(path: string): Promise<string | null>;
  close(): void;
}

interface Opened {
  files: Map<string, Blob> | null;
  signal: AbortSignal | undefined;
}

const opened = new Map<string, Opened>();
let folders = 0;

export async function openPeerFiles(source: PeerSource, signal: AbortSignal | undefined): Promise<PeerFiles> {
  env.fetch = fetchPeerFile;
  env.customCache = { match: matchCache, put: putCache };
  env.useCustomCache = true;
  env.useWasmCache = false; // the runtime's own WebAssembly comes from our origin, see onnx-runtime.ts
  const id = source.kind === 'folder' ? `picked-folder/${++folders}` : source.repo;
  const revision = (source.kind === 'hub' && source.revision) || 'main';
  const files = source.kind === 'folder' ? new Map(source.files.map(({ path, file }) => [withoutTop(path, source.files), file])) : null;
  const paths = files ? [...files.keys()] : await listHub(id, revision, signal);
  opened.set(id, { files, signal });
  const readText = async (path: string) => {
    if (!paths.includes(path)) return null;
    const response = await fetchPeerFile(`${env.remoteHost}${id}/resolve/${encodeURIComponent(revision)}/${path}`);
    if (!response.ok)
      throw new MotherTongueError('FileError', `${path} of ${id} could not be read (status ${response.status}); try again.`);
    return response.text();
  };
  return { id, revision, paths, readText, close: () => opened.delete(id) };
}

/** A picked folder's paths may all begin with the folder's own name. */
function withoutTop(path: string, files: { path: string }[]): string {
  const top = path.split('/')[0];
  const shared = path.includes('/') && files.every((file) => file.path.startsWith(`${top}/`));
  return shared ? path.slice(path.indexOf('/') + 1) : path;
}

async function listHub(repo: string, revision: string, signal: AbortSignal | undefined): Promise<string[]> {
  const url = `${env.remoteHost}api/models/${repo}/revision/${encodeURIComponent(revision)}`;
  const response = await fetch(url, { signal: signal ?? null }).catch((error: Error) => {
    throw new MotherTongueError(
      'FileError',
      `The Hub could not be reached for ${repo} (${error.message}); check the connection or open a folder instead.`,
    );
  });
  if (!response.ok) {
    throw new MotherTongueError(
      'FileError',
      `The Hub has no public model ${repo} at ${revision} (status ${response.status}); check the name.`,
    );
  }
  const listing = (await response.json()) as { siblings: { rfilename: string }[] };
  return listing.siblings.map(({ rfilename }) => rfilename);
}

/** The opened source that an address belongs to, and the file's path in it. */
function locate(address: string): { source: Opened; path: string } | undefined {
  for (const [id, source] of opened) {
    const start = `${env.remoteHost}${id}/resolve/`;
    if (address.startsWith(start)) return { source, path: decodeURIComponent(address.slice(start.length).replace(/^[^/]*\//, '')) };
  }
  return undefined;
}

async function fetchPeerFile(input: string | URL, init?: RequestInit): Promise<Response> {
  const found = locate(String(input));
  if (!found?.source.files) return fetch(input, { ...init, signal: found?.source.signal ?? null });
  found.source.signal?.throwIfAborted();
  const file = found.source.files.get(found.path);
  return file ? new Response(file, { headers: { 'content-length': String(file.size) } }) : new Response(null, { status: 404 });
}

async function matchCache(address: string): Promise<Response | undefined> {
  if (!locate(address) || locate(address)?.source.files) return undefined;
  return (await caches.open(env.cacheKey)).match(address);
}

async function putCache(address: string, response: Response): Promise<void> {
  if (!locate(address)?.source.files) await (await caches.open(env.cacheKey)).put(address, response);
}
