/** What a pass over rows finds: rows per reasoning language, and problems of single rows. Encoding and survey share one pass. */
import type { DatasetSummary } from '../../protocol/dataset.ts';
import { ProblemList, rowProblem } from './row-problems.ts';
import type { RowSource } from './row-source.ts';
import type { DatasetRow } from './to-conversation.ts';

export type Findings = Pick<DatasetSummary, 'languages' | 'problems'>;

export class Survey {
  private readonly problems = new ProblemList();
  private readonly languages = new Map<string, number>();

  constructor(notes: RowSource['notes']) {
    for (const note of notes) this.problems.add(rowProblem(note.row, 'malformed', true, note.text));
  }

  add({ conversation, problems }: DatasetRow): void {
    for (const problem of problems) this.problems.add(problem);
    if (!conversation) return;
    const language = conversation.reasoning_language ?? '';
    this.languages.set(language, (this.languages.get(language) ?? 0) + 1);
  }

  /** `scale`: rows of the file per row seen. */
  findings(scale = 1): Findings {
    const falling = [...this.languages].sort((a, b) => b[1] - a[1]);
    const languages = Object.fromEntries(falling.map(([name, count]) => [name, Math.round(count * scale)]));
    return { languages, problems: this.problems.all() };
  }
}
