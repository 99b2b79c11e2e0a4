/** Why the language of a text cannot be judged, and how the page and the tables of evaluations put it. */

export type Unjudged = 'empty' | 'no-letters' | 'too-short' | 'unknown';

export const UNJUDGED_WORDS: Readonly<Record<Unjudged, string>> = {
  empty: 'cannot be judged: no reasoning',
  'no-letters': 'cannot be judged: no letters',
  'too-short': 'cannot be judged: too short',
  unknown: 'cannot be judged: not among the languages we can tell apart',
};

/** A share of null that an earlier version recorded has no reason. */
export function unjudgedWords(unjudged: Unjudged | undefined): string {
  return unjudged === undefined ? 'not judged' : UNJUDGED_WORDS[unjudged];
}
