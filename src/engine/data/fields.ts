/**
 * Reading untrusted rows. A file's keys may be `__proto__` or `constructor`, its values null where a column was filled in by Arrow, its texts
 * numbers. These are the only ways the readers look at a row.
 */

export type Row = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is Row {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/** The row's own field; null counts as absent. */
export function own(row: Row, key: string): unknown {
  return Object.hasOwn(row, key) ? (row[key] ?? undefined) : undefined;
}

/** The first of `keys` that the row has, whatever its case. */
export function findKey(columns: readonly string[], keys: readonly string[]): string | undefined {
  for (const key of keys) {
    const column = columns.find((name) => name.toLowerCase() === key);
    if (column !== undefined) return column;
  }
  return undefined;
}

/** A text; numbers and booleans as they print, lists of text parts joined. Undefined for everything else, and for absent fields. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  if (Array.isArray(value) && value.length > 0) {
    const parts = value.map((part) => (isRecord(part) ? own(part, 'text') : part));
    return parts.every((part) => typeof part === 'string') ? parts.join('') : undefined;
  }
  return undefined;
}

/** A list, also when a CSV cell holds it as JSON text. */
export function listOf(value: unknown): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value;
  if (typeof value !== 'string' || !value.trimStart().startsWith('[')) return undefined;
  try {
    const parsed: unknown = JSON.parse(value);
    return Array.isArray(parsed) ? parsed : undefined;
  } catch {
    return undefined; // A text that happens to start with a bracket is not a list.
  }
}

export function isBlank(text: string | undefined): boolean {
  return text === undefined || !/\S/.test(text);
}
