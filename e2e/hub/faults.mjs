/**
 * How the Hub-like server misbehaves. A fault is a plain record: which requests it strikes (`file`, `host`, `from`: the range's first byte, `path`: a part of the address), how
 * often (`times`, default once), what it waits for (`after`: a function that resolves), and one of:
 *   status (with `headers`, `body`)   another answer, e.g. 429 with Retry-After, 503, 416, 403
 *   dropAfter: n                      n bytes of the body, then the connection is destroyed
 *   stallAfter: n                     n bytes of the body, then nothing more
 *   shortBy: n                        a well-formed answer of n bytes less than requested
 *   wrongByteAt: n                    the byte at offset n of the file is flipped
 *   etag: value                       another ETag
 *   ignoreRange: true                 200 with the whole file
 *   bytesPerSecond: n                 slow, but steady
 *   cut: true                         the request is done, and the connection destroyed without an answer
 */

/** The first fault that strikes this request; counts it down. */
export function takeFault(faults, { host, file, path, range }, reply) {
  const strikes = (fault) =>
    (fault.times ?? 1) > 0 &&
    (fault.file === undefined || fault.file === file) &&
    (fault.host === undefined ? reply.file !== undefined || fault.status !== undefined : fault.host === host) &&
    (fault.from === undefined || fault.from === range?.[0]) &&
    (fault.path === undefined || path.includes(fault.path)) &&
    (fault.wrongByteAt === undefined || covers(range, fault.wrongByteAt));
  const fault = faults.find(strikes);
  if (fault) fault.times = (fault.times ?? 1) - 1;
  return fault;
}

const covers = (range, offset) => range === undefined || (offset >= range[0] && (range[1] === null || offset < range[1]));

export async function sendWithFaults(reply, fault, entry, request, response) {
  await fault?.after?.();
  if (fault?.cut) return response.destroy();
  if (fault?.status !== undefined) {
    entry.status = fault.status;
    response.writeHead(fault.status, { ...corsOf(reply.headers), ...fault.headers });
    return response.end(fault.body ?? '');
  }
  if (!reply.file) {
    entry.status = reply.status;
    response.writeHead(reply.status, reply.headers);
    return response.end(request.method === 'HEAD' ? undefined : reply.body);
  }
  const { file } = reply;
  const range = fault?.ignoreRange ? undefined : entry.range;
  const from = range?.[0] ?? 0;
  let to = Math.min(range?.[1] ?? file.size, file.size);
  if (range && from >= file.size) {
    entry.status = 416;
    return response.writeHead(416, { ...corsOf(reply.headers), 'content-range': `bytes */${file.size}` }).end();
  }
  if (fault?.shortBy) to = Math.max(from, to - fault.shortBy);
  entry.status = range ? 206 : 200;
  response.writeHead(entry.status, {
    ...reply.headers,
    ...(fault?.etag && { etag: fault.etag }),
    ...(range && { 'content-range': `bytes ${from}-${to - 1}/${file.size}` }),
    'content-length': to - from,
  });
  if (request.method === 'HEAD') return response.end();
  await sendBody(file, from, to, fault, entry, response);
}

const corsOf = (headers) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('access-control') || name === 'vary'));

function drained(response) {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done).off('close', done);
      resolve(undefined);
    };
    response.on('drain', done).on('close', done);
  });
}

async function sendBody(file, from, to, fault, entry, response) {
  const end = Math.min(to, from + (fault?.dropAfter ?? fault?.stallAfter ?? Number.POSITIVE_INFINITY));
  const step = fault?.bytesPerSecond ? Math.max(1, Math.floor(fault.bytesPerSecond / 20)) : 256 * 1024;
  for (let at = from; at < end && !response.destroyed; at += step) {
    const bytes = Buffer.from(file.read(at, Math.min(at + step, end)));
    if (fault?.wrongByteAt >= at && fault.wrongByteAt < at + bytes.length) bytes[fault.wrongByteAt - at] ^= 0xff;
    const roomy = response.write(bytes);
    entry.sent += bytes.length;
    if (fault?.bytesPerSecond) await new Promise((done) => setTimeout(done, 50));
    else if (!roomy && !response.destroyed) await drained(response);
  }
  if (fault?.dropAfter !== undefined) {
    await delivered(response);
    return response.destroy();
  }
  if (fault?.stallAfter === undefined) response.end();
}

/**
 * What was sent has been read: after a moment for another process, and, however slow this one is, after turns of its own event loop in which a
 * client beside the server reads. A connection that is destroyed sooner takes along what its reader has not yet been handed.
 */
async function delivered(response) {
  while (response.writableLength > 0 && !response.destroyed) await new Promise((done) => setTimeout(done, 5));
  await new Promise((done) => setTimeout(done, 20));
  for (let turn = 0; turn < 20; turn++) await new Promise((done) => setImmediate(done));
}
