/**
 * The held-out questions of the bundled dataset and how an answer to one is judged. The language of a thought is the one that owns at least 80 % of
 * the thought's words that, in this small world, only one language has; the app's own judgement, which knows no such lists, stands beside it.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Reply as Answer } from '../../src/engine/generate/answer.ts';
import { plain } from '../../src/headless/evaluation/judge.ts';
import { readJson } from '../../src/headless/json-files.ts';
import { MotherTongueError } from '../../src/lib/errors.ts';
import { languageName, languageShare } from '../../src/lib/language/index.ts';

export interface Question {
  /** `same`: reason in the question's language; `mixed`: in another; `none`: no language asked for, English expected. */
  readonly set: 'same' | 'mixed' | 'none';
  readonly topic: 'geography' | 'arithmetic';
  readonly question_language: string;
  readonly reasoning_language: string | null;
  readonly user: string;
  readonly final: string;
  readonly held_out: readonly string[];
}

export interface HeldOut {
  readonly questions: readonly Question[];
  /** Lower-case words by the one language that has them. */
  readonly words: Readonly<Record<string, readonly string[]>>;
}

/** `heldout.json` in a dataset's folder; our own file, so its form is trusted. */
export function readHeldOut(folder: string): HeldOut {
  const path = join(folder, 'heldout.json');
  if (!statSync(path, { throwIfNoEntry: false }))
    throw new MotherTongueError('FileError', `${folder} has no heldout.json, the questions to measure by.`);
  return readJson(path) as HeldOut;
}

/** Evenly over sets and languages: of every group of equal set and languages, its first questions. */
export function firstOfEach(questions: readonly Question[], limit: number): Question[] {
  if (limit >= questions.length) return [...questions];
  const groups = new Map<string, Question[]>();
  for (const q of questions) {
    const key = [q.set, q.question_language, q.reasoning_language].join();
    groups.set(key, [...(groups.get(key) ?? []), q]);
  }
  const rounds = Math.max(...[...groups.values()].map((group) => group.length));
  return Array.from({ length: rounds }, (_, i) => [...groups.values()].flatMap((group) => group[i] ?? []))
    .flat()
    .slice(0, limit);
}

export type Reply = Pick<Answer, 'thinking' | 'content' | 'stop'>;

export interface Verdict {
  /** Code of the language that was asked for; English where none was. */
  readonly asked: string;
  /** Code of the language of the thought, null when it is none or mixed. */
  readonly spoken: string | null;
  /** The app's share of sentences in the language asked for; null when nothing can be judged. */
  readonly share: number | null;
  readonly right: boolean;
  readonly ended: boolean;
}

export async function judge(question: Question, reply: Reply, owners: ReadonlyMap<string, string>): Promise<Verdict> {
  const asked = question.reasoning_language ?? 'en';
  return {
    asked,
    spoken: languageByWords(reply.thinking, owners),
    share: (await languageShare(reply.thinking, languageName(asked))).share,
    right: isRight(question, reply),
    ended: reply.stop === 'eos',
  };
}

export function wordOwners({ words }: Pick<HeldOut, 'words'>): Map<string, string> {
  return new Map(Object.entries(words).flatMap(([language, list]) => list.map((word): [string, string] => [word, language])));
}

export function languageByWords(text: string, owners: ReadonlyMap<string, string>): string | null {
  const found = (text.toLowerCase().match(/\p{L}+/gu) ?? []).flatMap((word) => owners.get(word) ?? []);
  const counts = new Map<string, number>();
  for (const language of found) counts.set(language, (counts.get(language) ?? 0) + 1);
  const [best] = [...counts].sort((a, b) => b[1] - a[1]);
  return best && best[1] >= 0.8 * found.length ? best[0] : null;
}

/** Arithmetic by the boxed number; else the whole answer, letter case, spaces and the last full stop aside. */
export function isRight({ topic, final }: Pick<Question, 'topic' | 'final'>, reply: Reply): boolean {
  if (reply.stop !== 'eos') return false;
  if (topic === 'arithmetic') return boxed(reply.content) !== null && boxed(reply.content) === boxed(final);
  return plain(reply.content) === plain(final);
}

export function boxed(text: string): string | null {
  return /\\boxed\{\s*(-?\d+)\s*\}/.exec(text)?.[1] ?? null;
}
