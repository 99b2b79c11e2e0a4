/** In which languages a trace thinks and answers, by the judgement of evaluations. */
import type { EvaluationSample, Question } from '../../protocol/evaluation.ts';
import type { AnsweredQuestion, AskedLanguages } from '../evaluate/judge-reply.ts';
import type { TraceJudging } from './judge-trace.ts';
import type { TraceRow } from './trace-rows.ts';

/** `judge`: of evaluations, here or in a thread that can be ended. `rows`: their languages are those that a text may be in. */
export function languagesBy(
  judge: (question: Question, reply: AnsweredQuestion, asked: AskedLanguages) => Promise<EvaluationSample>,
  rows: readonly TraceRow[],
): TraceJudging['languages'] {
  const named = rows.flatMap(({ reasoning_language, answer_language }) => [reasoning_language, answer_language]);
  const among = [...new Set(named.filter((one) => one !== null))].sort();
  return async (row, { thinking, answer }) => {
    const { reasoning_language: reasoning, answer_language } = row;
    if (reasoning === null && answer_language === null) return { thought: null, answered: null };
    const question: Question = { id: String(row.row), language: '', question: row.question, gold: null, row: row.row, file: '' };
    const reply: AnsweredQuestion = { column: '', sample: 0, thinking, answer, tokens: 0, seconds: 0, stop: 'eos' };
    const { thought = null, answered = null } = await judge(question, reply, { reasoning, answer: answer_language, among });
    return { thought, answered };
  };
}
