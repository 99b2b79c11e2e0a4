/**
 * One error for all that is wrong with a file: a check collects its findings as short clauses and reports them together, so that a user mends
 * a file once instead of once per finding.
 */
import type { RowProblem } from '../protocol/dataset.ts';
import { type ErrorName, MotherTongueError } from './errors.ts';

/** A file whose every one of a million entries is wrong is not mended one by one. */
const LISTED = 500;

/** Throws `headline: first; second; third. mend` when there is any finding; every finding is listed, up to LISTED. */
export function throwProblems(name: ErrorName, headline: string, problems: readonly string[], mend: string): void {
  if (problems.length === 0) return;
  const more = problems.length > LISTED ? `; and ${problems.length - LISTED} more` : '';
  throw new MotherTongueError(name, `${headline}: ${problems.slice(0, LISTED).join('; ')}${more}. ${mend}`);
}

/**
 * Findings of reading and of counting, each once, by row; rows that are left out first. Whether a template leaves reasoning out is known once rows
 * are rendered: what reading supposed of it then counts no more.
 */
export function mergeProblems(read: readonly RowProblem[], counted: readonly RowProblem[] | undefined): RowProblem[] {
  const still = counted ? read.filter(({ kind }) => kind !== 'dropped-thinking') : read;
  const unique = new Map([...still, ...(counted ?? [])].map((p) => [`${p.row} ${p.kind} ${p.message}`, p]));
  return [...unique.values()].sort((x, y) => Number(x.trains) - Number(y.trains) || x.row - y.row);
}
