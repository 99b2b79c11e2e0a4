/**
 * Files of ours to a repository of the Hub, as one commit, through npm @huggingface/hub. Nothing is visible before the commit: objects that were put
 * and never named are dropped by the Hub. A cut connection goes on, object by object and part by part; a repository made for a commit that then
 * fails is deleted again. The token goes to the endpoint only and is kept nowhere.
 * Uploads go through LFS (`useXet: false`), which is what the stand-in server of the tests speaks.
 */
import { MotherTongueError } from '../../../lib/errors.ts';
import { formatBytes } from '../../../lib/format.ts';
import { RETRY_POLICY, type RetryPolicy } from './connection.ts';

export interface PublishFile {
  readonly path: string;
  readonly content: Blob;
}

export interface PublishInput {
  readonly endpoint: string;
  /** owner/name. */
  readonly repository: string;
  readonly token: string;
  /** Null adds to the repository that is there. */
  readonly create: { readonly visibility: 'public' | 'private' } | null;
  readonly files: readonly PublishFile[];
  readonly title: string;
  readonly signal: AbortSignal;
  /** Bytes that were taken, of all. */
  readonly onProgress: (done: number, total: number, label: string) => void;
  readonly retry?: RetryPolicy;
}

export interface Published {
  /** The repository's page. */
  readonly url: string;
  readonly commit: string;
}

type HubLibrary = typeof import('@huggingface/hub');

export async function publish(input: PublishInput): Promise<Published> {
  const { endpoint, repository, token, create, signal } = input;
  const hub = await import('@huggingface/hub');
  const send = new Sender(input);
  const common = { repo: { type: 'model', name: repository } as const, hubUrl: endpoint, accessToken: token, fetch: send.fetch };
  let made = false;
  try {
    await checkToken(hub, input, send);
    if (create) {
      await hub.createRepo({ ...common, visibility: create.visibility });
      made = true;
    }
    const operations = input.files.map(({ path, content }) => ({ operation: 'addOrUpdate', path, content }) as const);
    const output = await hub.commit({ ...common, title: input.title, operations, abortSignal: signal, useXet: false });
    if (!output) throw new Error('the Hub named no commit');
    return { url: `${endpoint}/${repository}`, commit: output.commit.oid };
  } catch (error) {
    const sentence = explain(error, input, hub, send.lost);
    if (!made) throw sentence;
    const gone = await hub.deleteRepo({ ...common, fetch: globalThis.fetch }).then(
      () => true,
      () => false,
    );
    const after = gone
      ? `${repository}, which was made for it, is deleted again.`
      : `${repository} was made for it and stands empty; delete it on the Hub.`;
    throw new MotherTongueError(signal.aborted ? 'Cancelled' : 'FileError', `${sentence.message} ${after}`);
  }
}

async function checkToken(hub: HubLibrary, { endpoint, token, repository }: PublishInput, send: Sender): Promise<void> {
  if (!token.startsWith('hf_')) throw new MotherTongueError('FileError', 'This is no token of the Hub: tokens of the Hub begin with hf_.');
  const user = await hub.whoAmI({ accessToken: token, hubUrl: endpoint, fetch: send.fetch });
  if (user.auth?.accessToken?.role === 'read')
    throw new MotherTongueError(
      'FileError',
      `The token only reads; to write to ${repository}, make one with write access at ${endpoint}/settings/tokens.`,
    );
}

/** fetch with retries, and progress by the bytes that were put. */
class Sender {
  /** The connection stayed away. */
  lost = false;
  private done = 0;
  private readonly total: number;
  private readonly under = new Map<object, number>();

  constructor(private readonly input: PublishInput) {
    this.total = input.files.reduce((sum, { content }) => sum + content.size, 0);
  }

  readonly fetch: typeof fetch = async (address, init = {}) => {
    const { signal, retry = RETRY_POLICY } = this.input;
    const request: RequestInit = { ...init, signal: init.signal ?? signal };
    const before = isCommit(address, init) ? await this.newest() : null;
    for (let failures = 0; ; failures++) {
      signal.throwIfAborted();
      const last = failures + 1 >= retry.attempts;
      try {
        const response = await this.once(address, request);
        if (last || !(response.status === 429 || response.status === 408 || response.status >= 500)) return response;
      } catch (error) {
        this.lost = last;
        if (signal.aborted || last) throw error;
        const newest = isCommit(address, init) ? await this.newest() : null;
        if (newest && newest.id !== before?.id && newest.title === this.input.title)
          return Response.json({ commitOid: newest.id, commitUrl: '', hookOutput: '' });
      }
      await wait(Math.min(retry.longestWait, retry.firstWait * 2 ** failures), signal);
    }
  };

