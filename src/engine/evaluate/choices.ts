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

/** "(B)", "B." and "b" are the label B. */
const bare = (text: string): string => text.replace(/^[([]?([\p{L}\p{N}]+)[)\].:]?$/u, '$1').toUpperCase();

/**
 * The gold, or a clause that completes "Row 9 ...". `key`: its column holds labels by its name (answerKey). Elsewhere a label comes beside the text of an
 * option, its letter, or its place, counted from 0; where two of these mean different options, none is meant.
 */
export function goldOption(
  { options, labels }: Choices,
  gold: unknown,
  key = false,
): { readonly gold: string } | { readonly problem: string } {
  const text = textOf(gold)?.trim();
  if (text === undefined || text === '') return { problem: 'has no answer, so nothing of it is scored' };
  const found = placesOf(text, { options, labels }, key);
  const written = ({ letter, text: one }: QuestionOption) => `${letter}) ${one}`;
  if (found.length === 1) return { gold: written(options[found[0]!]!) };
  const all = options.map(written).join(', ');
  if (found.length === 0)
    return { problem: `has the answer ${JSON.stringify(text)}, which is none of its options (${all}), so nothing of it is scored` };
  const letters = found.map((place) => options[place]!.letter).join(' or ');
  return { problem: `has the answer ${JSON.stringify(text)}, which may mean option ${letters} (${all}), so nothing of it is scored` };
}

function placesOf(text: string, { options, labels }: Choices, key: boolean): number[] {
  const places = (list: readonly string[], wanted: string): number[] => [...list.keys()].filter((at) => list[at] === wanted);
  const labelled = labels ? places(labels.map(bare), bare(text)) : [];
  if (key && labelled.length > 0) return labelled;
  const texts = options.map((option) => option.text);
  const found = new Set([...places(texts, text), ...labelled]);
  if (!labels && /^[([]?[A-Ja-j][)\].:]?$/.test(text) && found.size === 0) found.add(LETTERS.indexOf(bare(text)));
  else if (!labels && /^\d+$/.test(text)) found.add(Number(text));
  const [, letter, rest] = /^[([]?([A-J])[)\].:]\s*(.+)$/s.exec(text) ?? [];
  if (found.size === 0 && letter !== undefined && texts[LETTERS.indexOf(letter)] === rest) found.add(LETTERS.indexOf(letter));
  return [...found].filter((place) => place < options.length).sort((one, other) => one - other);
}

/** What the model is asked: the letters shown are the ones that are scored. */
export function withOptions(question: string, options: readonly QuestionOption[]): string {
  return [question, '', ...options.map(({ letter, text }) => `${letter}) ${text}`)].join('\n');
}
