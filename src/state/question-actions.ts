/**
 * Actions about question sets: read one, read it again with columns chosen by hand, and at a later visit the one that was chosen last. Files and pasted
 * text are kept for that as they came, where they are small enough; what is on a server is fetched again.
 */
import { engine } from '../client/engine.ts';
import { MotherTongueError } from '../lib/errors.ts';
import { formatBytes } from '../lib/format.ts';
import type { QuestionMapping, QuestionSource } from '../protocol/evaluation.ts';
import { adoptSet, evaluationStore } from './evaluation.ts';
import { forecast } from './evaluation-actions.ts';
import { attempt, pending } from './pending.ts';
import { forget, keep, kept } from './records.ts';

const LARGEST_KEPT_QUESTIONS = 32 * 2 ** 20;

export interface ChosenQuestions {
  source: QuestionSource;
  mapping?: QuestionMapping;
}

/** What stands; null: nothing was chosen in this visit. */
let chosen: ChosenQuestions | null = null;
let reopening: Promise<void> = Promise.resolve();

export async function readQuestions(source: QuestionSource, mapping?: QuestionMapping): Promise<boolean> {
  const set = await attempt('evaluate', 'read-questions', () => engine().readQuestions(source, mapping && { mapping }));
  if (!set) return false;
  chosen = { source, ...(mapping && { mapping }) };
  await keepChoice(set.name, chosen); // what is shown as chosen is so at the next visit
  adoptSet(set);
  await forecast();
  return true;
}

/** The same set with its columns chosen by hand. */
export async function readWithColumns(mapping: QuestionMapping): Promise<boolean> {
  return readQuestions(chosen?.source ?? { kind: 'bundled' }, mapping);
}

/** The bundled questions are there at once, as the bundled model is, where no others were chosen. */
export async function questionsAtFirst(): Promise<void> {
  await reopening;
  const reading = 'read-questions' in pending.getState().actions;
  if (evaluationStore.getState().set === null && !reading) await readQuestions({ kind: 'bundled' });
}

/** At the start of a visit, or for another engine: the set of the last one, before a run asks for it. */
export function reopenQuestions(): Promise<void> {
  reopening = reopen();
  return reopening;
}

async function reopen(): Promise<void> {
  const last = chosen ? { name: '', ...chosen } : await kept('questions');
  if (!last) return;
  const { name, source, mapping } = last;
  if (source) await readQuestions(source, mapping);
  else await attempt('evaluate', 'reopen-questions', () => Promise.reject(tooLarge(name)));
}

function tooLarge(name: string): MotherTongueError {
  return new MotherTongueError(
    'FileError',
    `The questions of ${name} were not kept between visits, because they are larger than ${formatBytes(LARGEST_KEPT_QUESTIONS)}; choose them again to go on with them.`,
  );
}

async function keepChoice(name: string, { source, mapping }: ChosenQuestions): Promise<void> {
  const small = sizeOf(source) <= LARGEST_KEPT_QUESTIONS;
  const choice = small ? { name, source: withoutToken(source), ...(mapping && { mapping }) } : { name, source: null };
  // A disk that is full keeps nothing, and none is better than an older one.
  if (!(await keep('questions', choice))) await forget('questions');
}

/** A token lives in memory only. */
function withoutToken(source: QuestionSource): QuestionSource {
  if (source.kind !== 'hub') return source;
  const { token: _, ...open } = source;
  return open;
}

function sizeOf(source: QuestionSource): number {
  if (source.kind === 'file') return source.file.size;
  if (source.kind === 'folder') return source.files.reduce((sum, { file }) => sum + file.size, 0);
  return source.kind === 'pasted' ? source.text.length : 0;
}
