/**
 * Which rows of a dataset a part of a stage takes. Of a number of rows every language gets its share, the largest remainders first, and which rows of a
 * language follows from the seed and the row's place alone.
 */
import { Random } from '../../lib/random.ts';
import type { DataPart, Stage } from '../../protocol/stages.ts';

/** Of a row: the language that it asks for, '' where it asks for none, null where it cannot be used. */
export type RowLanguages = readonly (string | null)[];

/** Places of the rows that a part of the dataset takes, in file order; `taken` are those that it leaves to another stage. */
export function partRows(languages: RowLanguages, part: DataPart, seed: number, taken: ReadonlySet<number> = new Set()): number[] {
  const found = languages.flatMap((language, at) => (language !== null && !taken.has(at) && isMeant(language, part) ? [at] : []));
  const { rows } = part;
  if (rows === undefined || rows >= found.length) return found;
  const byLanguage = new Map<string, number[]>();
  for (const at of found) pushTo(byLanguage, languages[at]!, at);
  const chosen = [...sharesOf(byLanguage, rows)].flatMap(([language, count]) => {
    const rank = new Map(byLanguage.get(language)!.map((at) => [at, new Random(`${seed}/${at}`).uniform()]));
    return [...rank.keys()].sort((a, b) => rank.get(a)! - rank.get(b)!).slice(0, count);
  });
  return chosen.sort((a, b) => a - b);
}

function pushTo(lists: Map<string, number[]>, key: string, value: number): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}

/** Whether a part takes rows that ask for this language; '' is none. */
export function isMeant(language: string, { languages }: Pick<DataPart, 'languages'>): boolean {
  return languages === undefined || (language === '') === (languages === 'without');
}

/** How many of each language make `rows` in all. */
function sharesOf(byLanguage: ReadonlyMap<string, readonly number[]>, rows: number): Map<string, number> {
  const all = [...byLanguage.values()].reduce((sum, { length }) => sum + length, 0);
  const exact = [...byLanguage].map(([language, { length }]) => ({ language, share: (rows * length) / all }));
  const shares = new Map(exact.map(({ language, share }) => [language, Math.floor(share)]));
  const left = rows - [...shares.values()].reduce((sum, share) => sum + share, 0);
  const byRemainder = exact.toSorted((a, b) => (b.share % 1) - (a.share % 1) || (a.language < b.language ? -1 : 1));
  for (const { language } of byRemainder.slice(0, left)) shares.set(language, shares.get(language)! + 1);
  return shares;
}

/**
 * Places of the dataset's rows that a stage takes, all its parts together; parts that leave out another stage's rows ask for those first. `languages`: of the
 * rows that a stage can use.
 */
export function stageRows(stages: readonly Stage[], number: number, languages: (stage: Stage) => RowLanguages, seed: number): number[] {
  const stage = stages[number - 1]!;
  const places = stage.data.flatMap((part) => {
    if (part.of !== 'dataset') return [];
    const taken = part.but === undefined ? [] : stageRows(stages, part.but, languages, seed);
    return partRows(languages(stage), part, seed, new Set(taken));
  });
  return [...new Set(places)].sort((a, b) => a - b);
}

/** Several parts in one order that follows from the seed, so that no part comes after another. */
export function mixed<X>(parts: readonly (readonly X[])[], seed: number): X[] {
  const all = parts.flat();
  if (parts.filter(({ length }) => length > 0).length < 2) return all;
  const random = new Random(`${seed}/mixed`);
  for (let at = all.length - 1; at > 0; at--) {
    const other = random.below(at + 1);
    [all[at], all[other]] = [all[other]!, all[at]!];
  }
  return all;
}
