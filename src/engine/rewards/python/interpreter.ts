/**
 * Python in a thread that is used for one program: Pyodide, started from a snapshot of its memory, with whatever reaches out of the thread taken away before
 * the program is seen. The page's worker is also closed by the policy of its own answer (scripts/headers.mjs); under Node this is all there is.
 */
import type { PyodideAPI } from 'pyodide';
import program from './program.py?raw';
import tests from './tests.py?raw';

/** What an interpreter is made of; whoever starts the thread fetches it, because the thread can fetch nothing. */
export interface PythonFiles {
  /** Addresses of pyodide.mjs and pyodide.asm.mjs, which are imported as they are. */
  readonly loader: string;
  readonly script: string;
  /** Where they lie: an address, or under Node a path. */
  readonly folder: string;
  readonly wasm: WebAssembly.Module;
  readonly library: Uint8Array<ArrayBuffer>;
}

export interface PythonStart extends PythonFiles {
  /** Memory of an interpreter that was started before; null: make one. */
  readonly snapshot: Uint8Array<ArrayBuffer> | null;
  readonly memory_mb: number;
}

export interface Program {
  readonly code: string;
  readonly tests: readonly string[];
}

/** '' where it passes, else why it does not. */
export type ProgramResult = string;

/** Imported before the snapshot, so that programs need not wait for them. */
const WARM =
  'import math, re, json, random, string, itertools, functools, collections, heapq, bisect, typing, datetime, decimal, fractions, statistics, operator, copy, io, os, time, dataclasses, enum, abc';

/** Python's own entropy differs each time; that of programs must not. */
const ENVIRONMENT = { PYTHONHASHSEED: '0' };

/** Packages: none, so that nothing is ever loaded by name. */
const LOCK = {
  info: { abi_version: '2026_0', arch: 'wasm32', platform: 'emscripten_5_0_3', python: '3.14.2', version: '314.0.7' },
  packages: {},
};

/** The harness: two namespaces that know nothing of each other, each with builtins of its own. */
const JOIN = `
import builtins
def space_of(text, name, **more):
    space = {'__builtins__': dict(builtins.__dict__), '__name__': name, **more}
    exec(compile(text, name, 'exec'), space)
    return space
class _judge:
    load = staticmethod(space_of(_program, 'harness')['load'])
    def _of(space): return map(staticmethod, (space['fresh'], space['prepare'], space['test'], bytes))
    fresh, prepare, test, bytes = _of(space_of(_tests, 'harness', reason=space_of(_program, 'harness')['reason']))
    del _of
for name in [name for name in globals() if not name.startswith('__') and name != '_judge']:
    del globals()[name]
`;

/** Modules that are objects of JavaScript are gone, and cannot be imported again. */
const FORGET = `
del _judge
import sys
from _pyodide._importhook import jsfinder
jsfinder.jsproxies.clear()
for name in [name for name in sys.modules if name.split('.')[0] in ('js', 'pyodide_js')]:
    sys.modules[name] = None
del sys, jsfinder, name
`;

interface Harness {
  fresh(): unknown;
  load(code: string, space: unknown): string;
  /** Throws where a test is no Python. */
  prepare(tests: unknown, name: string): { toJs(): Uint8Array };
  bytes(buffer: unknown): unknown;
  test(prepared: unknown, space: unknown, name: string): string;
}

export interface Interpreter {
  readonly snapshot: Uint8Array<ArrayBuffer> | null;
  run(program: Program): ProgramResult;
}

export async function startPython({ loader, script, folder, wasm, library, snapshot, memory_mb }: PythonStart): Promise<Interpreter> {
  const { loadPyodide } = (await import(/* @vite-ignore */ loader)) as typeof import('pyodide');
  const { default: createPyodideModule } = (await import(/* @vite-ignore */ script)) as { default: unknown };
  const restore = servePyodide(wasm, library);
  boundMemory(memory_mb);
  // Options of snapshots are not in the types of 314.0.7, and pyodide promises nothing about them: the version is pinned.
  const options = { createPyodideModule, lockFileContents: LOCK, ...(snapshot ? { _loadSnapshot: snapshot } : { _makeSnapshot: true }) };
  const python = await loadPyodide({ indexURL: folder, stdLibURL: LIBRARY, jsglobals: {}, env: ENVIRONMENT, ...options } as object);
  restore();
  if (!snapshot) return { snapshot: snapshotOf(python), run: () => 'it was only started' };
  closeThread();
  python.setStdin({ stdin: () => null });
  for (const set of [python.setStdout, python.setStderr]) set.call(python, { write: (bytes: Uint8Array) => bytes.length });
  const judge = python.runPython('_judge') as Harness;
  python.runPython(FORGET);
  return { snapshot: null, run: (program) => runProgram(python, judge, program) };
}

