/**
 * What a pass over rows finds: rows per reasoning language, and problems of single rows. Encoding and survey share one pass. Both are bounded,
 * whatever the file is: of tens of thousands of languages the most frequent are listed, and it is said.
 */
import type { DatasetSummary, RowProblem } from '../../protocol/dataset.ts';
import { ProblemList, rowProblem } from './row-problems.ts';
import type { RowSource } from './row-source.ts';
import type { DatasetRow } from './to-conversation.ts';

export type Findings = Pick<DatasetSummary, 'languages' | 'problems'>;

/** More than there are languages with a written literature. */
export const MAX_LANGUAGES = 500;

export class Survey {
  private firstUnlisted = 0;
  private readonly problems = new ProblemList();
  private readonly languages = new Map<string, number>();

  constructor(notes: RowSource['notes']) {
    for (const note of notes) this.problems.add(rowProblem(note.row, 'malformed', true, note.text));
  }

  add({ row, conversation, problems }: DatasetRow): void {
    for (const problem of problems) this.problems.add(problem);
    if (!conversation) return;
    const language = conversation.reasoning_language ?? '';
    this.languages.set(language, (this.languages.get(language) ?? 0) + 1);
    if (this.firstUnlisted === 0 && this.languages.size > MAX_LANGUAGES) this.firstUnlisted = row;
  }

  /** `scale`: rows of the file per row seen. */
  findings(scale = 1): Findings {
    const falling = [...this.languages].sort((a, b) => b[1] - a[1]).slice(0, MAX_LANGUAGES);
    const languages = Object.fromEntries(falling.map(([name, count]) => [name, Math.round(count * scale)]));
    return { languages, problems: [...this.tooMany(), ...this.problems.all()] };
  }

  private tooMany(): RowProblem[] {
    if (this.firstUnlisted === 0) return [];
    const rest = `has language ${MAX_LANGUAGES + 1} of ${this.languages.size}; the ${MAX_LANGUAGES} with the most rows are listed, so check the language column`;
    return [rowProblem(this.firstUnlisted, 'unknown-language', true, rest)];
  }
}
