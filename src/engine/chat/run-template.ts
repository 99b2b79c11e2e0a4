/**
 * Runs a chat template, in a thread that can be ended: a template is a foreign program and may never stop. `@huggingface/jinja` has Python's
 * `tojson`, trims blocks as transformers does, and refuses what it does not know.
 */
import { Environment, Interpreter, parse, tokenize } from '@huggingface/jinja';

export interface TemplateRequest {
  readonly source: string;
  /** YYYY-MM-DD, which `strftime_now` prints. */
  readonly date: string;
  /** One rendering each. */
  readonly variables: readonly Readonly<Record<string, unknown>>[];
}

/** A text, or why there is none. */
export type Rendering = { readonly text: string } | { readonly refused: string };

/** Renders in a thread of its own; rejects where that took too long. */
export type TemplateRunner = (request: TemplateRequest) => Promise<readonly Rendering[]>;

/** Beyond this the thread is ended. */
export const LIMIT_MILLISECONDS = 2000;

type Program = ReturnType<typeof parse>;

let last: { source: string; program: Program } | null = null;

export function runTemplate({ source, date, variables }: TemplateRequest): Rendering[] {
  return variables.map((given) => {
    try {
      if (last?.source !== source) last = { source, program: programOf(source) };
      return { text: String(new Interpreter(environmentOf(given, date)).run(last.program).value) };
    } catch (error) {
      return { refused: error instanceof Error ? error.message : String(error) };
    }
  });
}

function programOf(source: string): Program {
  const program = parse(tokenize(source, { lstrip_blocks: true, trim_blocks: true }));
  mendStrips(program);
  return program;
}

interface Call {
  callee: { type: string; value?: string; computed?: boolean; object?: unknown; property?: { type: string; value?: string } };
  args: unknown[];
}

/**
 * The library's `strip`, `lstrip` and `rstrip` take no account of the characters that they are given: such a call, on `x`, becomes one of a function
 * of ours on `x` and the characters. Nodes are plain objects, so the walk needs no class of theirs.
 */
function mendStrips(node: unknown): void {
  if (node === null || typeof node !== 'object') return;
  if (node instanceof Map) for (const value of node.values()) mendStrips(value);
  for (const value of Object.values(node)) mendStrips(value);
  if (!('type' in node) || node.type !== 'CallExpression') return;
  const call = node as unknown as Call; // what the parser makes of a call
  const name = call.callee.property?.value ?? '';
  if (call.callee.type !== 'MemberExpression' || call.callee.computed || !Object.hasOwn(STRIPS, name) || call.args.length !== 1) return;
  call.args = [call.callee.object, ...call.args];
  call.callee = { ...call.callee.property!, value: `${name}_` };
}

const STRIPS: Readonly<Record<string, (text: string, characters: string) => string>> = {
  strip: (text, characters) => rstrip(lstrip(text, characters), characters),
  lstrip,
  rstrip,
};

function lstrip(text: string, characters: string): string {
  let start = 0;
  while (start < text.length && characters.includes(text[start]!)) start++;
  return text.slice(start);
}

function rstrip(text: string, characters: string): string {
  let end = text.length;
  while (end > 0 && characters.includes(text[end - 1]!)) end--;
  return text.slice(0, end);
}

/** What every template of transformers has, with a day that is told; variables may replace it. */
function environmentOf(given: Readonly<Record<string, unknown>>, date: string): Environment {
  const environment = new Environment();
  const globals = {
    true: true,
    True: true,
    false: false,
    False: false,
    none: null,
    None: null,
    range,
    raise_exception: (message: string) => {
      throw new Error(message);
    },
    strftime_now: (format: string) => strftime(date, format),
  };
  const strips = Object.fromEntries(Object.entries(STRIPS).map(([name, strip]) => [`${name}_`, strip]));
  for (const [name, value] of Object.entries({ ...globals, ...strips, ...given })) environment.set(name, value);
  return environment;
}

function range(start: number, stop?: number, step = 1): number[] {
  const [from, to] = stop === undefined ? [0, start] : [start, stop];
  if (step === 0) throw new Error('range() step must not be zero');
  const length = Math.max(0, Math.ceil((to - from) / step));
  if (length > 1_000_000) throw new Error('range() is longer than a million');
  return Array.from({ length }, (_, i) => from + i * step);
}

const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/** Python's strftime for midnight of a day. */
function strftime(date: string, format: string): string {
  const [year, month, day] = date.split('-') as [string, string, string];
  const at = new Date(`${date}T00:00:00Z`);
  const dayOfYear = Math.round((at.getTime() - Date.UTC(Number(year), 0, 1)) / 86_400_000) + 1;
  const codes: Record<string, string> = {
    Y: year,
    y: year.slice(2),
    m: month,
    d: day,
    e: String(Number(day)).padStart(2, ' '),
    B: MONTHS[Number(month) - 1]!,
    b: MONTHS[Number(month) - 1]!.slice(0, 3),
    A: DAYS[at.getUTCDay()]!,
    a: DAYS[at.getUTCDay()]!.slice(0, 3),
    j: String(dayOfYear).padStart(3, '0'),
    H: '00',
    I: '12',
    M: '00',
    S: '00',
    p: 'AM',
    F: date,
    '%': '%',
  };
  return format.replaceAll(/%(-?)([A-Za-z%])/g, (all, bare: string, code: string) => {
    const text = codes[code];
    return text === undefined ? all : bare ? text.replace(/^[0 ]+(?=.)/, '') : text;
  });
}
