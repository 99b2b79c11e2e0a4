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
  readonly token?: string;
  readonly branches: Map<string, string>;
  push(files: readonly ServedFile[], branch?: string): string;
  resolve(revision: string): string | undefined;
  filesAt(commit: string): Map<string, ServedFile> | undefined;
}

/** See faults.mjs. */
export interface Fault {
  file?: string;
  host?: 'hub' | 'cdn';
  from?: number;
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

export interface HubOptions {
  repositories?: Repository[];
  port?: number;
  cdnPort?: number;
  /** Entries of a page of the file tree. */
  pageSize?: number;
  /** Access-Control-Expose-Headers of the other origin. */
  exposeOnCdn?: string;
}

export interface Hub {
  readonly repositories: Map<string, Repository>;
  readonly requests: LoggedRequest[];
  readonly faults: Fault[];
  readonly endpoint: string;
  readonly cdn: string;
  /** GET requests about a file that were answered with its bytes. */
  fetches(path: string): LoggedRequest[];
  close(): Promise<void>;
}
