/**
 * One endpoint with the Hub's API, and its retry policy. Everything that may recover by itself is retried with bounded, jittered
 * exponential backoff: no connection, silence, answers cut short, 408, 425, 429, 5xx. Everything else is an error of one sentence.
 * The token goes to the endpoint only: fetch removes the Authorization header when a redirect leaves the origin (Fetch standard, HTTP-redirect
 * fetch, step 13). It is stored nowhere else.
 * The Hub's CORS headers expose X-Error-Code and ETag to pages but neither Retry-After nor RateLimit, so a 429 without a readable wait has its
 * own, longer first wait (the Hub counts in windows of 5 minutes).
 */
import { MotherTongueError } from '../../../lib/errors.ts';
import { formatDuration } from '../../../lib/format.ts';

/** All in milliseconds but `attempts`. */
export interface RetryPolicy {
  /** A request without a byte for this long is aborted and sent again. */
  stall: number;
  firstWait: number;
  longestWait: number;
  /** First wait after a 429 that names none. */
  rateLimited: number;
  /** The longest wait, whatever Retry-After states. */
  longestAsked: number;
  /** Failures in a row, without a byte between them, before giving up. */
  attempts: number;
}

export const RETRY_POLICY: RetryPolicy = {
  stall: 30_000,
  firstWait: 500,
  longestWait: 30_000,
  rateLimited: 15_000,
  longestAsked: 310_000,
  attempts: 9,
};

/** As the Hub's addresses name them. */
export type RepositoryKind = 'models' | 'datasets';

export interface Connection {
  readonly kind: RepositoryKind;
  readonly endpoint: string;
  readonly repository: string;
  readonly token?: string;
  readonly retry: RetryPolicy;
  /** No request is sent before this time (performance.now), after a 429. */
  quietUntil: number;
  /** Called with what a long wait is for. */
  report(text: string): void;
}

/** Shorter waits are not reported. */
const REPORTED_FROM = 1000;

/** A request that failed. `again`: it may succeed another time. */
export class HubFailure extends Error {
  constructor(
    message: string,
    readonly again: boolean,
    readonly status = 0,
    /** Milliseconds of the server's Retry-After. */
    readonly wait?: number,
    readonly code?: string,
  ) {
    super(message);
    this.name = 'HubFailure';
  }
}

export function connect(
  endpoint: string,
  repository: string,
  token: string | undefined,
  retry: RetryPolicy,
  kind: RepositoryKind = 'models',
): Connection {
  return {
    kind,
    endpoint: endpoint.replace(/\/+$/, ''),
    repository,
    retry,
    quietUntil: 0,
    report: () => undefined,
    ...(token && { token }),
  };
}

/**
 * Runs `attempt` until it succeeds, fails for good, or has failed too often in a row. `moved` counts the bytes so far: an attempt that
 * brought some resets the count of failures.
 */
export async function withRetries<X>(
  connection: Connection,
  signal: AbortSignal,
  attempt: () => Promise<X>,
  moved: () => number = () => 0,
): Promise<X> {
  const { retry } = connection;
  let failures = 0;
  for (;;) {
    await sleep(connection.quietUntil - performance.now(), signal);
    const before = moved();
    try {
      return await attempt();
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof HubFailure) || !error.again) throw error;
      failures = moved() > before ? 1 : failures + 1;
      if (failures >= retry.attempts) throw error;
      const wait = waitAfter(error, failures, retry);
      if (error.status === 429) connection.quietUntil = Math.max(connection.quietUntil, performance.now() + wait);
      if (wait >= REPORTED_FROM) connection.report(`${capital(error.message)}; trying again in ${formatDuration(wait / 1000)}`);
      await sleep(wait, signal);
    }
  }
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** `Retry-After: 0` or a date that has passed still means the ordinary backoff. */
function waitAfter(error: HubFailure, failures: number, retry: RetryPolicy): number {
  const unnamed = error.status === 429 && error.wait === undefined;
  const first = unnamed ? retry.rateLimited : retry.firstWait;
  const longest = unnamed ? retry.longestAsked : retry.longestWait;
  const backoff = Math.min(longest, first * 2 ** (failures - 1)) * (0.5 + 0.5 * Math.random());
  return Math.min(Math.max(error.wait ?? 0, backoff), retry.longestAsked);
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (ms <= 0) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal.addEventListener('abort', stop, { once: true });
  });
}

