/**
 * A reward of short answers, counted in sentences as the answer's language has them: "3.5" and "Dr. Sato" are none. A line is a sentence, with or without
 * a point; and a text that leaves out its points is not short for it.
 */
import { languageCode } from '../../lib/language/index.ts';
import { letterBytes } from '../../lib/language/sentences.ts';
import { priced } from './price.ts';
import { type Reward, untagged, verdict } from './reward.ts';

/** Letters after which a sentence without an end counts again; long sentences of newspapers have 250. */
const LONGEST_SENTENCE = 300;

export const shortAnswer: Reward = ({ answer: tagged, row }, settings) => {
  const answer = untagged(tagged);
  const most = settings.max_sentences as number;
  if (!/[\p{L}\p{N}]/u.test(answer)) return priced(verdict(0, 'There is no answer.'), settings);
  const count = sentencesIn(answer, row.answer_language ?? row.reasoning_language ?? row.language);
  const said = `${count === 1 ? '1 sentence' : `${count} sentences`}, at most ${most} ${most === 1 ? 'is' : 'are'} short.`;
  return priced(verdict(count <= most ? 1 : 0, said), settings);
};

function sentencesIn(text: string, language: string | undefined): number {
  const locale = (language !== undefined && languageCode(language)) || 'en';
  const segmenter = new Intl.Segmenter(locale, { granularity: 'sentence' });
  const lines = text.split(/[\n\r\u2028\u2029]+/).flatMap((line) => joined([...segmenter.segment(line)].map(({ segment }) => segment)));
  const counted = lines.map((sentence) => Math.max(1, Math.ceil(letterBytes(sentence) / LONGEST_SENTENCE)));
  return Math.max(
    1,
    counted.reduce((sum, one) => sum + one, 0),
  );
}

/** "1." at the beginning of a sentence, "z." and "B.", and titles. */
const ABBREVIATED = /^\s*\p{N}+[.)]\s*$|(?:^|\s)(?:\p{Script=Latin}|Dr|Prof|Mrs?|Ms|Sra?|St|Nr|ca)\.\s*$/u;

/** What ends in a point and is no sentence goes with what follows. */
function joined(segments: readonly string[]): string[] {
  const sentences: string[] = [];
  let begun = '';
  for (const segment of segments) {
    const open = ABBREVIATED.test(segment);
    if (open) begun += segment;
    else sentences.push(begun + segment);
    if (!open) begun = '';
  }
  if (begun !== '') sentences.push(begun);
  return sentences.filter((sentence) => /[\p{L}\p{N}]/u.test(sentence));
}
