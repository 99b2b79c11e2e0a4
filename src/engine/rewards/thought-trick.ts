/** Thoughts that have words and say nothing: rewards of form would pay them as they pay any other. TRL's own are left as they are. */

/** Words of which one or two over and over are no sentence, and sentences of which a quarter is new at most are no thought. */
const MANY = 6;
const NEW = 0.25;

/** Why it is no thought, as a sentence; null: nothing is seen. Formulas and numbers are no words: "1 + 1 + 1 = 3" is a thought. */
export function thoughtTrick(thought: string, question = ''): string | null {
  const words = wordsOf(thought);
  const numbers = thought.match(/\p{N}+/gu) ?? []; // steps that differ in them are steps
  if (words.length >= MANY && new Set([...words, ...numbers]).size <= 2) return 'The thought is a word or two over and over.';
  const sentences = sentencesOf(thought);
  if (sentences.length >= MANY && new Set(sentences).size <= NEW * sentences.length)
    return 'The thought is the same sentences over and over.';
  const asked = wordsOf(question);
  return asked.length > 0 && words.join(' ') === asked.join(' ') ? 'The thought is the question again.' : null;
}

/** With their numbers: steps that differ in them are steps. */
function sentencesOf(text: string): string[] {
  const sentences = text.toLowerCase().split(/[.!?。！？।؟\n]+/);
  return sentences.map((one) => (one.match(/[\p{L}\p{M}\p{N}]+/gu) ?? []).join(' ')).filter((one) => one !== '');
}

/** Characters where a script has no spaces. */
function wordsOf(text: string): string[] {
  const variables = /[\p{N}=]/u.test(text); // "x + x = 6"
  const words = text
    .normalize('NFC')
    .toLowerCase()
    .match(variables ? /[\p{L}\p{M}]{2,}/gu : /[\p{L}\p{M}]+/gu);
  return (words ?? []).flatMap((word) =>
    /\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Thai}/u.test(word) ? [...word] : [word],
  );
}
