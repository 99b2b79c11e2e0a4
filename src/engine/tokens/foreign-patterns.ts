/**
 * The expressions of a tokenizer.json, which normalize and split text, run where they cannot hang. Those of published tokenizers are known to be quick and
 * stay with JavaScript's engine. Any other one is rewritten for RE2 (files/linear-pattern.ts), where one match takes linear time and all
 * matches of a text at most a second; what RE2 cannot run is refused. The tokenizers library calls an expression only through the protocol of
 * `String.prototype` (match, matchAll, replaceAll, split), which `LinearPattern` implements.
 */
import type { RE2JS } from 're2js';
import { compileLinear } from '../files/linear-pattern.ts';
import { isPublished } from './published-patterns.ts';
import { unfit } from './tokenizer-json.ts';

/** All matches of one text. */
const MATCHING_MS = 1000;
/** A normalizer replaces characters by a few others; more than this would multiply texts. */
const LONGEST_CONTENT = 64;
const GROWTH = 16;
const LONGEST_TEXT = 2 ** 23;
const MOST_STEPS = 64;
const LONGEST_PATTERN = 4000;
/** `\s+(?!\S)|\s+` at the end of a pattern, as the library spells it: spaces but the last one before a word, in nearly all tokenizers. */
const SPACES = '\\p{White_Space}';
const TRAILING = [`${SPACES}+(?!\\P{White_Space})|${SPACES}+`, `${SPACES}+(?!\\P{White_Space})|${SPACES}`];

interface Step {
  config?: { pattern?: { Regex?: string; String?: string }; content?: string };
  pattern?: unknown;
}

/** Takes the place of expressions that are not known, in all steps below `root`: a normalizer or pre-tokenizer of the library. */
export function guardPatterns(root: unknown): void {
  const steps = [...stepsOf(root)];
  if (steps.length > MOST_STEPS) throw unfit(`has ${steps.length} steps of normalizing and splitting, more than ${MOST_STEPS}`);
  for (const step of steps) {
    const { pattern, config } = step;
    const given = config?.pattern;
    if (!(pattern instanceof RegExp) || given === undefined) continue;
    const { content } = config!;
    if (content !== undefined && content.length > LONGEST_CONTENT)
      throw unfit(`replaces characters by a text of ${content.length} characters, more than ${LONGEST_CONTENT}`);
    if (given.Regex !== undefined && !isPublished(given.Regex)) step.pattern = new LinearPattern(given.Regex, pattern.source);
    else if (content !== undefined) step.pattern = new BoundedReplace(pattern);
  }
}

function* stepsOf(root: unknown): Generator<Step> {
  if ((typeof root !== 'object' && typeof root !== 'function') || root === null) return;
  yield root as Step; // whatever it is, its fields are looked at before they are used
  for (const list of ['tokenizers', 'normalizers'] as const) {
    const inner = (root as Record<string, unknown>)[list];
    if (Array.isArray(inner)) for (const step of inner) yield* stepsOf(step);
  }
}

/** JavaScript's own expression, whose replacements may not multiply the text. */
class BoundedReplace {
  readonly flags = 'gu';
  constructor(private readonly pattern: RegExp) {}

  [Symbol.match](text: string): string[] | null {
    return text.match(this.pattern);
  }

  [Symbol.replace](text: string, content: string): string {
    return bounded(text, text.replaceAll(this.pattern, content));
  }
}

export class LinearPattern {
  /** What `matchAll` and `replaceAll` ask of an expression. */
  readonly flags = 'gu';
  private readonly pattern: RE2JS;
  /** Its first group is the spaces before a word. */
  private readonly trailing: boolean;

  /** `source`: the expression as JavaScript has it, which the library made of `given`. */
  constructor(
    private readonly given: string,
    source: string,
  ) {
    const end = TRAILING.find((spaces) => source === spaces || source.endsWith(`|${spaces}`));
    const head = end === undefined ? source : source.slice(0, source.length - end.length);
    this.trailing = end !== undefined;
    const rewritten = rewrite(head) + (this.trailing ? `(${rewrite(SPACES)}+)` : '');
    const pattern = given.length <= LONGEST_PATTERN ? compileLinear(rewritten) : null;
    if (!pattern) throw unfit(`splits or replaces text by the expression ${shorten(given)}, which cannot be run in bounded time`);
    this.pattern = pattern;
  }

