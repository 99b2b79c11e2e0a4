/** Patterns of the words that join the members of a list: with spaces around in Latin letters, without in scripts that have none. */
import { AND, OR } from './words.ts';

const LATIN = (words: string) =>
  words
    .split('|')
    .filter((word) => /^[\p{Script=Latin} ]{2,}$/u.test(word))
    .join('|');

const OTHER = (words: string) =>
  words
    .split('|')
    .filter((word) => !/^[\p{Script=Latin} ]+$/u.test(word))
    .join('|');

const connectors = (words: string) =>
  new RegExp(
    String.raw`,?\s+(?:${LATIN(words)})(?=\s)|,?\s+(?:${OTHER(words)})(?=[\s\d$\\({-])|(?<=[\d)}\]])(?:${OTHER(words)})(?=[\d\\({-])`,
    'gu',
  );

export const ORS = connectors(OR);

export const ANDS = connectors(AND);

/** Connectives of one Latin letter, only in their own language. */
export const LETTERS: Readonly<Record<string, string>> = {
  es: '[yeou]',
  it: '[eo]',
  pt: '[eo]',
  gl: '[eo]',
  ca: '[io]',
  pl: '[i]',
  hr: '[i]',
  sr: '[i]',
  sl: '[i]',
  cs: '[ai]',
  sk: '[ai]',
  hu: '[s]',
  tl: '[o]',
};
