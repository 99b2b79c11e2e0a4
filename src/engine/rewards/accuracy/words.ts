/** Answers that are words: the same words are the same answer, whatever their case and signs; a few phrases say a value. */

import { INFINITY, operation } from './tree.ts';
import type { Value } from './value.ts';

/** Words between two members of a list, or two ranges, in several languages. */
export const OR =
  'or|oder|ou|o|u|или|або|lub|nebo|alebo|vagy|sau|veya|ya da|atau|hoặc|หรือ|أو|یا|یا|या|অথবা|বা|au|или|eller|tai|of|ή|או|或|或者|または|또는|kapena|ko|tabi|kumbe';
export const AND =
  'and|und|et|y|e|i|и|і|oraz|a|és|și|ve|dan|và|và|และ|و|और|এবং|ও|na|och|og|ja|en|και|ו|和|与|以及|及|と|과|와|da|ati|kunye|மற்றும்|மற்றும்|మరియు|ਅਤੇ|અને|आणि|තහ|እና|va|жана|та|in|ir|un|edo|eta|agus|ac|dhe|და|և';

/** "minus three", where it is no subtraction. */
const MINUS = 'negative|minus|moins|menos|meno|минус|мінус|eksi|âm|ลบ|سالب|منفی|منفي|ऋण|ঋণাত্মক|hasi|negatif|negativ|负|負|マイナス|마이너스';
export const MINUS_WORDS = new RegExp(String.raw`(?<![\p{L}\d)}]\s?)(?:${MINUS})\s*(?=[\d\\])`, 'giu');

const NOTHING = [
  'no solution',
  'no solutions',
  'no real solution',
  'no real solutions',
  'none',
  'empty set',
  'the empty set',
  'there is no solution',
  'keine lösung',
  'leere menge',
  'pas de solution',
  'sin solución',
  'нет решений',
  '无解',
  '解なし',
  'ensemble vide',
  'conjunto vacío',
  'nessuna soluzione',
  'nenhuma solução',
];
const ENDLESS = [
  'infinity',
  'infinite',
  'unendlich',
  'infini',
  'infinito',
  'infinita',
  'infinité',
  'бесконечность',
  '无穷',
  '无穷大',
  '無限大',
  '無限',
  '무한대',
  'sonsuz',
  'vô cực',
  'vô cùng',
  'अनंत',
  'অসীম',
  'اللانهاية',
  'لانهاية',
  'بی‌نهایت',
  'nieskończoność',
  'oneindig',
  'tak hingga',
  'không giới hạn',
  'diverges to infinity',
  'positive infinity',
  'plus infinity',
];
const MISSING = [
  'dne',
  'does not exist',
  'doesnt exist',
  'undefined',
  'not defined',
  'existiert nicht',
  'не существует',
  'no existe',
  'nexiste pas',
];

/** A phrase that is a value: the empty set, infinity. */
export function phraseValue(text: string): Value | null {
  const plain = plainText(text);
  if (NOTHING.includes(plain)) return { kind: 'group', open: '{', close: '}', members: [] };
  const negative = /^(?:negative|minus) (.*)$/.exec(plain);
  if (ENDLESS.includes(negative?.[1] ?? plain)) {
    return { kind: 'scalar', tree: negative ? operation('negate', INFINITY) : INFINITY, unit: null, literal: null };
  }
  return MISSING.includes(plain) ? { kind: 'words', text: 'does not exist' } : null;
}

/** Lower case, one space between words, no signs at the ends and no article in front. */
export function plainText(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/\\(?:text|textbf|mathrm)\b|[{}$\\*"`]/g, ' ')
    .replaceAll(/[\u064b-\u0652]/g, '')
    .replaceAll("'", '')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replace(/[.!?,;:]+$/, '')
    .replace(/^(?:the|a|an) /, '')
    .trim();
}

/** Words that are no formula: three letters on end in Latin letters, one in any other script. */
export function looksLikeWords(text: string): boolean {
  const letters = text.replaceAll(/\\[a-zA-Z]+/g, ' ');
  if (/[^\p{Script=Latin}\p{Script=Greek}\P{L}]/u.test(letters)) return true;
  return /^[\p{L}\p{M}\s'.,()!?:-]+$/u.test(letters.trim()) && /\p{L}{3}/u.test(letters);
}

/** Words among which there may be numbers: what no formula holds, a run of four letters or two words side by side. */
export function holdsWords(text: string): boolean {
  const letters = text.replaceAll(/\\[a-zA-Z]+/g, ' ');
  return /[a-zA-Z]{4}|[a-zA-Z]{2,} +[a-zA-Z]{2,}|[^\p{Script=Latin}\p{Script=Greek}\P{L}]/u.test(letters);
}

/** Short words that would be products of their letters. */
export const isShortWord = (text: string) =>
  /^(?:no|yes|ja|nein|nej|non|oui|si|sí|não|sim|da|ne|tak|nie|hayır|evet|true|false)$/i.test(text);

/** A sentence, which holds nothing to compare with but its words. */
export const isProse = (text: string) => plainText(text).split(' ').length >= 4;
