/**
 * One byte range of one file into a buffer that the caller owns. Bytes that arrived are kept when the connection is lost: the next request is for
 * the rest. The size and ETag of each answer are compared with the expected ones; a difference means that the file was replaced (FileChanged),
 * which needs a new listing.
 */
import { MotherTongueError } from '../../../lib/errors.ts';
import type { Bytes } from '../source.ts';
import { type Connection, get, HubFailure, withRetries } from './connection.ts';
import type { PauseSignal } from './pause-signal.ts';

/** The server has another file than was listed. */
export class FileChanged extends Error {
  constructor(readonly path: string) {
    super(`${path} changed on the server`);
    this.name = 'FileChanged';
  }
}

export interface RangeRequest {
  url: string;
  /** For messages. */
  path: string;
  /** Bytes [from, to) of a file of `size` bytes; `into` has at least as many. */
  from: number;
  to: number;
  size: number;
  into: Bytes;
  pause: PauseSignal;
  signal: AbortSignal;
  /** Called with every piece's length; negative where a server starts over. */
  onBytes(count: number): void;
  /** Called with the ETag of an answer, where the page may read it; throws FileChanged where it is not the expected one. */
  onEtag(etag: string): void;
}

export async function fetchRange(connection: Connection, request: RangeRequest): Promise<void> {
  const state = { got: 0 };
  const once = async (signal: AbortSignal): Promise<void> => {
    if (state.got === request.to - request.from) return; // all is here, and only the end of the last answer was lost
    const headers = { Range: `bytes=${request.from + state.got}-${request.to - 1}` };
    return get(connection, request.url, headers, signal, (response, alive) => receive(connection, request, state, response, alive));
  };
  try {
    await withRetries(
      connection,
      request.signal,
      () => request.pause.run(request.signal, once),
      () => state.got,
    );
  } catch (error) {
    if (error instanceof HubFailure && error.status === 416) throw new FileChanged(request.path);
    throw error;
  }
}

async function receive(
  connection: Connection,
  { path, from, to, size, into, onBytes, onEtag }: RangeRequest,
  state: { got: number },
  response: Response,
  alive: () => void,
): Promise<void> {
  const expected = to - from;
  if (response.status === 200) {
    if (expected < size) {
      await response.body?.cancel();
      throw new MotherTongueError(
        'FileError',
        `${connection.endpoint} does not answer byte ranges, without which ${path} cannot be fetched safely; use another endpoint.`,
      );
    }
    onBytes(-state.got);
    state.got = 0;
  } else {
    checkContentRange(response.headers.get('Content-Range'), from + state.got, size, path);
  }
  const etag = response.headers.get('ETag');
  if (etag !== null) onEtag(etag.replace(/^W\//, ''));
  if (!response.body) throw new HubFailure('the answer has no body', true);
  for await (const piece of pieces(response.body)) {
    alive();
    if (state.got + piece.length > expected) throw new HubFailure(`more than the ${expected} bytes requested arrived`, true);
    into.set(piece, state.got);
    state.got += piece.length;
    onBytes(piece.length);
  }
  if (state.got < expected) throw new HubFailure(`the answer ended ${expected - state.got} bytes early`, true);
}

/** Null where the page may not read it (CORS): then the length alone is judged. */
function checkContentRange(header: string | null, from: number, size: number, path: string): void {
  const match = /^bytes (\d+)-\d+\/(\d+)$/.exec(header ?? '');
  if (!match) return;
  if (Number(match[2]) !== size) throw new FileChanged(path);
  if (Number(match[1]) !== from) throw new HubFailure(`bytes from ${match[1]} arrived where ${from} were requested`, true);
}

const PIECE = 2 ** 20;

/**
 * A body piece by piece, each valid until the next. One buffer takes all pieces where the body is a byte stream, as fetch's are: read the plain
 * way, every piece is a new buffer of up to 2 MiB, and Chromium holds some hundred megabytes of them before it collects (measured over 384 MiB: the
 * process grew to 140-240 MiB, against 67). Browsers without such readers take the plain way.
 */
async function* pieces(body: ReadableStream<Bytes>): AsyncGenerator<Bytes> {
  let reader: ReadableStreamBYOBReader;
  try {
    reader = body.getReader({ mode: 'byob' });
  } catch {
    return yield* plainPieces(body.getReader());
  }
  let buffer = new ArrayBuffer(PIECE);
  try {
    for (;;) {
      const { done, value } = await reader.read(new Uint8Array(buffer));
      if (done) return;
      yield value;
      buffer = value.buffer;
    }
  } finally {
    reader.cancel().catch(() => undefined); // of a stream that already ended or broke
  }
}

async function* plainPieces(reader: ReadableStreamDefaultReader<Bytes>): AsyncGenerator<Bytes> {
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    reader.cancel().catch(() => undefined);
  }
}