/**
 * Sends one GET and hands its answer to `receive`, which calls `alive` whenever bytes arrive. Silence, a lost connection and any status but
 * 200 and 206 become a HubFailure.
 */
export async function get<X>(
  connection: Connection,
  url: string,
  headers: Record<string, string>,
  signal: AbortSignal,
  receive: (response: Response, alive: () => void) => Promise<X>,
): Promise<X> {
  const silence = new AbortController();
  const { stall } = connection.retry;
  const giveUp = () => silence.abort(new HubFailure(`nothing arrived for ${stall / 1000} s`, true));
  let timer = setTimeout(giveUp, stall);
  const alive = () => {
    clearTimeout(timer);
    timer = setTimeout(giveUp, stall);
  };
  const isOurs = url.startsWith(`${connection.endpoint}/`);
  try {
    const response = await fetch(url, {
      headers: { ...headers, ...(connection.token && isOurs && { Authorization: `Bearer ${connection.token}` }) },
      signal: AbortSignal.any([signal, silence.signal]),
      credentials: 'omit',
      cache: 'no-store', // a 13 GB model has no place in the HTTP cache
      referrerPolicy: 'no-referrer', // the Hub refuses some hosts of pages by their referrer
    });
    alive();
    if (response.status !== 200 && response.status !== 206) throw await statusFailure(response, connection);
    return await receive(response, alive);
  } catch (error) {
    const silent = silence.signal.aborted;
    silence.abort(); // the rest of the answer is dropped
    signal.throwIfAborted();
    if (silent) throw silence.signal.reason;
    if (error instanceof HubFailure || error instanceof MotherTongueError) throw error;
    // fetch and its streams throw a TypeError for every network failure; anything else is a bug here.
    if (error instanceof TypeError) throw new HubFailure(`the connection failed (${error.message})`, true);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function statusFailure(response: Response, connection: Connection): Promise<HubFailure> {
  const { status } = response;
  await response.body?.cancel();
  const wait = retryAfter(response.headers.get('Retry-After'));
  const code = response.headers.get('X-Error-Code') ?? undefined;
  // The signed address of a redirect runs out after a while; asked anew, the endpoint gives a fresh one.
  const expired = status === 403 && !response.url.startsWith(`${connection.endpoint}/`);
  const again = status >= 500 || [408, 425, 429].includes(status) || expired;
  return new HubFailure(`the server answered ${status}`, again, status, wait, code);
}

/** Seconds or an HTTP date, as milliseconds from now. */
export function retryAfter(header: string | null, now = Date.now()): number | undefined {
  if (header === null) return undefined;
  if (/^\s*\d+\s*$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** The error sentence of a permanent failure, about `what` ("config.json of openai/gpt-oss-20b"). */
export function explainFailure(error: unknown, what: string, connection: Connection): unknown {
  if (!(error instanceof HubFailure)) return error;
  return new MotherTongueError('FileError', sentence(error, what, connection));
}

function sentence({ status, code, message }: HubFailure, what: string, { repository, endpoint, token }: Connection): string {
  if (code === 'GatedRepo' || status === 403) {
    return token
      ? `${what} is refused with this token: ${repository} is gated; ask for access on its page at ${endpoint} and use a token that may read it.`
      : `${what} needs access: ${repository} is gated; ask for access on its page at ${endpoint} and give a token that may read it.`;
  }
  if (status === 401) {
    return token
      ? `${endpoint} has no repository ${repository}, or the token may not read it; check the name and the token.`
      : `${endpoint} has no public repository ${repository}; check the name, or give a token if it is private.`;
  }
  if (code === 'RevisionNotFound') return `${repository} has no such revision at ${endpoint}; check the branch, tag or commit.`;
  if (status === 404) return `${what} is not at ${endpoint} (status 404); check the name and the revision.`;
  if (status === 429)
    return `${endpoint} limits the rate of requests (status 429); what was fetched is kept, resume in some minutes or give a token.`;
  return `${what} could not be fetched from ${endpoint}: ${message}; what was fetched is kept, check the connection and try again.`;
}
