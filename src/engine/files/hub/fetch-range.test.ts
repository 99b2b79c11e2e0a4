/** One range against servers that behave in ways that the Hub-like server of the other tests does not. */
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { connect, type RetryPolicy } from './connection.ts';
import { fetchRange } from './fetch-range.ts';
import { QUICK } from './hub-cases.ts';
import { PauseSignal } from './pause-signal.ts';

const servers: ReturnType<typeof createServer>[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** Bytes 100 to 200 of a file of 1000, from a server that answers as `handle` does. */
async function fetchPart(handle: RequestListener, retry: RetryPolicy, pause = new PauseSignal(), onBytes = (_count: number) => {}) {
  const server = createServer(handle);
  servers.push(server);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const into = new Uint8Array(100);
  const signal = new AbortController().signal;
  const request = { url: `${endpoint}/f`, path: 'f', from: 100, to: 200, size: 1000, into, pause, signal, onBytes, onEtag: () => {} };
  await fetchRange(connect(endpoint, 'a/b', undefined, retry), request);
  return into;
}

/** All bytes of the range in chunks, without the end of the answer, which is `end`'s business. Counts the answers. */
function chunked(end: (response: Parameters<RequestListener>[1]) => void): { count: number; handle: RequestListener } {
  const server = {
    count: 0,
    handle: ((request, response) => {
      server.count += 1;
      if (request.headers.range !== 'bytes=100-199') return void response.writeHead(200).end(Buffer.alloc(1000));
      response.writeHead(206, { 'content-range': 'bytes 100-199/1000' });
      response.write(Buffer.alloc(100, 7));
      end(response);
    }) satisfies RequestListener,
  };
  return server;
}

it('a range whose bytes are all here is done, though the connection is lost before the answer ends', async () => {
  let lose = (): void => {};
  const server = chunked((response) => {
    lose = () => void response.destroy();
  });
  let got = 0;
  const onBytes = (count: number): void => {
    got += count;
    if (got === 100) lose();
  };
  expect(await fetchPart(server.handle, QUICK, new PauseSignal(), onBytes)).toEqual(new Uint8Array(100).fill(7));
  expect(server.count).toBe(1);
});

it('a range whose bytes are all here is done after a pause before the answer ends', async () => {
  const server = chunked(() => {}); // never ends its answer: only the pause can
  const pause = new PauseSignal();
  let got = 0;
  const onBytes = (count: number): void => {
    got += count;
    if (got < 100) return;
    pause.pause();
    setTimeout(() => pause.resume());
  };
  expect(await fetchPart(server.handle, QUICK, pause, onBytes)).toEqual(new Uint8Array(100).fill(7));
  expect(server.count).toBe(1);
});

it('a server that asks for no wait at all is given time to recover all the same', async () => {
  for (const wait of ['0', new Date(Date.now() - 60_000).toUTCString()]) {
    const began = performance.now();
    const handle: RequestListener = (_request, response) => void response.writeHead(503, { 'retry-after': wait }).end();
    await expect(fetchPart(handle, { ...QUICK, firstWait: 60, longestWait: 120 })).rejects.toThrow(/answered 503/);
    expect(performance.now() - began).toBeGreaterThanOrEqual((60 + 120 + 120) / 2 - 5);
  }
});
