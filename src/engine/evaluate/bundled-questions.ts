/**
 * The held-out questions of the bundled dataset as a set. They are not the same problems in every language, so that each has an id of its own; those
 * that are asked and thought about in one language come first.
 */
import { languageName } from '../../lib/language/index.ts';
import type { Question, QuestionSet } from '../../protocol/evaluation.ts';
import { questionSet } from './read-questions.ts';

/** As public/datasets/mini/heldout.json has them; our own file, so its form is trusted. */
interface HeldOut {
  readonly questions: readonly {
    readonly set: 'same' | 'mixed' | 'none';
    readonly question_language: string;
    readonly reasoning_language: string | null;
    readonly user: string;
    readonly final: string;
  }[];
}

export async function bundledQuestions(json: string): Promise<QuestionSet> {
  const { questions } = JSON.parse(json) as HeldOut;
  const counts = new Map<string, number>();
  const read = questions.map(({ set, question_language, reasoning_language, user, final }, at): Question => {
    const group = [question_language, set, ...(set === 'mixed' ? [reasoning_language] : [])].join('-');
    const number = (counts.get(group) ?? 0) + 1;
    counts.set(group, number);
    return {
      id: `${group}-${number}`,
      language: question_language,
      question: user,
      gold: final,
      row: at + 1,
      file: 'heldout.json',
      reasoning_language: reasoning_language === null ? null : languageName(reasoning_language),
    };
  });
  const mapping = { question: 'user', gold: 'final', language: 'question_language' };
  return questionSet('Held-out questions', read, {
    problems: [],
    columns: Object.keys(questions[0] ?? {}),
    mapping,
    example: { ...questions[0] },
  });
}