function runProgram(python: PyodideAPI, judge: Harness, given: Program): ProgramResult {
  try {
    const name = `_${crypto.randomUUID().replaceAll('-', '')}`;
    // Out of Python's memory while the program runs.
    const prepared = judge.prepare(python.toPy(given.tests), name).toJs().slice();
    const space = judge.fresh();
    const failed = judge.load(given.code, space);
    if (failed !== '' && failed !== 'left') return failed;
    if (given.tests.length === 0) return '';
    return failed === 'left' ? 'it ends the interpreter before its tests' : judge.test(judge.bytes(python.toPy(prepared)), space, name);
  } catch (error) {
    const [first = ''] =
      String(error)
        .match(/ValueError: (.*)/)
        ?.slice(1) ?? [];
    return first || `it breaks the interpreter (${String(error).split('\n')[0]!.slice(0, 200)})`; // os._exit, or a stack that overflowed
  }
}

/** With the harness inside, and what programs often import. */
function snapshotOf(python: PyodideAPI): Uint8Array<ArrayBuffer> {
  python.runPython(WARM);
  for (const [name, text] of Object.entries({ _program: program, _tests: tests })) python.globals.set(name, text);
  python.runPython(JOIN);
  return (python as unknown as { makeMemorySnapshot(): Uint8Array<ArrayBuffer> }).makeMemorySnapshot();
}

/** Any address: what is fetched from it is at hand. */
const LIBRARY = 'https://localhost/python_stdlib.zip';

/** Pyodide fetches its parts by name; they are here already. Undone by the function returned. */
function servePyodide(wasm: WebAssembly.Module, library: Uint8Array<ArrayBuffer>): () => void {
  const own = { fetch: globalThis.fetch, instantiate: WebAssembly.instantiate, instantiateStreaming: WebAssembly.instantiateStreaming };
  const instantiate = async (source: BufferSource | WebAssembly.Module, imports?: WebAssembly.Imports) => {
    const isInterpreter = imports !== undefined && 'wasi_snapshot_preview1' in imports;
    if (!isInterpreter) return own.instantiate(source as BufferSource, imports);
    return { module: wasm, instance: await own.instantiate(wasm, imports) };
  };
  WebAssembly.instantiate = instantiate as typeof WebAssembly.instantiate;
  WebAssembly.instantiateStreaming = async (_, imports) => (await instantiate(wasm, imports)) as WebAssembly.WebAssemblyInstantiatedSource;
  globalThis.fetch = async (address) => new Response(String(address).includes('.wasm') ? new Uint8Array() : library);
  return () => {
    Object.assign(globalThis, { fetch: own.fetch });
    Object.assign(WebAssembly, { instantiate: own.instantiate, instantiateStreaming: own.instantiateStreaming });
  };
}

const PAGE_BYTES = 65_536;

/** Growth beyond the bound fails, which Python says as MemoryError. */
function boundMemory(megabytes: number): void {
  const grow = WebAssembly.Memory.prototype.grow;
  WebAssembly.Memory.prototype.grow = function (this: WebAssembly.Memory, pages) {
    if (this.buffer.byteLength + pages * PAGE_BYTES > megabytes * 2 ** 20) throw new RangeError('beyond the memory of a program');
    return grow.call(this, pages);
  };
}

const REACHING_OUT =
  'fetch WebSocket WebSocketStream XMLHttpRequest EventSource WebTransport importScripts indexedDB caches BroadcastChannel Worker SharedWorker navigator process require module Buffer RTCPeerConnection eval'.split(
    ' ',
  );

/** Nothing is left by which a program could reach the network, storage, the page, or make code from text. */
function closeThread(): void {
  for (const name of REACHING_OUT) {
    for (let holder = globalThis as object | null; holder; holder = Object.getPrototypeOf(holder) as object | null) {
      const property = Object.getOwnPropertyDescriptor(holder, name);
      if (property?.configurable) Object.defineProperty(holder, name, { value: undefined, writable: false, configurable: false });
    }
  }
  const makers = [() => {}, async () => {}, function* () {}, async function* () {}].map((one) => Object.getPrototypeOf(one) as object);
  // `instanceof Function` goes on; calling it does not.
  const inert = Object.defineProperty(() => undefined, 'prototype', { value: Function.prototype });
  Object.defineProperty(globalThis, 'Function', { value: inert, writable: false, configurable: false });
  for (const maker of makers) Object.defineProperty(maker, 'constructor', { value: undefined, writable: false, configurable: false });
}