  private async once(address: RequestInfo | URL, init: RequestInit): Promise<Response> {
    if (init.method !== 'PUT' || !(init.body instanceof Blob)) return fetch(address, init);
    const { body } = init;
    const key = {};
    const moved = (bytes: number): void => {
      this.under.set(key, bytes);
      this.report();
    };
    try {
      const response = await (typeof XMLHttpRequest === 'undefined'
        ? fetch(address, init)
        : putWithProgress(String(address), body, init.signal, moved));
      if (response.ok) this.done += body.size;
      return response;
    } finally {
      this.under.delete(key);
      this.report();
    }
  }

  private report(): void {
    const underWay = [...this.under.values()].reduce((sum, bytes) => sum + bytes, 0);
    this.input.onProgress(Math.min(this.total, this.done + underWay), this.total, `Sending to ${this.input.repository}`);
  }

  /** A commit whose answer was lost may have been made, and sending it again would make a second one: the repository's newest commit tells. */
  private async newest(): Promise<{ id: string; title: string } | null> {
    const { endpoint, repository, token, signal } = this.input;
    try {
      const headers = { authorization: `Bearer ${token}` };
      const response = await fetch(`${endpoint}/api/models/${repository}/commits/main?limit=1`, { headers, signal });
      return ((await response.json()) as { id: string; title: string }[])[0] ?? null;
    } catch {
      return null;
    }
  }
}

const isCommit = (address: RequestInfo | URL, init: RequestInit): boolean =>
  init.method === 'POST' && /\/commit\/[^/]+$/.test(String(address));

/** fetch tells nothing of what it has sent. */
function putWithProgress(
  address: string,
  body: Blob,
  signal: AbortSignal | null | undefined,
  moved: (bytes: number) => void,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const abort = (): void => request.abort();
    signal?.addEventListener('abort', abort, { once: true });
    request.upload.onprogress = ({ loaded }) => moved(loaded);
    request.onload = () => {
      const etag = request.getResponseHeader('etag');
      resolve(new Response(request.response as ArrayBuffer, { status: request.status, headers: etag ? { etag } : {} }));
    };
    request.onerror = () => reject(new TypeError('The connection was lost.'));
    request.onabort = () => reject(new DOMException('Aborted', 'AbortError'));
    request.onloadend = () => signal?.removeEventListener('abort', abort);
    request.responseType = 'arraybuffer';
    request.open('PUT', address);
    request.send(body);
  });
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        reject(new DOMException('Aborted', 'AbortError'));
      },
      { once: true },
    );
  });
}

/** One sentence that says what the user can do. */
function explain(
  error: unknown,
  { endpoint, repository, files, signal }: PublishInput,
  { HubApiError }: HubLibrary,
  lost: boolean,
): MotherTongueError {
  if (error instanceof MotherTongueError) return error;
  if (signal.aborted) return new MotherTongueError('Cancelled', `Sending to ${repository} was cancelled; nothing of it is on the Hub.`);
  const host = new URL(endpoint).host;
  const hubError = (text: string): MotherTongueError => new MotherTongueError('FileError', text);
  if (lost)
    return hubError(
      `The connection to ${host} was lost while sending to ${repository}; nothing is published. Try again: what was sent is not sent twice.`,
    );
  if (!(error instanceof HubApiError))
    return hubError(`Sending to ${repository} failed (${error instanceof Error ? error.message : String(error)}); nothing is published.`);
  const message = typeof error.data?.error === 'string' ? error.data.error : error.message;
  const bytes = formatBytes(files.reduce((sum, { content }) => sum + content.size, 0));
  if (/storage|quota|no space/i.test(message) || error.statusCode === 413 || error.statusCode === 507)
    return hubError(
      `${repository.split('/')[0]} has no storage left for ${bytes} on ${host}; delete something there, or make the repository public.`,
    );
  switch (error.statusCode) {
    case 401:
      return hubError(`${host} does not accept the token; make one with write access at ${endpoint}/settings/tokens.`);
    case 403:
      return hubError(`The token may not write to ${repository}; use one with write access to it, or another owner.`);
    case 404:
      return hubError(`There is no repository ${repository} on ${host}; choose “new”, or correct the name.`);
    case 409:
      return hubError(`${repository} exists already on ${host}; choose “existing” to add to it, or another name.`);
    case 429:
      return hubError(`${host} takes no more requests for now; try again in some minutes.`);
    default:
      return hubError(`${host} refused ${repository} (status ${error.statusCode}): ${message.slice(0, 200)}`);
  }
}
