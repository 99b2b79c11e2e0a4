/**
 * `eval`: a model on a file of questions, greedily unless sampling is asked for. By language: replies that ended, reasoning in the language
 * asked for, right answers where the file has them, tokens. Prints a table; --out keeps the stats and every reply.
 * --reasoning-language asks all questions for one language (`same`: for the question's own; `none`: for none) instead of what each row states, and
 * --answer-language does so for the answer (`same`: the reasoning's, where one is asked for);
 * --enable-thinking true|false asks in one mode of a model that has two.
 */
import { openText } from '../../engine/chat/open-text.ts';
import { MotherTongueError } from '../../lib/errors.ts';
import { whole } from '../../protocol/rules.ts';
import { dateOf, numberOf, parseArguments, thinkingOf } from '../arguments.ts';
import { askAll } from '../evaluation/ask.ts';
import { judge } from '../evaluation/judge.ts';
import { englishName, type Question, readQuestions } from '../evaluation/question-file.ts';
import { report, table } from '../evaluation/report.ts';
import { writeJson } from '../json-files.ts';
import { freeModel, modelDirectory, openAdapter, openModel } from '../model-folder.ts';
import { nodeTemplates } from '../node-templates.ts';
import type { Runner } from '../runner.ts';
import { samplingOf, samplingSpec } from '../sampling.ts';

const spec = {
  model: 'required',
  adapter: 'optional',
  questions: 'required',
  'reasoning-language': 'optional',
  'answer-language': 'optional',
  'enable-thinking': 'optional',
  limit: 'optional',
  batch: 'optional',
  ...samplingSpec,
  date: 'optional',
  out: 'optional',
} as const;

export async function evaluate(argv: readonly string[], runner: Runner): Promise<void> {
  const args = parseArguments('eval', argv, spec);
  const sampling = samplingOf(args);
  const date = dateOf('--date', args.date);
  const batch = numberOf('batch', args.batch, 16, whole(1, 2 ** 31));
  const enable_thinking = thinkingOf(args['enable-thinking']);
  const thinking = enable_thinking === undefined ? {} : { enable_thinking };
  const all = readQuestions(args.questions);
  const questions = all
    .slice(0, numberOf('limit', args.limit, all.length, whole(1, 2 ** 31)))
    .map((question) => answering(asking(question, args['reasoning-language'], args.questions), args['answer-language']));
  const text = await openText(modelDirectory(args.model), nodeTemplates);
  const session = await openModel(runner, args.model);
  try {
    const adapter = args.adapter === undefined ? null : (await openAdapter(session, args.adapter)).layout;
    const started = performance.now();
    const replies = await askAll(session, text, questions, { sampling, adapter, date, batch, ...thinking }, runner);
    const seconds = (performance.now() - started) / 1000;
    const among = new Set(
      questions.flatMap(({ language, reasoning_language, answer_language }) =>
        [language, reasoning_language, answer_language].filter(isNamed),
      ),
    );
    const judged = await Promise.all(
      questions.map(async (question, i) => ({
        question,
        ...(await judge(question, replies[i]!, among)),
        tokens: replies[i]!.ids.length,
      })),
    );
    const stats = report(judged);
    runner.print(table(`${questions.length} questions, ${date}, ${seconds.toFixed(1)} s`, stats));
    if (args.out === undefined) return;
    const { model, adapter: adapted = null, questions: file } = args;
    const { vendor, architecture, device, description } = (await runner.gpu()).info;
    writeJson(args.out, {
      model,
      adapter: adapted,
      questions: file,
      settings: { ...sampling, batch, date, ...thinking },
      gpu: { vendor, architecture, device, description },
      seconds,
      ...stats,
      replies: judged.map(({ question: { messages, ...question }, ...verdict }, i) => {
        const { thinking, content, rest, stop } = replies[i]!;
        return { ...question, question: messages.at(-1)!.content, thinking, content, rest, stop, ...verdict };
      }),
    });
  } finally {
    freeModel(session);
  }
}

function asking(question: Question, language: string | undefined, file: string): Question {
  if (language === undefined) return question;
  if (language === 'none') return { ...question, reasoning_language: null };
  if (language !== 'same') return { ...question, reasoning_language: englishName(language) };
  if (question.language === null)
    throw new MotherTongueError(
      'FileError',
      `${file}: row ${question.row} has no "language" to reason in; add it, or name one language for all.`,
    );
  return { ...question, reasoning_language: englishName(question.language) };
}

function answering({ answer_language: stated, ...question }: Question, language: string | undefined): Question {
  const { reasoning_language, language: own } = question;
  const asked = language === 'none' ? null : language === 'same' ? (reasoning_language ?? own) : (language ?? stated ?? null);
  return asked === null ? question : { ...question, answer_language: englishName(asked) };
}

const isNamed = (language: string | null | undefined): language is string => language !== null && language !== undefined;
