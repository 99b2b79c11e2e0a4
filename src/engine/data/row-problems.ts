/** Findings about rows, each one sentence that names the row, and whether it still trains. */
import type { ProblemKind, RowProblem } from '../../protocol/dataset.ts';

/** `rest` completes "Row 17 ..." without a full stop. */
export function rowProblem(row: number, kind: ProblemKind, trains: boolean, rest: string): RowProblem {
  return { row, kind, message: `Row ${row} ${rest}${trains ? '.' : '; it will not be trained.'}`, trains };
}

/** Findings of one kind beyond this many are counted in a last sentence instead of being listed; each row still shows its own. */
const LISTED_PER_KIND = 500;

/** Problems of a whole file, bounded however broken the file is. */
export class ProblemList {
  private readonly listed: RowProblem[] = [];
  private readonly counts = new Map<string, number>();
  private readonly firstHidden = new Map<string, RowProblem>();

  add(problem: RowProblem): void {
    const key = `${problem.kind} ${problem.trains}`;
    const count = (this.counts.get(key) ?? 0) + 1;
    this.counts.set(key, count);
    if (count <= LISTED_PER_KIND) this.listed.push(problem);
    else if (count === LISTED_PER_KIND + 1) this.firstHidden.set(key, problem);
  }

  all(): RowProblem[] {
    const hidden = [...this.firstHidden].map(([key, first]): RowProblem => {
      const more = this.counts.get(key)! - LISTED_PER_KIND;
      const rows = more === 1 ? '1 more row has' : `${more} more rows have`;
      return {
        ...first,
        message: `From row ${first.row} on, ${rows} the same finding (${first.kind}); the first ${LISTED_PER_KIND} are listed.`,
      };
    });
    return [...this.listed, ...hidden];
  }
}
