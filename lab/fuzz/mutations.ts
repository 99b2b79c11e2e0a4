/**
 * Damage, drawn by fast-check so that a failing input shrinks: bytes and texts cut, doubled, swapped and overwritten with boundary values, JSON
 * with single values replaced. A change says where it is as a fraction of the input, so that it fits any base.
 */
import fc from 'fast-check';
import type { Bytes } from '../../src/engine/files/source.ts';

interface Change {
  kind: number;
  /** 0 to 1. */
  at: number;
  to: number;
  value: number;
}

/** Even: fc.double draws bit patterns, nearly all of them next to 0. */
export const fraction = fc.nat(2 ** 30).map((part) => part / 2 ** 30);
const change: fc.Arbitrary<Change> = fc.record({ kind: fc.nat(1000), at: fraction, to: fraction, value: fc.nat() });
/** None in one of about ten: a base as it is must be accepted. */
const changes = fc.oneof(
  { weight: 1, arbitrary: fc.constant([]) },
  { weight: 10, arbitrary: fc.array(change, { minLength: 1, maxLength: 5 }) },
);

const BYTES = [0, 1, 0x0a, 0x22, 0x2c, 0x7f, 0x80, 0xff];
const WORDS = [0, 1, 2, 7, 8, 0x7f, 0x80, 0xff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];

/** One of the bases, damaged. */
export function bytesLike(bases: readonly Bytes[]): fc.Arbitrary<Bytes> {
  return fc.tuple(fc.nat(bases.length - 1), changes).map(([base, list]) => list.reduce(changedBytes, bases[base]!));
}

function changedBytes(bytes: Bytes, { kind, at, to, value }: Change): Bytes {
  const [from, until] = [Math.floor(at * bytes.length), Math.floor(to * bytes.length)].sort((a, b) => a - b) as [number, number];
  const near = Math.min(until, from + 1 + (value % 64));
  const copy = bytes.slice();
  if (copy.length === 0) return Uint8Array.of(value & 255);
  const spot = Math.min(from, copy.length - 1);
  switch (kind % 9) {
    case 0:
    case 1:
      copy[spot] = copy[spot]! ^ (1 << (value % 8));
      return copy;
    case 2:
      copy[spot] = BYTES[value % BYTES.length]!;
      return copy;
    case 3:
      copy[spot] = value & 255;
      return copy;
    case 4: {
      const word = WORDS[value % WORDS.length]!;
      for (let i = 0; i < 4 && spot + i < copy.length; i++) copy[spot + i] = (word >>> (8 * i)) & 255;
      return copy;
    }
    case 5:
      return joined(bytes.subarray(0, from), bytes.subarray(near));
    case 6:
      return joined(bytes.subarray(0, near), bytes.subarray(from));
    case 7:
      return bytes.slice(0, until);
    default:
      return joined(bytes.subarray(0, from), bytes.subarray(near, until), bytes.subarray(from, near), bytes.subarray(until));
  }
}

