/**
 * Reads fields of a config.json with their types checked. Findings are collected, so that all wrong fields are reported together; the value
 * returned for a wrong field is never used, because the caller throws when there are findings.
 */
import { shown } from '../../lib/shown.ts';

export class ConfigFields {
  readonly problems: string[] = [];
  private readonly json: Record<string, unknown>;
  private readonly prefix: string;

  constructor(json: Record<string, unknown>, prefix = '') {
    this.json = json;
    this.prefix = prefix;
  }

  has(key: string): boolean {
    return this.json[key] !== undefined && this.json[key] !== null;
  }

  /** Said to be nothing, which is not the same as left out. */
  isNull(key: string): boolean {
    return this.json[key] === null;
  }

  /** A whole number of at least `min`. */
  integer(key: string, fallback?: number, min = 1): number {
    const value = this.value(key, fallback);
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min) return value;
    return this.wrong(key, `a whole number of at least ${min}`, value);
  }

  /** A whole number from 1; 1 where it is none or too large. */
  atMost(key: string, most: number, fallback?: number): number {
    const value = this.integer(key, fallback);
    return value <= most ? value : this.wrong(key, `at most ${most}`, value);
  }

  /** A number above zero that stays one in float32, in which the GPU computes. */
  positive(key: string, fallback?: number): number {
    const value = this.value(key, fallback);
    if (typeof value === 'number' && Number.isFinite(Math.fround(value)) && Math.fround(value) > 0) return value;
    return this.wrong(key, typeof value === 'number' && value > 0 ? 'a number above 0 that float32 holds' : 'a number above 0', value);
  }

  boolean(key: string, fallback: boolean): boolean {
    const value = this.value(key, fallback);
    if (typeof value === 'boolean') return value;
    this.wrong(key, 'true or false', value);
    return fallback;
  }

  /** A list of strings out of `allowed`. */
  strings<T extends string>(key: string, allowed: readonly T[], fallback: T[]): T[] {
    const value = this.value(key, fallback);
    if (Array.isArray(value) && value.every((item) => (allowed as readonly unknown[]).includes(item))) return value as T[];
    this.wrong(key, `a list of ${allowed.join(' or ')}`, value);
    return fallback;
  }

  /** A list of 0 and 1 (or false and true). */
  flags(key: string, fallback: boolean[]): boolean[] {
    const value = this.value(key, fallback);
    if (Array.isArray(value) && value.every((item) => [0, 1, false, true].includes(item))) return value.map(Boolean);
    this.wrong(key, 'a list of 0 and 1', value);
    return fallback;
  }

  /** A list of whole numbers from 0; absent: none. */
  indices(key: string): number[] {
    const value = this.value(key, []);
    if (Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0)) return value as number[];
    this.wrong(key, 'a list of whole numbers from 0', value);
    return [];
  }

  /** What the name there stands for. */
  oneOf<T>(key: string, known: Readonly<Record<string, T>>, fallback: string): T {
    const value = this.value(key, fallback);
    if (typeof value === 'string' && Object.hasOwn(known, value)) return known[value]!;
    this.wrong(key, Object.keys(known).join(' or '), value);
    return known[fallback]!;
  }

  /** One token id, a list of them, or nothing. */
  tokenIds(key: string): number[] {
    const value = this.value(key, []);
    const ids: unknown[] = Array.isArray(value) ? value : [value];
    if (ids.every((id) => Number.isSafeInteger(id) && (id as number) >= 0)) return ids as number[];
    this.wrong(key, 'a token id or a list of token ids', value);
    return [];
  }

  private value(key: string, fallback: unknown): unknown {
    return this.has(key) ? this.json[key] : fallback;
  }

  private wrong(key: string, wanted: string, value: unknown): number {
    this.problems.push(
      `${this.prefix}${key} must be ${wanted}, not ${value === undefined ? 'missing' : typeof value === 'number' ? value : shown(value)}`,
    );
    return 1;
  }
}
