/**
 * Multiple choice as sets write it -> options under the letters of their positions, and the gold as such a letter with its text. A gold that may mean two
 * options is none: it is said, and nothing is scored by it.
 */
import type { QuestionOption } from '../../protocol/evaluation.ts';
import { isRecord, listOf, own, parsedText, type Row, textOf } from '../data/fields.ts';

export interface Choices {
  readonly options: readonly QuestionOption[];
  /** The file's own labels, where it has them. */
  readonly labels: readonly string[] | null;
}

/** The judge of answers reads the letters A to J. */
const MOST_OPTIONS = 10;
const LETTERS = [...'ABCDEFGHIJ'];

/** The options of a row; null: it is no multiple choice. `columns`: where a list of them may stand. */
export function choicesOf(row: Row, columns: readonly string[]): Choices | null {
  const column = columns.find((name) => own(row, name) !== undefined);
  const listed = column === undefined ? null : optionList(own(row, column));
  const found = listed ?? lettered(row) ?? numbered(row);
  if (!found || found.options.length < 2 || found.options.length > MOST_OPTIONS) return null;
  return found;
}

const lettersFor = (texts: readonly string[]): QuestionOption[] => texts.map((text, at) => ({ letter: LETTERS[at]!, text: text.trim() }));

function optionList(raw: unknown): Choices | null {
  const value = typeof raw === 'string' ? (listOf(raw) ?? parsedText(raw)) : raw;
  if (isRecord(value)) {
    const [texts, labels] = [textsOf(own(value, 'text')), textsOf(own(value, 'label'))];
    if (texts) return { options: lettersFor(texts), labels: labels?.length === texts.length ? labels : null };
    return lettered(value);
  }
  if (!Array.isArray(value)) return null;
  const texts = textsOf(value);
  if (texts) return unlabelled(texts);
  const records = value.filter(isRecord);
  const part = (names: readonly string[]) =>
    textsOf(records.map((record) => names.map((name) => own(record, name)).find((one) => one !== undefined)));
  const inside = part(['value', 'text', 'content', 'option']);
  if (!inside || records.length !== value.length) return null;
  return { options: lettersFor(inside), labels: part(['key', 'label', 'letter', 'id']) };
}

function textsOf(value: unknown): string[] | null {
  if (!Array.isArray(value) || value.length === 0) return null;
  const texts = value.map(textOf);
  return texts.every((text) => text !== undefined) ? (texts as string[]) : null;
}

/** "A) 21", "(B) 22": letters that the texts carry in order are labels. */
function unlabelled(texts: readonly string[]): Choices {
  const parts = texts.map((text) => /^\s*\(?([A-J])[).:]\s*(.+)$/s.exec(text));
  const inOrder = parts.every((part, at) => part?.[1] === LETTERS[at]);
  return inOrder
    ? { options: lettersFor(parts.map((part) => part![2]!)), labels: LETTERS.slice(0, texts.length) }
    : { options: lettersFor(texts), labels: null };
}

/** Keys A, B, C ... of an object. */
function lettered(row: Row): Choices | null {
  const texts: string[] = [];
  for (const letter of LETTERS) {
    const text = textOf(own(row, letter) ?? own(row, letter.toLowerCase()) ?? own(row, `option_${letter.toLowerCase()}`));
    if (text === undefined) break;
    texts.push(text);
  }
  return texts.length < 2 ? null : { options: lettersFor(texts), labels: LETTERS.slice(0, texts.length) };
}

/** Belebele's mc_answer1, mc_answer2 ..., whose gold counts from 1. */
function numbered(row: Row): Choices | null {
  const texts: string[] = [];
  for (let text = textOf(own(row, 'mc_answer1')); text !== undefined; text = textOf(own(row, `mc_answer${texts.length + 1}`)))
    texts.push(text);
  return texts.length < 2 ? null : { options: lettersFor(texts), labels: texts.map((_, at) => String(at + 1)) };
}

/** The gold, or a clause that completes "Row 9 ...". A label comes first; else the text of one option, its letter, or its place, counted from 0. */
export function goldOption({ options, labels }: Choices, gold: unknown): { readonly gold: string } | { readonly problem: string } {
  const text = textOf(gold)?.trim();
  if (text === undefined || text === '') return { problem: 'has no answer, so nothing of it is scored' };
  const places = new Set<number>();
  const matching = (list: readonly string[]): void => {
    for (const [at, one] of list.entries()) if (one === text) places.add(at);
  };
  matching(options.map((option) => option.text));
  if (labels) matching(labels);
  else if (/^\(?[A-Ja-j]\)?$/.test(text) && places.size === 0) places.add(LETTERS.indexOf(text.replaceAll(/[()]/g, '').toUpperCase()));
  else if (/^\d+$/.test(text)) places.add(Number(text));
  const found = [...places].filter((place) => place < options.length);
  if (found.length === 1) return { gold: `${options[found[0]!]!.letter}) ${options[found[0]!]!.text}` };
  const names = options.map(({ letter, text: one }) => `${letter}) ${one}`).join(', ');
  if (found.length === 0)
    return { problem: `has the answer ${JSON.stringify(text)}, which is none of its options (${names}), so nothing of it is scored` };
  const readings = found.map((place) => options[place]!.letter).join(' or ');
  return { problem: `has the answer ${JSON.stringify(text)}, which may mean option ${readings} (${names}), so nothing of it is scored` };
}

/** What the model is asked: the letters shown are the ones that are scored. */
export function withOptions(question: string, options: readonly QuestionOption[]): string {
  return [question, '', ...options.map(({ letter, text }) => `${letter}) ${text}`)].join('\n');
}
