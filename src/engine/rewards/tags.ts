/**
 * The rewards of `<think>` and `</think>`. `format` is ours: one thought that says something, then an answer. `think_format` is TRL's, whose regular
 * expression also pays empty thoughts, missing answers and a doubled closing tag. Where the prompt has opened the thought, its tag counts for both.
 */
import { type Reward, type Sample, verdict } from './reward.ts';
import { thoughtTrick } from './thought-trick.ts';

const OPEN = '<think>';
const CLOSE = '</think>';

export const format: Reward = ({ completion, prompt_opens_think, row }, { answer_tags }) => {
  const text = prompt_opens_think ? OPEN + completion : completion.trimStart();
  const problem = thoughtProblem(text, row.question);
  if (answer_tags !== true) return verdict(problem === null ? 1 : 0, problem ?? 'One thought, then an answer.');
  const untagged = answerTagProblem(text);
  if (problem === null && untagged === null) return verdict(1, 'One thought, then a tagged answer.');
  const half = problem === null || (untagged === null && count(text, OPEN) + count(text, CLOSE) === 0);
  return verdict(half ? 0.5 : 0, problem ?? untagged!);
};

function thoughtProblem(text: string, question: string | undefined): string | null {
  const opened = count(text, OPEN);
  const closed = count(text, CLOSE);
  if (opened === 0) return closed > 0 ? 'The thought was never opened.' : 'There is no thought.';
  if (opened > 1) return 'The thought was opened more than once.';
  if (closed === 0) return 'The thought was never closed.';
  if (closed > 1) return 'The thought was closed more than once.';
  if (!text.startsWith(OPEN)) return 'There is text before the thought.';
  const end = text.indexOf(CLOSE);
  const thought = text.slice(OPEN.length, end);
  if (!saysSomething(thought)) return 'The thought is empty.';
  const trick = thoughtTrick(thought, question);
  if (trick !== null) return trick;
  return saysSomething(withoutControls(text.slice(end + CLOSE.length)).replaceAll(/<\/?answer>/g, ''))
    ? null
    : 'There is no answer after the thought.';
}

function answerTagProblem(text: string): string | null {
  const rest = withoutControls(text.slice(Math.max(0, text.indexOf(CLOSE) + (text.includes(CLOSE) ? CLOSE.length : 1)))).trim();
  const inner = /^<answer>([\s\S]*)<\/answer>$/.exec(count(text, CLOSE) > 0 ? rest : withoutControls(text).trim())?.[1];
  if (inner === undefined || /<\/?answer>/.test(inner)) return 'The answer is not between <answer> and </answer>, once each.';
  return saysSomething(inner) ? null : 'The answer is empty.';
}

/** A letter or a digit of any script. */
function saysSomething(text: string): boolean {
  return /[\p{L}\p{N}]/u.test(text);
}

/** Spelled control tokens such as a stop token are no answer. */
function withoutControls(text: string): string {
  return text.replaceAll(/<\|[^|<>\s]{1,40}\|>/g, '');
}

function count(text: string, tag: string): number {
  return text.split(tag).length - 1;
}

/** `^<think>(?!.*<think>)(.*?)</think>.*$` at the beginning of the text, with a dot that means any character. */
export const thinkFormat: Reward = ({ completion, prompt_opens_think }) => {
  const text = prompt_opens_think ? OPEN + completion : completion;
  const fits = text.startsWith(OPEN) && !text.includes(OPEN, OPEN.length) && text.includes(CLOSE, OPEN.length);
  return verdict(fits ? 1 : 0, fits ? 'It fits TRL’s pattern.' : 'It does not fit TRL’s pattern: <think> first and once, then </think>.');
};

/** Whether the thought was ended, in whichever way it is marked. */
export function thoughtEnded({ completion }: Sample): boolean {
  return completion.includes(CLOSE) || completion.includes('<|channel|>final');
}
