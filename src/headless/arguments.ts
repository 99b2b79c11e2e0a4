/**
 * The arguments of a verb: `--name value` or `--flag`, each at most once, nothing else. A verb lists what it takes; whatever is unknown, missing or
 * doubled is one clear sentence. No abbreviations, no positions, no defaults: those are the verb's own.
 */
import { isDay, today } from '../lib/dates.ts';
import { MotherTongueError } from '../lib/errors.ts';
import type { Rule } from '../protocol/rules.ts';

/** `required` and `optional` take a value, `flag` takes none. */
export type Kind = 'required' | 'optional' | 'flag';
export type Spec = Readonly<Record<string, Kind>>;
export type Arguments<S extends Spec> = {
  readonly [N in keyof S]: S[N] extends 'flag' ? boolean : S[N] extends 'required' ? string : string | undefined;
};

export function parseArguments<const S extends Spec>(verb: string, argv: readonly string[], spec: S): Arguments<S> {
  const found = new Map<string, string | true>();
  for (let i = 0; i < argv.length; i++) {
    const [, name = '', inline] = /^--([a-z][a-z-]*)(?:=([\s\S]*))?$/.exec(argv[i]!) ?? [];
    const kind = Object.hasOwn(spec, name) ? spec[name] : undefined;
    if (kind === undefined) throw refuse(verb, spec, `does not take ${argv[i]}`);
    if (found.has(name)) throw refuse(verb, spec, `was given --${name} twice`);
    if (kind === 'flag' && inline !== undefined) throw refuse(verb, spec, `takes --${name} without a value`);
    if (kind === 'flag') found.set(name, true);
    else {
      const value = inline ?? argv[++i];
      if (value === undefined || (inline === undefined && value.startsWith('--')))
        throw refuse(verb, spec, `needs a value after --${name}`);
      found.set(name, value);
    }
  }
  const missing = Object.entries(spec).filter(([name, kind]) => kind === 'required' && !found.has(name));
  if (missing.length > 0) throw refuse(verb, spec, `needs ${missing.map(([name]) => `--${name}`).join(' and ')}`);
  // Filled from the spec itself, so every name has the type that its kind says.
  return Object.fromEntries(
    Object.entries(spec).map(([name, kind]) => [name, found.get(name) ?? (kind === 'flag' ? false : undefined)]),
  ) as Arguments<S>;
}

/** A number from `min` to `max`; whole numbers only with `whole`. */
export function numberOf(name: string, text: string | undefined, fallback: number, rule: Rule): number {
  if (text === undefined) return fallback;
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (rule.problems(name, value).length === 0) return value;
  throw new MotherTongueError('SettingsError', `--${name} is ${JSON.stringify(text)} and must be ${rule.be}.`);
}

/** One of the values listed. */
export function choiceOf<const C extends string>(name: string, text: string, choices: readonly C[]): C {
  const choice = choices.find((c) => c === text);
  if (choice === undefined)
    throw new MotherTongueError('SettingsError', `--${name} is ${JSON.stringify(text)} and must be ${choices.join(', ')}.`);
  return choice;
}

/** YYYY-MM-DD; today in the reader's time zone when absent. */
export function dateOf(name: string, text: string | undefined): string {
  if (text === undefined) return today();
  if (isDay(text)) return text;
  throw new MotherTongueError('SettingsError', `${name} is ${JSON.stringify(text)} and must be a date such as 2025-08-05.`);
}

/** `--enable-thinking true|false`; without it the template decides. */
export function thinkingOf(text: string | undefined): boolean | undefined {
  return text === undefined ? undefined : choiceOf('enable-thinking', text, ['true', 'false']) === 'true';
}

function usageOf(verb: string, spec: Spec): string {
  const parts = Object.entries(spec).map(([name, kind]) => {
    if (kind === 'flag') return `[--${name}]`;
    return kind === 'required' ? `--${name} ${name.toUpperCase()}` : `[--${name} ${name.toUpperCase()}]`;
  });
  return [verb, ...parts].join(' ');
}

function refuse(verb: string, spec: Spec, what: string): MotherTongueError {
  return new MotherTongueError('SettingsError', `${verb} ${what}; usage: ${usageOf(verb, spec)}.`);
}
