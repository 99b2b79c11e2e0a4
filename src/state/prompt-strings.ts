/**
 * The ten strings of a language's prompts as the page edits them: what stands, what is ours, and edits as settings keep them, whichever name of the
 * language they stand under. Pure.
 */
import { type PromptStrings, stringsOf } from '../lib/cross-lingual/index.ts';
import { languageCode } from '../lib/language/index.ts';

export type StringEdits = Readonly<Record<string, Readonly<Record<string, unknown>>>>;
export type StringName = Exclude<keyof PromptStrings, 'labels'> | keyof PromptStrings['labels'];

export interface EditableString {
  readonly name: StringName;
  readonly label: string;
  readonly value: string;
  /** null: we have none in this language. */
  readonly ours: string | null;
}

/** In the order in which they are read. */
const LABELS: Readonly<Record<StringName, string>> = {
  problem_target: 'Label of the problem',
  student_instruction: 'Instruction of the student',
  think_prefix: 'Begins the thought',
  problem_english: 'Label of the English problem',
  solution_english: 'Label of the English solution',
  ref_begin: 'Before the solution',
  ref_end: 'After the solution',
  transition_prompt: 'From the solution to the problem',
  teacher_final_instruction: 'Instruction of the teacher',
  reason_first_prompt: 'Asks for an analysis first',
};

export const STRING_NAMES = Object.keys(LABELS) as StringName[]; // a key of the record each

export function stringsToEdit(language: string, edits: StringEdits): EditableString[] {
  const ours = stringsOf(language);
  const own = editsOf(language, edits);
  return STRING_NAMES.map((name) => {
    const standing =
      ours === null ? null : name in ours.labels ? ours.labels[name as keyof typeof ours.labels] : ours[name as 'think_prefix'];
    return { name, label: LABELS[name], value: own[name] ?? standing ?? '', ours: standing };
  });
}

/** What differs from ours. */
export function editedNames(language: string, edits: StringEdits): StringName[] {
  return stringsToEdit(language, edits).flatMap(({ name, value, ours }) => (value === (ours ?? '') ? [] : [name]));
}

/** Edits with one string changed; `null`: ours again. A language that has none left is gone, and so are its other names. */
export function withString(
  edits: StringEdits,
  language: string,
  name: StringName,
  text: string | null,
): Record<string, Record<string, unknown>> {
  const { [name]: _, ...others } = editsOf(language, edits);
  const ours = stringsToEdit(language, {}).find((one) => one.name === name)!.ours;
  const own = text === null || text === ours || (text === '' && ours === null) ? others : { ...others, [name]: text };
  const elsewhere = Object.entries(edits).filter(([key]) => codeOf(key) !== codeOf(language));
  const mine = Object.keys(own).length === 0 ? [] : [[codeOf(language), own] as const];
  return Object.fromEntries([...elsewhere, ...mine].map(([key, value]) => [key, { ...value }]));
}

function editsOf(language: string, edits: StringEdits): Record<string, string> {
  const found = Object.entries(edits).filter(([key]) => codeOf(key) === codeOf(language));
  const flat = found.flatMap(([, edit]) =>
    Object.entries(edit).flatMap(([name, value]) =>
      name === 'labels' && typeof value === 'object' && value !== null ? Object.entries(value) : [[name, value]],
    ),
  );
  return Object.fromEntries(flat.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

function codeOf(language: string): string {
  return stringsOf(language)?.language ?? languageCode(language) ?? language;
}

/** Whether two names mean one language. */
export function sameLanguage(one: string, other: string): boolean {
  return codeOf(one) === codeOf(other);
}
