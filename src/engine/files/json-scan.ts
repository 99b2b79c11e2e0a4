/**
 * One pass over JSON text for what JSON.parse drops in silence: keys that occur twice in one object (the last one wins, so that a checker and a
 * loader may see different things), numbers whose spelling a double cannot keep, NaN and Infinity (which Python writes), and depth. It does not
 * judge whether the text is JSON; that is JSON.parse's part. Linear, without recursion.
 */
export interface JsonScan {
  doubledKeys: string[];
  /** Numbers that may not survive JSON.parse as they are written, and NaN, Infinity, -Infinity. */
  numbers: JsonNumber[];
  /** Whether lists and objects lie more than MAX_DEPTH deep in each other; the pass ends there. */
  tooDeep: boolean;
}

/** Far beyond what any dataset has, and far below what recursive code can walk. */
export const MAX_DEPTH = 256;

export interface JsonNumber {
  start: number;
  end: number;
}

interface Open {
  /** Null for a list. */
  keys: Set<string> | null;
}

const QUOTE = 0x22;
const NUMBER = /-?(?:Infinity|[0-9][0-9.eE+-]*)|NaN|Infinity/y;

export function scanJson(json: string): JsonScan {
  const scan: JsonScan = { doubledKeys: [], numbers: [], tooDeep: false };
  const open: Open[] = [];
  let expectKey = false;
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at);
    if (code === QUOTE) {
      const end = endOfString(json, at);
      const top = open[open.length - 1];
      if (expectKey && top?.keys) {
        const key = textOfString(json.slice(at, end));
        if (top.keys.has(key)) scan.doubledKeys.push(key);
        top.keys.add(key);
      }
      expectKey = false;
      at = end - 1;
    } else if (code === 0x7b || code === 0x5b) {
      expectKey = code === 0x7b;
      open.push({ keys: expectKey ? new Set() : null });
      if (open.length > MAX_DEPTH) {
        scan.tooDeep = true;
        return scan;
      }
    } else if (code === 0x7d || code === 0x5d) {
      open.pop();
      expectKey = false;
    } else if (code === 0x2c) {
      expectKey = open[open.length - 1]?.keys != null;
    } else if (code === 0x2d || (code >= 0x30 && code <= 0x39) || code === 0x4e || code === 0x49) {
      NUMBER.lastIndex = at;
      const token = NUMBER.exec(json)?.[0];
      if (token === undefined) continue;
      if (token.length > 15 || token === '-0' || /[.eEIN]/.test(token)) scan.numbers.push({ start: at, end: at + token.length });
      at += token.length - 1;
    }
  }
  return scan;
}

/** Index after the closing quote of the string that opens at `start`; the text's length where it never closes. */
function endOfString(json: string, start: number): number {
  for (let at = start + 1; ; at++) {
    const close = json.indexOf('"', at);
    if (close < 0) return json.length;
    let slashes = 0;
    while (json[close - 1 - slashes] === '\\') slashes++;
    if (slashes % 2 === 0) return close + 1;
    at = close;
  }
}

/** A key as it reads; two spellings of one key are one key. */
function textOfString(quoted: string): string {
  if (!quoted.includes('\\')) return quoted.slice(1, -1);
  try {
    return String(JSON.parse(quoted));
  } catch {
    return quoted; // JSON.parse refuses the whole text as well.
  }
}
