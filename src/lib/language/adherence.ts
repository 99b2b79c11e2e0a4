/**
 * How much of a text is in the language asked for, by three measures that papers report: the share of its sentences; whether every line is (lines that
 * cannot be judged aside); whether no word is of another script. The last two are AdaMame's passes.
 */
import type { TextAdherence } from '../../protocol/evaluation.ts';
import { languageCode, languageShare } from './index.ts';
import { languagesByCode } from './languages.ts';
import { scriptOf } from './scripts.ts';
import { sentencesOf } from './sentences.ts';

/** `among`: other languages in question, by name or code. */
export async function adherenceOf(text: string, asked: string, among: readonly string[] = []): Promise<TextAdherence> {
  const { share, unjudged } = await languageShare(text, asked, among);
  const code = languageCode(asked);
  if (share === null || code === null) return { share, lines: null, words: null, ...(unjudged && { unjudged }) };
  return { share, lines: await linesPass(text, code, among), words: wordsPass(text, code) };
}

async function linesPass(text: string, code: string, among: readonly string[]): Promise<boolean | null> {
  const lines = text.split(/[\n\r\u2028\u2029]+/).filter((line) => line.trim() !== '');
  const shares = await Promise.all(lines.map(async (line) => (await languageShare(line, code, among)).share));
  const judged = shares.filter((share) => share !== null);
  return judged.length === 0 ? null : judged.every((share) => share >= 0.5);
}

/** A single Latin letter in another script is a name of a variable; two are a word. Formulas and code hold no words. */
function wordsPass(text: string, code: string): boolean {
  const { scripts } = languagesByCode.get(code)!;
  const plain = sentencesOf(text, code).join(' ');
  return (plain.match(/[\p{L}\p{M}]+/gu) ?? []).every((word) => {
    const runs = word.match(/\p{Script=Latin}[\p{Script=Latin}\p{M}]+/gu) ?? [];
    if (!scripts.includes('Latn')) return runs.length === 0;
    const script = scriptOf(word);
    return script === null || scripts.includes(script);
  });
}
