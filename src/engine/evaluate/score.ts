/**
 * Judged answers -> figures by question, by language and of all. Nothing here depends on the order of the answers: questions are sorted, votes are
 * counted over groups of equal answers, and the bootstrap draws from the sorted questions; of all languages, a question with its translations.
 */
import {
  BOOTSTRAP_DRAWS,
  BOOTSTRAP_SEED,
  type Figures,
  type GroupFigures,
  type JudgedAnswer,
  type QuestionFigures,
  type TextAdherence,
  type TextFigures,
} from '../../protocol/evaluation.ts';
import { groupAnswers } from '../rewards/accuracy/agree.ts';
import { bootstrap, type Part, passAt } from './statistics.ts';

export function figuresOf(answers: readonly JudgedAnswer[], ks: readonly number[]): Figures {
  const questions = [...byQuestion(answers).values()].map((group) => questionFigures(group, ks)).sort(inOrder);
  const languages = [...new Set(questions.map(({ language }) => language))];
  return {
    questions,
    languages: Object.fromEntries(
      languages.map((language) => [
        language,
        groupFigures(
          questions.filter((one) => one.language === language),
          ks,
        ),
      ]),
    ),
    all: groupFigures(questions, ks),
  };
}

/** A question's name in maps and files. */
export const questionKey = ({ language, question }: Pick<JudgedAnswer, 'language' | 'question'>): string => `${language}/${question}`;

function byQuestion(answers: readonly JudgedAnswer[]): Map<string, JudgedAnswer[]> {
  const groups = new Map<string, JudgedAnswer[]>();
  for (const answer of answers) {
    const key = JSON.stringify([answer.language, answer.question]);
    const group = groups.get(key);
    if (group) group.push(answer);
    else groups.set(key, [answer]);
  }
  return groups;
}

/** By code units, as no locale of a machine may change a table. */
function inOrder(one: QuestionFigures, other: QuestionFigures): number {
  if (one.language !== other.language) return one.language < other.language ? -1 : 1;
  return one.question < other.question ? -1 : 1;
}

function questionFigures(answers: readonly JudgedAnswer[], ks: readonly number[]): QuestionFigures {
  const { language, question } = answers[0]!;
  const n = answers.length;
  const scored = answers.every(({ right }) => right !== null);
  const read = answers.filter(isRead);
  const c = scored ? answers.filter(({ right }) => right).length : null;
  const { maj, tied } = vote(read, language);
  return {
    language,
    question,
    n,
    c,
    avg: c === null ? null : c / n,
    maj: c === null ? null : maj,
    tied,
    parsed: c === null ? null : read.length / n,
    accuracy_given_parsed: c === null || read.length === 0 ? null : c / read.length,
    pass_at: Object.fromEntries(ks.map((k) => [k, c === null ? null : passAt(n, c, k)])),
    thought: textFigures(answers.map(({ thought }) => thought)),
    answer: textFigures(answers.map(({ answered }) => answered)),
    tokens: mean(answers.map(({ tokens }) => tokens)),
    seconds: mean(answers.map(({ seconds }) => seconds)),
  };
}

/** A right answer was read, even where another judge does not say as what. */
const isRead = ({ parsed, value, right }: JudgedAnswer): boolean => parsed !== null || value !== undefined || right === true;

/**
 * The most frequent answer wins; what could not be read is no vote. Of answers that tie for the first place each counts the same, so that the
 * vote is the share of them that is right, and not whichever came first.
 */
