/** Two columns on the same questions, question by question: the difference of avg with its interval, and the exact sign test. */
import {
  BOOTSTRAP_DRAWS,
  BOOTSTRAP_SEED,
  type Figures,
  type PairedComparison,
  type PairedFigures,
  type QuestionFigures,
} from '../../protocol/evaluation.ts';
import { questionKey } from './score.ts';
import { bootstrap, signTest } from './statistics.ts';

/** How often `first` is right more often than `second`. Questions without a gold, or that only one of them answered, are left out. */
export function comparePaired(first: Figures, second: Figures): PairedComparison {
  const others = new Map(second.questions.map((question) => [questionKey(question), question]));
  const pairs = first.questions.flatMap((question) => {
    const other = others.get(questionKey(question));
    return other ? [{ language: question.language, one: question, other }] : [];
  });
  const languages = [...new Set(pairs.map(({ language }) => language))];
  return {
    languages: Object.fromEntries(languages.map((name) => [name, pairedFigures(pairs.filter(({ language }) => language === name))])),
    all: pairedFigures(pairs),
    unpaired: first.questions.length + second.questions.length - 2 * pairs.length,
  };
}

function pairedFigures(pairs: readonly { readonly one: QuestionFigures; readonly other: QuestionFigures }[]): PairedFigures {
  const scored = pairs.flatMap(({ one, other }) =>
    one.avg === null || other.avg === null ? [] : [{ question: one.question, difference: one.avg - other.avg }],
  );
  const differences = scored.map(({ difference }) => difference);
  const better = differences.filter((difference) => difference > 0).length;
  const worse = differences.filter((difference) => difference < 0).length;
  const together = scored.map(({ question }) => question);
  const parts = differences.map((value) => ({ value, weight: 1 }));
  const [difference] = bootstrap([parts], { draws: BOOTSTRAP_DRAWS, seed: BOOTSTRAP_SEED, together });
  return {
    questions: differences.length,
    difference: difference!,
    better,
    worse,
    equal: differences.length - better - worse,
    p: signTest(better, worse),
  };
}
