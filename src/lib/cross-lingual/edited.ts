/** The strings of a language with a person's edits: theirs where they have some, ours elsewhere; a language without strings of ours needs all ten. */
import { MotherTongueError } from '../errors.ts';
import { languageCode, languageName } from '../language/index.ts';
import { type PromptStrings, stringsOf } from './index.ts';

/** Edits as settings have them: by language, by the name of the string. Labels may stand in an object of their own, as in the files. */
export type LanguageEdits = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

const TEXTS = ['student_instruction', 'think_prefix', 'reason_first_prompt', 'transition_prompt', 'teacher_final_instruction'] as const;
const LABELS = ['problem_target', 'problem_english', 'solution_english', 'ref_begin', 'ref_end'] as const;

/** The strings of a language, which the settings may call by any of its names. */
export function editedStrings(language: string, edits: LanguageEdits): PromptStrings {
  const ours = stringsOf(language);
  const code = ours?.language ?? languageCode(language) ?? language;
  const given: Record<string, string> = {};
  for (const [name, edit] of Object.entries(edits))
    if ((stringsOf(name)?.language ?? languageCode(name) ?? name) === code) Object.assign(given, textsIn(name, edit));
  const missing: string[] = [];
  const text = (name: string, standing: string | undefined): string => {
    const found = given[name] ?? standing;
    if (found === undefined) missing.push(name);
    return found ?? '';
  };
  const texts = Object.fromEntries(TEXTS.map((name) => [name, text(name, ours?.[name])])) as Record<(typeof TEXTS)[number], string>;
  const labels = Object.fromEntries(LABELS.map((name) => [name, text(name, ours?.labels[name])])) as Record<
    (typeof LABELS)[number],
    string
  >;
  if (missing.length > 0)
    throw new MotherTongueError(
      'SettingsError',
      `There are no instructions in ${nameOf(code)}; write ${missing.join(', ')} in language_strings, or choose another language.`,
    );
  return { ...texts, labels };
}

/** Names with capital letters, as sentences have them. */
function nameOf(code: string): string {
  return languageCode(code) === null ? code : languageName(code);
}

function textsIn(language: string, edit: Readonly<Record<string, unknown>>): Record<string, string> {
  const flat = Object.entries(edit).flatMap(([name, value]) =>
    name === 'labels' && typeof value === 'object' && value !== null ? Object.entries(value) : [[name, value] as const],
  );
  const names: readonly string[] = [...TEXTS, ...LABELS];
  const wrong = flat.find(([name, value]) => !names.includes(name) || typeof value !== 'string');
  if (wrong)
    throw new MotherTongueError(
      'SettingsError',
      names.includes(wrong[0])
        ? `language_strings: ${wrong[0]} of ${language} is no text.`
        : `language_strings: ${language} has ${JSON.stringify(wrong[0])}, which is none of ${names.join(', ')}.`,
    );
  return Object.fromEntries(flat) as Record<string, string>; // all are texts
}