function vote(read: readonly JudgedAnswer[], language: string): { maj: number; tied: number } {
  const valued = read.some(({ value }) => value !== undefined);
  const texts = read.map(({ value, parsed }) => value ?? parsed ?? '');
  const groups = groupAnswers(texts, valued ? { machine: true } : { language });
  const ballots = new Map<number, { votes: number; right: number }>();
  read.forEach(({ right }, at) => {
    const ballot = ballots.get(groups[at]!) ?? { votes: 0, right: 0 };
    ballots.set(groups[at]!, { votes: ballot.votes + 1, right: ballot.right + (right ? 1 : 0) });
  });
  const most = Math.max(0, ...[...ballots.values()].map(({ votes }) => votes));
  const first = [...ballots.values()].filter(({ votes }) => votes === most);
  if (first.length === 0) return { maj: 0, tied: 0 };
  return {
    maj: first.reduce((sum, { votes, right }) => sum + right / votes, 0) / first.length,
    tied: first.length > 1 ? first.length : 0,
  };
}

function textFigures(texts: readonly (TextAdherence | null | undefined)[]): TextFigures<number | null> {
  const passes = (name: 'lines' | 'words') => mean(texts.map((text) => asNumber(text?.[name])));
  return { share: mean(texts.map((text) => text?.share)), lines: passes('lines'), words: passes('words') };
}

const asNumber = (pass: boolean | null | undefined): number | null => (typeof pass === 'boolean' ? Number(pass) : null);

/** Of the values that there are. */
function mean(values: readonly (number | null | undefined)[]): number | null {
  const known = values.filter((value) => value !== null && value !== undefined).sort((x, y) => x - y); // sums in one order
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}

const LEFT_OUT: Part = { value: 0, weight: 0 };
const part = (value: number | null): Part => (value === null ? LEFT_OUT : { value, weight: 1 });

/** Of the share that could be read, the share that is right: avg over parsed, also of a resampled set of questions. */
const givenParsed = ({ avg, parsed }: QuestionFigures): Part => (avg === null ? LEFT_OUT : { value: avg, weight: parsed ?? 0 });

function groupFigures(questions: readonly QuestionFigures[], ks: readonly number[]): GroupFigures {
  const columns: Part[][] = [];
  const column = (figure: (question: QuestionFigures) => Part) => columns.push(questions.map(figure)) - 1;
  const plain = (figure: (question: QuestionFigures) => number | null) => column((question) => part(figure(question)));
  const texts = (name: 'thought' | 'answer') => ({
    share: plain((question) => question[name].share),
    lines: plain((question) => question[name].lines),
    words: plain((question) => question[name].words),
  });
  const places = {
    avg: plain(({ avg }) => avg),
    maj: plain(({ maj }) => maj),
    parsed: plain(({ parsed }) => parsed),
    accuracy_given_parsed: column(givenParsed),
    thought: texts('thought'),
    answer: texts('answer'),
    tokens: plain(({ tokens }) => tokens),
    seconds: plain(({ seconds }) => seconds),
  };
  // A mean over some of the questions would be another figure: null as soon as one question has fewer than k samples.
  const scored = questions.filter(({ c }) => c !== null);
  const passes = ks.map((k) => (scored.every(({ n }) => n >= k) ? plain(({ pass_at }) => pass_at[k] ?? null) : null));
  const together = questions.map(({ question }) => question);
  const estimates = bootstrap(columns, { draws: BOOTSTRAP_DRAWS, seed: BOOTSTRAP_SEED, together });
  const at = (place: number | null) => (place === null ? { mean: null, low: null, high: null } : estimates[place]!);
  const textsAt = (place: TextFigures<number>) => ({ share: at(place.share), lines: at(place.lines), words: at(place.words) });
  return {
    questions: scored.length,
    unscored: questions.length - scored.length,
    samples: questions.reduce((sum, { n }) => sum + n, 0),
    avg: at(places.avg),
    maj: at(places.maj),
    parsed: at(places.parsed),
    accuracy_given_parsed: at(places.accuracy_given_parsed),
    pass_at: Object.fromEntries(ks.map((k, i) => [k, at(passes[i]!)])),
    thought: textsAt(places.thought),
    answer: textsAt(places.answer),
    tokens: at(places.tokens),
    seconds: at(places.seconds),
  };
}
