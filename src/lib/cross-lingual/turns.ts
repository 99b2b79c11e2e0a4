/**
 * A problem in one language, with its English problem and solution, as what the student and the teacher are asked: pieces of the user's turn, so that the page
 * can show them as they are sent. The chat format puts its own marks around them (engine/batch/problem-prompts.ts).
 */
import type { PromptStrings } from './index.ts';

/** A problem as a row has it. */
export interface ProblemText {
  /** In the language that it is asked in. */
  readonly problem: string;
  /** Absent: the row has none, or the problem is asked in English. */
  readonly problem_english?: string;
  readonly solution_english?: string;
}

/** What the teacher sees, and whether the student's question begins with its label. */
export interface TurnSettings {
  readonly include_problem_en: boolean;
  readonly include_reference_solution_en: boolean;
}

export interface TurnPiece {
  readonly part: 'label' | 'problem' | 'problem_english' | 'solution_english' | 'instruction';
  readonly text: string;
}

/** `labelled` false: as evaluations ask, without the label in front. */
export function studentTurn({ problem }: ProblemText, strings: PromptStrings, labelled = true): TurnPiece[] {
  return [
    ...(labelled ? [label(strings.labels.problem_target)] : []),
    { part: 'problem', text: problem },
    instruction(strings.student_instruction),
  ];
}

/** The problem, what the teacher sees beside it, and the instruction that names the language. */
export function teacherTurn(text: ProblemText, strings: PromptStrings, settings: TurnSettings): TurnPiece[] {
  const { pieces, solved } = shown(text, strings, settings);
  return [
    ...pieces,
    ...(solved ? [instruction(strings.transition_prompt), line(strings)] : [instruction(strings.teacher_final_instruction)]),
  ];
}

/** Before an analysis: the problem, what the teacher sees beside it, and the request for the analysis. */
export function analysisTurn(text: ProblemText, strings: PromptStrings, settings: TurnSettings): TurnPiece[] {
  return [...shown(text, strings, settings).pieces, instruction(strings.reason_first_prompt)];
}

/** After the analysis, which is the assistant's: back to the problem. */
export function afterAnalysisTurn(strings: PromptStrings): TurnPiece[] {
  return [{ part: 'instruction', text: strings.transition_prompt }, line(strings)];
}

export function textOfTurn(pieces: readonly TurnPiece[]): string {
  return pieces.map(({ text }) => text).join('');
}

/** `{prompt}` and `{privileged_context}` of a template, for rows that are not problems in two languages. */
export function fromTemplate(template: string, prompt: string, privileged_context: string): string {
  const values: Readonly<Record<string, string>> = { '{prompt}': prompt, '{privileged_context}': privileged_context };
  return template.replaceAll(/\{(?:prompt|privileged_context)\}/g, (name) => values[name]!);
}

function shown(
  { problem, problem_english, solution_english }: ProblemText,
  { labels }: PromptStrings,
  { include_problem_en, include_reference_solution_en }: TurnSettings,
): { pieces: TurnPiece[]; solved: boolean } {
  const solution = include_reference_solution_en ? solution_english : undefined;
  const pieces: TurnPiece[] = [label(labels.problem_target), { part: 'problem', text: problem }];
  if (include_problem_en && problem_english !== undefined)
    pieces.push(label(labels.problem_english, '\n\n'), { part: 'problem_english', text: problem_english });
  if (solution !== undefined) {
    pieces.push({ part: 'label', text: `\n\n${labels.solution_english}:\n${labels.ref_begin}\n` });
    pieces.push({ part: 'solution_english', text: solution }, { part: 'label', text: `\n${labels.ref_end}` });
  }
  return { pieces, solved: solution !== undefined };
}

const label = (name: string, before = ''): TurnPiece => ({ part: 'label', text: `${before}${name}: ` });
const instruction = (text: string): TurnPiece => ({ part: 'instruction', text: `\n\n${text}` });
const line = ({ teacher_final_instruction }: PromptStrings): TurnPiece => ({ part: 'instruction', text: `\n${teacher_final_instruction}` });
