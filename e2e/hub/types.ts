/** Types of the Hub-like server for the tests that use it; the server itself is plain JavaScript, so that it runs without a build. */

export interface ServedFile {
  readonly path: string;
  size: number;
  /** Bytes [from, to). */
  read(from: number, to: number): Uint8Array;
  readonly lfs: boolean;
  readonly sha256: string;
  /** Git blob id. */
  readonly oid: string;
}

export interface Repository {
  readonly name: string;
  readonly gated: boolean | string;
  /** By which the search sorts. */
  readonly downloads: number;
  readonly token?: string;
  readonly branches: Map<string, string>;
  push(files: readonly ServedFile[], branch?: string): string;
  resolve(revision: string): string | undefined;
  filesAt(commit: string): Map<string, ServedFile> | undefined;
  /** Of a repository made by a client. */
  visibility?: string;
  /** The commits that clients made, oldest first. */
  titles?: string[];
}

/** See faults.mjs. */
export interface Fault {
  file?: string;
  host?: 'hub' | 'cdn';
  from?: number;
  path?: string;
  cut?: boolean;
  times?: number;
  after?: () => Promise<unknown>;
  status?: number;
  headers?: Record<string, string>;
  body?: string;
  dropAfter?: number;
  stallAfter?: number;
  shortBy?: number;
  wrongByteAt?: number;
  etag?: string;
  ignoreRange?: boolean;
  bytesPerSecond?: number;
}

export interface LoggedRequest {
  host: 'hub' | 'cdn';
  method: string;
  path: string;
  file: string | null;
  /** [from, to). */
  range?: [number, number | null];
  authorization: string | null;
  referer: string | null;
  status: number;
  sent: number;
}

/** What the server takes from those who publish; see publish.mjs. */
export interface Uploads {
  /** By token. `storage`: bytes that one batch may bring. */
  users: Record<string, { name: string; role?: 'read' | 'write'; orgs?: string[]; storage?: number }>;
  /** Bytes by SHA-256. */
  objects: Map<string, Uint8Array>;
  parts: Map<string, Map<number, { body: Uint8Array; etag: string }>>;
  /** Repositories that were deleted. */
  deleted: string[];
}

export interface HubOptions {
  repositories?: Repository[];
  users?: Uploads['users'];
  port?: number;
  cdnPort?: number;
  /** Entries of a page of the file tree. */
  pageSize?: number;
  /** Access-Control-Expose-Headers of the other origin. */
  exposeOnCdn?: string;
}

export interface Hub {
  readonly uploads: Uploads;
  readonly repositories: Map<string, Repository>;
  readonly requests: LoggedRequest[];
  readonly faults: Fault[];
  readonly endpoint: string;
  readonly cdn: string;
  /** GET requests about a file that were answered with its bytes. */
  fetches(path: string): LoggedRequest[];
  close(): Promise<void>;
}
