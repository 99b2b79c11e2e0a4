/**
 * Rules for single values. A rule describes what a value must be, as the end of a sentence, and lists what is wrong with a given one. The form, the
 * worker and the headless runner therefore report the same sentences. A rule of numbers has a minimum and a maximum, which inputs share.
 */
import { isDay } from '../lib/dates.ts';
import { languageCode } from '../lib/language/names.ts';
import { matchesPath } from '../lib/module-path.ts';

export interface Rule {
  /** Completes "and must be". */
  readonly be: string;
  /** Clauses that name the setting, its value and the allowed range; empty when the value is good. */
  readonly problems: (name: string, value: unknown) => string[];
  readonly min?: number;
  readonly max?: number;
  readonly choices?: readonly string[];
}

/** One of `from` and `above`, one of `to` and `below`. */
type Range = ({ from: number; above?: never } | { above: number; from?: never }) &
  ({ to: number; below?: never } | { below: number; to?: never });

function rule(be: string, holds: (value: unknown) => boolean): Rule {
  return { be, problems: (name, value) => (holds(value) ? [] : [`${name} is ${show(value)} and must be ${be}`]) };
}

/** Every number is finite and has two ends. */
export function number({ from, above, to, below }: Range): Rule {
  const low = from ?? above ?? 0;
  const high = to ?? below ?? 0;
  const start = above === undefined ? `from ${end(low)} to` : `above ${end(low)} and`;
  const be =
    below !== undefined ? `${start} below ${end(high)}` : above !== undefined ? `${start} at most ${end(high)}` : `${start} ${end(high)}`;
  const holds = (n: number): boolean => (above === undefined ? n >= low : n > low) && (below === undefined ? n <= high : n < high);
  return { ...rule(`a number ${be}`, (v) => typeof v === 'number' && Number.isFinite(v) && holds(v)), min: low, max: high };
}

function end(value: number): string {
  return value >= 1000 ? value.toLocaleString('en') : String(value);
}

/** `why` explains an end that depends on the model: ", the positions of this model". */
export function whole(from: number, to: number, why = ''): Rule {
  const holds = (v: unknown): boolean => Number.isSafeInteger(v) && (v as number) >= from && (v as number) <= to;
  return { ...rule(`a whole number from ${end(from)} to ${end(to)}${why}`, holds), min: from, max: to };
}

/** The same rule, with one more value that has a meaning of its own. */
export function or(value: number, other: Rule): Rule {
  const be = `${value} or ${other.be}`;
  const holds = (v: unknown): boolean => v === value || other.problems('', v).length === 0;
  const max = other.max ?? value;
  return { ...rule(be, holds), min: Math.min(value, other.min ?? value), max };
}

export function orNull(other: Rule): Rule {
  return { ...other, be: `null or ${other.be}`, problems: (name, value) => (value === null ? [] : nullProblems(other, name, value)) };
}

function nullProblems({ be, problems }: Rule, name: string, value: unknown): string[] {
  return problems(name, value).map((problem) => problem.replace(`must be ${be}`, `must be null or ${be}`));
}

export function oneOf(...choices: readonly string[]): Rule {
  return { ...rule(choices.join(' or '), (v) => choices.includes(v as string)), choices };
}

export const flag: Rule = rule('true or false', (v) => typeof v === 'boolean');

/** `longest` in characters. */
export function text(longest: number): Rule {
  return rule(`a text of at most ${end(longest)} characters`, (v) => typeof v === 'string' && v.length <= longest);
}

/** By name or code; empty: none. */
export const languageOrNone: Rule = rule(
  'empty or a language that is known here, such as "German" or "de"',
  (v) => typeof v === 'string' && v.length <= 60 && (v.trim() === '' || languageCode(v) !== null),
);

export const day: Rule = rule('a date such as "2025-08-05"', isDay);

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string');
}

export const numbers: Rule = rule(
  'a list of numbers',
  (value) => Array.isArray(value) && value.length > 0 && value.every((entry) => Number.isFinite(entry)),
);

export const objects: Rule = rule('an object of objects', (value) => isRecord(value) && Object.values(value).every(isRecord));

export const texts: Rule = rule('a list of texts', isTexts);

/** A list of names, or `otherwise`; where the model's paths are known, every entry must name at least one of them. */
export function names(otherwise: string | null, of: string, paths: readonly string[] | undefined): Rule {
  const be = `${otherwise === null ? 'null' : show(otherwise)} or a list of names of ${of}`;
  const problems = (name: string, value: unknown): string[] => {
    if (value === otherwise) return [];
    if (!isTexts(value)) return [`${name} is ${show(value)} and must be ${be}`];
    const unknown = paths ? value.filter((entry) => !paths.some((path) => matchesPath(path, entry))) : [];
    return unknown.map((entry) => `${name} has the entry ${show(entry)}, which names none of the ${of} of this model`);
  };
  return { be, problems };
}

/** PEFT's patterns: regular expressions over module paths, each with a number. */
export function pattern(each: Rule): Rule {
  const be = `an object of regular expressions, each with ${each.be}`;
  const problems = (name: string, value: unknown): string[] => {
    if (!isRecord(value)) return [`${name} is ${show(value)} and must be ${be}`];
    return Object.entries(value).flatMap(([key, entry]) => [
      ...(isExpression(key) ? [] : [`${name} has the key ${show(key)}, which is no regular expression`]),
      ...each.problems(`${name}.${key}`, entry),
    ]);
  };
  return { be, problems };
}

function isExpression(source: string): boolean {
  try {
    return new RegExp(`^(.*\\.)?(${source})$`) !== null;
  } catch {
    return false; // what does not parse is what is asked for here
  }
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const SHOWN = 80;

/** A value as a sentence shows it: JSON, with large and tiny numbers as 1e9. */
export function show(value: unknown): string {
  if (typeof value === 'number') return showNumber(value);
  if (value === undefined) return 'missing';
  const json = asJson(value);
  return json.length > SHOWN ? `${json.slice(0, SHOWN)}...` : json;
}

function asJson(value: unknown): string {
  try {
    return JSON.stringify(value, (_, v) => (typeof v === 'number' && !Number.isFinite(v) ? String(v) : v)) ?? typeof value;
  } catch {
    return Array.isArray(value) ? 'a list that is nested too deep' : 'an object that is nested too deep'; // the stack ends at some thousand levels
  }
}

function showNumber(value: number): string {
  if (Number.isNaN(value)) return 'not a number';
  const size = Math.abs(value);
  if (size === 0 || !Number.isFinite(value) || (size >= 1e-3 && size < 1e6)) return String(value);
  const short = value.toExponential().replace('e+', 'e');
  return short.length < String(value).length ? short : String(value);
}