function joined(...parts: Uint8Array[]): Bytes {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

const PIECES = [
  ...[
    '"',
    "'",
    '\\',
    ',',
    ':',
    ';',
    '\t',
    '\n',
    '\r',
    '\r\n',
    '\n\n',
    '[',
    ']',
    '{',
    '}',
    '{}',
    '[]',
    '[{',
    '}]',
    '""',
    '\u0000',
    '\ufeff',
    '\u2028',
    '\ud83d',
  ],
  ...[
    'null',
    'true',
    'NaN',
    '-Infinity',
    '1e999',
    '-0',
    '1.0',
    '9007199254740993',
    '9'.repeat(400),
    '0.1',
    '"a":1,',
    '"__proto__":1,',
    '"\\ud83d"',
  ],
  ...[
    '<think>',
    '</think>',
    '<|start|>',
    '<|end|>',
    '<|channel|>',
    '<|message|>',
    '<|constrain|>',
    '<|return|>',
    'assistant',
    'analysis',
    'final',
    ' to=',
  ],
  ...['reasoning language:', 'model_identity', '{#', '#}', '{{', '{%', '%}', '= "', 'de', 'pt-BR', '[THINK]', '..', '/', '%2e'],
  ...['['.repeat(1000), '{"a":'.repeat(1000), ' '.repeat(1000), 'é', '语', '🕷️'],
];

export function textLike(bases: readonly string[]): fc.Arbitrary<string> {
  return fc.tuple(fc.nat(bases.length - 1), changes).map(([base, list]) => list.reduce(changedText, bases[base]!));
}

function changedText(text: string, { kind, at, to, value }: Change): string {
  const [from, until] = [Math.floor(at * text.length), Math.floor(to * text.length)].sort((a, b) => a - b) as [number, number];
  const near = Math.min(until, from + 1 + (value % 64));
  switch (kind % 7) {
    case 0:
    case 1:
      return text.slice(0, from) + PIECES[value % PIECES.length]! + text.slice(from);
    case 2:
      return text.slice(0, from) + PIECES[value % PIECES.length]! + text.slice(near);
    case 3:
      return text.slice(0, from) + text.slice(near);
    case 4:
      return text.slice(0, near) + text.slice(from);
    case 5:
      return text.slice(0, until);
    default:
      return text.slice(0, from) + text.slice(near, until) + text.slice(from, near) + text.slice(until);
  }
}

/** Stands for a value of many levels, which no JSON.stringify may meet. */
const DEEP = '@deep@';
const LEVELS = `${'[{"a":'.repeat(5000)}1${'}]'.repeat(5000)}`;
const VALUES: readonly unknown[] = [
  ...[null, true, false, 0, -1, 1, 0.5, -0, 2, 3, 64, 1e300, -1e300, 2 ** 31, 2 ** 32, 2 ** 53, 1e-320, '', '0', '1', 'NaN', 'Infinity'],
  ...[
    'x',
    'all-linear',
    'x'.repeat(5000),
    '(a+)+$',
    '[',
    '../x',
    '__proto__',
    'constructor',
    [],
    [null],
    [[]],
    ['x'],
    [0],
    [1e300],
    {},
    { x: 1 },
    DEEP,
  ],
];
const KEYS = ['__proto__', 'constructor', 'length', '', '0', 'x'.repeat(300), 'toString', 'é'];

/** The JSON of one of the bases with values replaced, keys taken away, added or renamed; sometimes damaged as a text. */
export function jsonLike(bases: readonly unknown[]): fc.Arbitrary<string> {
  const trees = fc
    .tuple(fc.nat(bases.length - 1), changes)
    .map(([base, list]) => JSON.stringify(list.reduce(changedTree, structuredClone(bases[base]))).replaceAll(`"${DEEP}"`, LEVELS));
  return fc.oneof({ weight: 4, arbitrary: trees }, { weight: 1, arbitrary: textLike(bases.map((base) => JSON.stringify(base))) });
}

function changedTree(tree: unknown, { kind, at, to, value }: Change): unknown {
  const places = placesOf(tree);
  const spot = places[Math.min(places.length - 1, Math.floor(at * places.length))];
  const other = places[Math.min(places.length - 1, Math.floor(to * places.length))];
  const boundary = structuredClone(VALUES[value % VALUES.length]);
  if (!spot || !other) return boundary;
  const { parent, key } = spot;
  switch (kind % 6) {
    case 0:
    case 1:
    case 2:
      put(parent, key, boundary);
      break;
    case 3:
      if (Array.isArray(parent)) parent.splice(Number(key), 1);
      else delete (parent as Record<string, unknown>)[key];
      break;
    case 4:
      put(parent, Array.isArray(parent) ? String(parent.length) : KEYS[value % KEYS.length]!, copyOf(other));
      break;
    default:
      put(parent, key, copyOf(other));
  }
  return tree;
}

interface Place {
  parent: object;
  key: string;
}

/** Every value inside, with what holds it. */
function placesOf(tree: unknown): Place[] {
  const places: Place[] = [];
  const open: unknown[] = [tree];
  for (let parent = open.pop(); parent !== undefined; parent = open.pop()) {
    if (parent === null || typeof parent !== 'object') continue;
    for (const [key, value] of Object.entries(parent)) {
      places.push({ parent, key });
      if (places.length > 2000) return places;
      open.push(value);
    }
  }
  return places;
}

function copyOf({ parent, key }: Place): unknown {
  return JSON.parse(JSON.stringify((parent as Record<string, unknown>)[key] ?? null));
}

function put(parent: object, key: string, value: unknown): void {
  Object.defineProperty(parent, key, { value, enumerable: true, configurable: true, writable: true });
}
