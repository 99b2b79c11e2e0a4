/** Findings about rows, each one sentence that names the row, and whether it still trains. */
import type { ProblemKind, RowProblem } from '../../protocol/dataset.ts';

/** Names of columns and texts from the file may be of any length; a finding is for reading. */
const LONGEST = 600;

/** `rest` completes "Row 17 ..." without a full stop. */
export function rowProblem(row: number, kind: ProblemKind, trains: boolean, rest: string): RowProblem {
  const short = rest.length > LONGEST ? `${rest.slice(0, LONGEST)}…` : rest;
  return { row, kind, message: `Row ${row} ${short}${trains ? '.' : '; it will not be trained.'}`, trains };
}

/** Findings of one kind beyond this many are counted in a last sentence instead of being listed; each row still shows its own. */
const LISTED_PER_KIND = 500;
/** Findings that say how a whole dataset is written: one sentence with the number of rows. */
const SAID_ONCE: ReadonlySet<ProblemKind> = new Set([
  'dropped-thinking',
  'empty-thought',
  'cut-answer',
  'untrained-stop',
  'untrained-answer',
  'null-arguments',
  'untrained-turn',
  'joined-instructions',
]);

/** Problems of a whole file, bounded however broken the file is. */
export class ProblemList {
  private readonly listed: RowProblem[] = [];
  private readonly counts = new Map<string, number>();
  private readonly firstHidden = new Map<string, RowProblem>();

  add(problem: RowProblem): void {
    const key = `${problem.kind} ${problem.trains}`;
    const count = (this.counts.get(key) ?? 0) + 1;
    this.counts.set(key, count);
    const listed = SAID_ONCE.has(problem.kind) ? 1 : LISTED_PER_KIND;
    if (count <= listed) this.listed.push(problem);
    else if (count === listed + 1) this.firstHidden.set(key, problem);
  }

  all(): RowProblem[] {
    const once = this.listed.map((problem) => {
      const more = SAID_ONCE.has(problem.kind) ? this.counts.get(`${problem.kind} ${problem.trains}`)! - 1 : 0;
      if (more === 0) return problem;
      const rows = more === 1 ? '1 more row has' : `${more} more rows have`;
      return { ...problem, message: `${problem.message.slice(0, -1)} (${rows} the same).` };
    });
    const hidden = [...this.firstHidden].flatMap(([key, first]): RowProblem[] => {
      if (SAID_ONCE.has(first.kind)) return [];
      const more = this.counts.get(key)! - LISTED_PER_KIND;
      const rows = more === 1 ? '1 more row has' : `${more} more rows have`;
      const message = `From row ${first.row} on, ${rows} the same finding (${first.kind}); the first ${LISTED_PER_KIND} are listed.`;
      return [{ ...first, message }];
    });
    return [...once, ...hidden];
  }
}
