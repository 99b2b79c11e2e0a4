/** What a run of distillation would ask, for people to look at before it: the prompts of student and teacher, piece by piece, and the rows that give none. */
import type { RowProblem } from './dataset.ts';

/**
 * What a piece is: of the row (its problem, the English one, the English solution, what else the teacher alone sees), of the words around it (a label, an
 * instruction, the sentence that begins the answer), or written by the teacher itself.
 */
export type PromptPart =
  | 'label'
  | 'problem'
  | 'problem_english'
  | 'solution_english'
  | 'privileged'
  | 'instruction'
  | 'opening'
  | 'analysis';

export interface PromptPiece {
  readonly part: PromptPart;
  readonly text: string;
}

export interface PromptTurn {
  readonly role: string;
  readonly pieces: readonly PromptPiece[];
}

/** One prompt as both are given it. */
export interface PromptPreview {
  /** English name of the language that the problem is asked in; null: none is known. */
  readonly language: string | null;
  readonly student: readonly PromptTurn[];
  readonly teacher: readonly PromptTurn[];
  /** Of the whole prompts, with the template's marks. The teacher's grows by its analysis, where it writes one. */
  readonly tokens: { readonly student: number; readonly teacher: number };
}

export interface PreviewedRow {
  /** Number in the file. */
  readonly row: number;
  /** A language each. */
  readonly prompts: readonly PromptPreview[];
  /** Why it has no prompt, or none in a language: a sentence each. */
  readonly problems: readonly string[];
}

/** What of a dataset prompts can be made of. */
export interface PromptSource {
  /** Languages of its problems by English name, or as the file has them; null: it has no problems in several languages. */
  readonly languages: readonly string[] | null;
  /** Columns whose English problems and solutions a teacher sees; null: there is none. */
  readonly english: { readonly problem: string | null; readonly solution: string | null };
}

/** All prompts that a run would have. */
export interface PromptFindings {
  readonly prompts: number;
  /** By the English name of the language; '' where none is known. */
  readonly languages: Readonly<Record<string, number>>;
  /** The first ones. */
  readonly problems: readonly RowProblem[];
  /** Of all of them. */
  readonly left_out: number;
}