  *[Symbol.matchAll](text: string): Generator<{ 0: string; index: number }> {
    const matcher = this.pattern.matcher(text);
    const until = performance.now() + MATCHING_MS;
    for (let at = 0; at <= text.length && matcher.find(at); ) {
      const start = matcher.start();
      let end = matcher.end();
      if (this.trailing && matcher.start(this.trailingGroup) >= 0 && end < text.length && end - start > 1) end--;
      yield { 0: text.slice(start, end), index: start };
      at = end > start ? end : end + (isPair(text, end) ? 2 : 1);
      if (performance.now() > until)
        throw unfit(`takes more than a second to split a text of ${text.length} characters by the expression ${shorten(this.given)}`);
    }
  }

  [Symbol.match](text: string): string[] | null {
    const found = [...this[Symbol.matchAll](text)].map((match) => match[0]);
    return found.length > 0 ? found : null;
  }

  [Symbol.split](text: string): string[] {
    const parts: string[] = [];
    let from = 0;
    for (const { 0: found, index } of this[Symbol.matchAll](text)) {
      if (found === '') continue;
      parts.push(text.slice(from, index));
      from = index + found.length;
    }
    return [...parts, text.slice(from)];
  }

  [Symbol.replace](text: string, content: string): string {
    let replaced = '';
    let from = 0;
    for (const { 0: found, index } of this[Symbol.matchAll](text)) {
      replaced += text.slice(from, index) + content;
      from = index + found.length;
    }
    return bounded(text, replaced + text.slice(from));
  }

  private get trailingGroup(): number {
    return this.pattern.groupCount();
  }
}

function bounded(text: string, replaced: string): string {
  if (replaced.length > GROWTH * text.length + 1000 || replaced.length > LONGEST_TEXT)
    throw unfit(`makes ${replaced.length} characters of a text of ${text.length}`);
  return replaced;
}

/** Anchors, for which the library writes look-around. */
const ANCHORS = [
  ['(?:(?<![\\s\\S])|(?<=\\n))', '(?m:^)'],
  ['(?:(?=\\n)|(?![\\s\\S]))', '(?m:$)'],
  ['(?<![\\s\\S])', '\\A'],
  ['(?![\\s\\S])', '\\z'],
] as const;
const PART = /\\(?:([pP])\{([^}]+)\}|u\{([\da-fA-F]+)\}|u([\da-fA-F]{4})|[\s\S])|[[\]]/g;

/** From JavaScript's spelling to RE2's: properties become ranges of JavaScript's own Unicode version, code points `\x{...}`. Look-around stays and is refused. */
function rewrite(source: string): string {
  let inClass = false;
  const anchored = ANCHORS.reduce((text, [from, to]) => text.replaceAll(from, () => to), source);
  return anchored.replace(PART, (part, kind?: string, property?: string, braced?: string, four?: string) => {
    if (kind) return inClass ? rangesOf(property!, kind === 'P') : `[${rangesOf(property!, kind === 'P')}]`;
    if (braced ?? four) return `\\x{${braced ?? four}}`;
    if (part === '[' && inClass) return '\\[';
    if (part.length === 1) inClass = part === '[';
    return part === '\\/' ? '/' : part;
  });
}

const ranges = new Map<string, string>();
const LAST_CODE_POINT = 0x10ffff;

/** A Unicode property as the inside of a class. */
function rangesOf(property: string, complement: boolean): string {
  const name = `${complement ? 'P' : 'p'}{${property}}`;
  const known = ranges.get(name);
  if (known !== undefined) return known;
  const holds = new RegExp(`\\${name}`, 'u');
  const parts: string[] = [];
  let start = -1;
  for (let point = 0; point <= LAST_CODE_POINT + 1; point++) {
    const inside = point <= LAST_CODE_POINT && !(point >= 0xd800 && point < 0xe000) && holds.test(String.fromCodePoint(point));
    if (inside && start < 0) start = point;
    if (!inside && start >= 0) {
      parts.push(`\\x{${start.toString(16)}}-\\x{${(point - 1).toString(16)}}`);
      start = -1;
    }
  }
  ranges.set(name, parts.join(''));
  return parts.join('');
}

function isPair(text: string, at: number): boolean {
  return (text.codePointAt(at) ?? 0) > 0xffff;
}

function shorten(pattern: string): string {
  return pattern.length > 80 ? `${pattern.slice(0, 80)}…` : pattern;
}
