/**
 * Which columns of a set are question, answer, language and id: by the names that published sets use, else by what the columns hold. What cannot be told
 * is asked for and never guessed: a set with question and answer exchanged would score every answer as wrong.
 */
import type { QuestionMapping } from '../../protocol/evaluation.ts';
import { isBlank, own, type Row, textOf } from '../data/fields.ts';
import { languageNamed } from '../data/language-names.ts';
import { isValue } from './values.ts';

/** Translated ones first: MSVAMP has the English text beside them. */
export const QUESTION_NAMES: readonly string[] = [
  ...['m_query', 'problem_translated', 'question_translated', 'question', 'problem', 'query', 'question_text', 'question_stem', 'stem'],
  ...['user', 'prompt', 'instruction', 'input'],
];
/** The bare value first: AfriMGSM has a worked solution beside it. */
export const GOLD_NAMES: readonly string[] = [
  ...['answer_number', 'answerkey', 'answer_key', 'correct_answer_num', 'gold', 'gold_answer', 'final_answer', 'ground_truth'],
  ...['correct_answer', 'correct', 'expected', 'expected_answer', 'target', 'reference_answer', 'answer', 'response', 'solution', 'final'],
  ...['output', 'completion', 'label'],
];
/** In other languages: a table's first row of these is its header, which is said. */
export const OTHER_QUESTION_NAMES: readonly string[] =
  'frage pregunta domanda pergunta vraag pytanie swali tambaya soru вопрос питання سؤال प्रश्न câu_hỏi 问题 問題 質問 질문'.split(' ');
export const OTHER_GOLD_NAMES: readonly string[] =
  'antwort respuesta réponse reponse risposta resposta antwoord odpowiedź jibu amsa cevap ответ відповідь جواب उत्तर câu_trả_lời 答案 答え 答 답'.split(
    ' ',
  );
const ID_NAMES = ['id', 'gid', 'question_id', 'qid', 'problem_id', 'example_id', 'sample_id', 'task_id', 'uid', 'idx', 'index'];
const LANGUAGE_NAMES = ['language', 'lang', 'question_language', 'language_code', 'lang_code', 'locale'];
export const OPTION_NAMES = ['choices', 'options', 'endings', 'candidates'];
const CONTEXT_NAMES = ['passage', 'flores_passage', 'context', 'premise'];

/** Rows by which columns are judged. */
const JUDGED_ROWS = 500;

export interface ChosenColumns {
  readonly mapping: QuestionMapping;
  /** What was found other than by names, each one sentence. */
  readonly notes: readonly string[];
}

/** Null where it cannot be told. */
export function chooseColumns(columns: readonly string[], all: readonly Row[], named: boolean): ChosenColumns | null {
  const rows = all.slice(0, JUDGED_ROWS);
  const fill = (column: string) => rows.filter((row) => !isEmpty(own(row, column)));
  const called = (names: readonly string[], except?: string): string[] =>
    names.flatMap((name) => columns.find((column) => column !== except && column.toLowerCase().replaceAll(' ', '_') === name) ?? []);
  const filled = (names: readonly string[], except?: string): string | undefined => {
    const found = called(names, except);
    return found.find((column) => fill(column).length > 0) ?? found[0];
  };
  const language = called(LANGUAGE_NAMES).find((column) => holdsLanguages(fill(column).map((row) => textOf(own(row, column)) ?? '')));
  const optional = {
    ...optionalColumn('id', filled(ID_NAMES)),
    ...optionalColumn('language', language),
    ...optionalColumn('options', filled(OPTION_NAMES)),
  };
  const question = named ? filled([...QUESTION_NAMES, ...OTHER_QUESTION_NAMES]) : undefined;
  const gold = named ? filled([...GOLD_NAMES, ...OTHER_GOLD_NAMES], question) : undefined;
  const context = optionalColumn('context', question === undefined ? undefined : filled(CONTEXT_NAMES, question));
  if (question !== undefined && gold !== undefined) return { mapping: { question, gold, ...optional, ...context }, notes: [] };
  const taken = new Set<string>(Object.values(optional));
  const rest = columns.filter((column) => !taken.has(column) && fill(column).length > 0);
  const found = byValues(rest, rows, { question, gold });
  if (!found) return null;
  const swapped = columns.indexOf(found.gold) < columns.indexOf(found.question);
  const note = `The questions were found in "${found.question}" and the answers in "${found.gold}", by what the columns hold.`;
  return { mapping: { ...found, ...optional }, notes: named || swapped ? [note] : [] };
}

const optionalColumn = <Name extends string>(name: Name, column: string | undefined): { [N in Name]?: string } =>
  (column === undefined ? {} : { [name]: column }) as { [N in Name]?: string };

const isEmpty = (value: unknown): boolean => value === undefined || (typeof value === 'string' && isBlank(value));

function holdsLanguages(values: readonly string[]): boolean {
  return values.length > 0 && values.filter((value) => languageNamed(value) !== null).length * 2 >= values.length;
}

interface Column {
  readonly name: string;
  /** Share of its cells that are values. */
  readonly values: number;
  /** Characters of a cell on average. */
  readonly length: number;
}

/** The one column of values answers the one of texts; of two columns of texts the much longer one asks. */
function byValues(
  columns: readonly string[],
  rows: readonly Row[],
  known: { readonly question: string | undefined; readonly gold: string | undefined },
): { question: string; gold: string } | null {
  const measured = columns.map((name): Column => {
    const texts = rows.map((row) => textOf(own(row, name)) ?? '').filter((text) => !isBlank(text));
    const total = Math.max(1, texts.length);
    return { name, values: texts.filter(isValue).length / total, length: texts.reduce((sum, text) => sum + text.length, 0) / total };
  });
  if (known.question !== undefined) return goldBeside(known.question, measured);
  const texts = measured.filter(({ name, values }) => name !== known.gold && values < 0.5);
  if (known.gold !== undefined) return texts.length === 1 ? { question: texts[0]!.name, gold: known.gold } : null;
  const values = measured.filter((column) => column.values >= 0.8);
  if (texts.length === 1 && values.length === 1) return { question: texts[0]!.name, gold: values[0]!.name };
  const [one, other] = measured;
  if (measured.length !== 2) return null;
  const [long, short] = one!.length >= other!.length ? [one!, other!] : [other!, one!];
  return long.length >= 2 * short.length ? { question: long.name, gold: short.name } : null;
}

function goldBeside(question: string, measured: readonly Column[]): { question: string; gold: string } | null {
  const others = measured.filter(({ name, values }) => name !== question && values >= 0.8);
  return others.length === 1 ? { question, gold: others[0]!.name } : null;
}
