/**
 * A user's own reward, `(completion, row) => number | null`, in QuickJS: an interpreter of its own that has no page, no network, no storage and no clock.
 * Each completion is judged in a fresh one, with the same random numbers: what a run was paid can be repeated, so nothing is remembered.
 */
import variant from '@jitl/quickjs-wasmfile-release-sync';
import {
  newQuickJSWASMModuleFromVariant,
  newVariant,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSWASMModule,
  Scope,
  shouldInterruptAfterDeadline,
} from 'quickjs-emscripten-core';
import type { Verdict } from '../../../protocol/rewards.ts';
import { verdict } from '../reward.ts';

export interface OwnQuestion {
  readonly source: string;
  /** null: only whether the source is a function. */
  readonly completion: string | null;
  /** The row's columns by their own names. */
  readonly row: Readonly<Record<string, unknown>>;
  readonly timeout_s: number;
  readonly memory_mb: number;
}

const STACK_BYTES = 256 * 1024;

/** No entropy and no time: sfc32 from a fixed seed, and midnight. */
const PRELUDE = `(() => {
  let a = 1, b = 2, c = 3, n = 1;
  Math.random = () => {
    const t = (a + b + n) | 0;
    n = (n + 1) | 0; a = b ^ (b >>> 9); b = (c + (c << 3)) | 0; c = ((c << 21) | (c >>> 11)) + t | 0;
    return (t >>> 0) / 4294967296;
  };
  for (let i = 0; i < 12; i++) Math.random();
  const Real = Date;
  globalThis.Date = new Proxy(Real, {
    construct: (target, args) => new target(...(args.length === 0 ? [0] : args)),
    apply: () => new Real(0).toString(),
    get: (target, name) => (name === 'now' ? () => 0 : target[name]),
  });
})()`;

export async function openQuickJs(wasm: WebAssembly.Module): Promise<QuickJSWASMModule> {
  return newQuickJSWASMModuleFromVariant(newVariant(variant, { wasmModule: wasm }));
}

/** A verdict; with `completion` null, why the source cannot be used, or an empty reason. */
export function judgeOwn(quickJs: QuickJSWASMModule, { source, completion, row, timeout_s, memory_mb }: OwnQuestion): Verdict {
  const runtime = quickJs.newRuntime();
  runtime.setMemoryLimit(memory_mb * 2 ** 20);
  runtime.setMaxStackSize(STACK_BYTES);
  const deadline = Date.now() + timeout_s * 1000;
  runtime.setInterruptHandler(shouldInterruptAfterDeadline(deadline));
  const context = runtime.newContext();
  /** Handles: an interpreter that is freed before them aborts. */
  const scope = new Scope();
  try {
    context.unwrapResult(context.evalCode(PRELUDE)).dispose();
    const found = functionIn(context, scope, source);
    if (typeof found === 'string') return verdict(null, found);
    if (completion === null) return verdict(null, '');
    const result = call(context, scope, { reward: found, completion, row });
    if ('problem' in result) return verdict(null, Date.now() >= deadline ? `It did not end within ${timeout_s} s.` : result.problem);
    return judged(context, result.value);
  } finally {
    dispose(scope, context, runtime);
  }
}

function dispose(...parts: readonly { dispose(): void }[]): void {
  for (const part of parts) {
    try {
      part.dispose();
    } catch {
      // Handles that a program kept alive: the thread's memory is bounded, and a broken one is replaced.
    }
  }
}

/** The function that a source is; else a sentence. As it stands, and between brackets, which make a declaration an expression. */
function functionIn(context: QuickJSContext, scope: Scope, source: string): QuickJSHandle | string {
  const plain = scope.manage(context.evalCode(source, 'reward', { type: 'global' }));
  if (!plain.error && context.typeof(plain.value) === 'function') return plain.value;
  const wrapped = scope.manage(context.evalCode(`(${source}\n)`, 'reward', { type: 'global' }));
  if (!wrapped.error && context.typeof(wrapped.value) === 'function') return wrapped.value;
  if (plain.error) return `It cannot be read: ${positioned(errorOf(context, plain.error))}`;
  return `It is no function but a value of type ${context.typeof(plain.value)}; write (completion, row) => a number.`;
}

interface ScriptError {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
}

function errorOf(context: QuickJSContext, handle: QuickJSHandle): ScriptError {
  const dumped = context.dump(handle) as unknown;
  const {
    name = 'Error',
    message = '',
    stack = '',
  } = (typeof dumped === 'object' && dumped !== null ? dumped : { message: String(dumped) }) as Partial<ScriptError>;
  return { name: String(name), message: String(message).slice(0, 300), stack: String(stack) };
}

function positioned({ name, message, stack }: ScriptError): string {
  const [, line, column] = /reward:(\d+)(?::(\d+))?/.exec(stack) ?? [];
  const where = line === undefined ? '' : ` in line ${line}${column === undefined ? '' : `, column ${column}`}`;
  return `${name}${where}: ${message}.`.replace(/\.\.$/, '.');
}

type Called = { readonly value: QuickJSHandle } | { readonly problem: string };

interface Call {
  readonly reward: QuickJSHandle;
  readonly completion: string;
  readonly row: OwnQuestion['row'];
}

function call(context: QuickJSContext, scope: Scope, { reward, completion, row }: Call): Called {
  const given = scope.manage(context.evalCode(`(${asLiteral(row)})`));
  if (given.error) return { problem: 'The row does not fit into the memory it may use.' };
  const text = scope.manage(context.newString(completion));
  const result = scope.manage(context.callFunction(reward, context.undefined, text, given.value));
  if (result.error) return { problem: `It throws ${positioned(errorOf(context, result.error))}` };
  const jobs = scope.manage(context.runtime.executePendingJobs());
  if (jobs.error) return { problem: `It throws ${positioned(errorOf(context, jobs.error))}` };
  const state = context.getPromiseState(result.value);
  if (state.type === 'pending') return { problem: 'It returns a promise that never settles.' };
  if (state.type === 'rejected') return { problem: `It throws ${positioned(errorOf(context, scope.manage(state.error)))}` };
  return { value: scope.manage(state.value) };
}

/** JSON is JavaScript, but for two line separators and `__proto__`. */
function asLiteral(row: OwnQuestion['row']): string {
  const json = JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? Number(value) : value));
  return `JSON.parse(${JSON.stringify(json).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')})`;
}

function judged(context: QuickJSContext, handle: QuickJSHandle): Verdict {
  const type = context.typeof(handle);
  if (type === 'boolean')
    return context.dump(handle) === true
      ? verdict(1, 'It returns true, which counts as 1.')
      : verdict(0, 'It returns false, which counts as 0.');
  if (type === 'undefined') return verdict(null, 'It returns nothing.');
  if (type === 'number') {
    const value = context.getNumber(handle);
    return Number.isFinite(value)
      ? verdict(value + 0, `It returns ${value + 0}.`)
      : verdict(null, `It returns ${value}, which is no finite number.`);
  }
  const dumped = type === 'object' ? (context.dump(handle) as unknown) : undefined;
  if (type === 'object' && dumped === null) return verdict(null, 'It has nothing to say.');
  const what = type === 'string' ? 'a text' : Array.isArray(dumped) ? 'a list' : type === 'object' ? 'an object' : `a ${type}`;
  return verdict(null, `It returns ${what}, and must return a number or null.`);
}
