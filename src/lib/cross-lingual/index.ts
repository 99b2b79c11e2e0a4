/**
 * What a problem is asked with in a language other than English: instructions, labels and the sentence that begins a thought, one file a language. The
 * codes are those of the published training sets for cross-lingual self-distillation. All strings are drafts of a language model until `checked` names a person;
 * where the draft is known to be weak, `note` says in what. People edit them on the page.
 */
import { languageCode } from '../language/index.ts';
import amh from './amh.json' with { type: 'json' };
import bn from './bn.json' with { type: 'json' };
import de from './de.json' with { type: 'json' };
import en from './en.json' with { type: 'json' };
import es from './es.json' with { type: 'json' };
import ewe from './ewe.json' with { type: 'json' };
import fr from './fr.json' with { type: 'json' };
import hau from './hau.json' with { type: 'json' };
import ibo from './ibo.json' with { type: 'json' };
import ja from './ja.json' with { type: 'json' };
import kin from './kin.json' with { type: 'json' };
import lin from './lin.json' with { type: 'json' };
import lug from './lug.json' with { type: 'json' };
import orm from './orm.json' with { type: 'json' };
import ru from './ru.json' with { type: 'json' };
import sna from './sna.json' with { type: 'json' };
import sot from './sot.json' with { type: 'json' };
import sw from './sw.json' with { type: 'json' };
import te from './te.json' with { type: 'json' };
import th from './th.json' with { type: 'json' };
import twi from './twi.json' with { type: 'json' };
import vai from './vai.json' with { type: 'json' };
import wol from './wol.json' with { type: 'json' };
import xho from './xho.json' with { type: 'json' };
import yor from './yor.json' with { type: 'json' };
import zh from './zh.json' with { type: 'json' };
import zul from './zul.json' with { type: 'json' };

/** The ten strings. */
export interface PromptStrings {
  /** Asks for reasoning and the answer in \boxed{}; does not name the language. */
  readonly student_instruction: string;
  /** The first sentence of the thought, which says that it will be in the language. */
  readonly think_prefix: string;
  /** Asks the teacher for an analysis of the solution, before it takes up the problem. */
  readonly reason_first_prompt: string;
  /** Leads the teacher from the solution to the problem. */
  readonly transition_prompt: string;
  /** As the student's, with the language's name. */
  readonly teacher_final_instruction: string;
  readonly labels: {
    readonly problem_target: string;
    readonly problem_english: string;
    readonly solution_english: string;
    readonly ref_begin: string;
    readonly ref_end: string;
  };
}

export interface LanguageStrings extends PromptStrings {
  /** As the published sets call it: two letters in PolyMath's, three in AfriMGSM's. */
  readonly code: string;
  /** Code in lib/language. */
  readonly language: string;
  readonly name: string;
  /** Who has checked the strings; "unchecked": nobody. */
  readonly checked: string;
  /** What is doubtful in them. */
  readonly note?: string;
}

/** Each language once, PolyMath's before AfriMGSM's. */
export const crossLingualLanguages: readonly LanguageStrings[] = [
  ...[bn, de, en, es, fr, ja, ru, sw, te, th, zh],
  ...[amh, ewe, hau, ibo, kin, lin, lug, orm, sna, sot, twi, vai, wol, xho, yor, zul],
];

/** All published configurations by their codes; Swahili has two. */
export const languageStrings: Readonly<Record<string, LanguageStrings>> = Object.fromEntries(
  [...crossLingualLanguages, { ...sw, code: 'SWA' }].map((strings) => [strings.code, strings]),
);

const byLanguage = new Map(crossLingualLanguages.map((strings) => [strings.language, strings]));

/** By a published code (also ENG and FRA), a code or a name of lib/language; null where there are none. */
export function stringsOf(name: string): LanguageStrings | null {
  return languageStrings[name.trim().toUpperCase()] ?? byLanguage.get(languageCode(name) ?? '') ?? null;
}
