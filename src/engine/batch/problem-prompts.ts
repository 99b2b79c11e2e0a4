/**
 * The prompts of one problem in several languages: the student's, who sees it in one language alone, and the teacher's, who sees its English problem and solution
 * too. Both end with the same first words of the reply, so that the same answer follows either. And the prompts of any other row that has something for a teacher alone.
 */
import { editedStrings, type LanguageEdits } from '../../lib/cross-lingual/edited.ts';
import { stringsOf } from '../../lib/cross-lingual/index.ts';
import {
  afterAnalysisTurn,
  analysisTurn,
  fromTemplate,
  studentTurn,
  type TurnPiece,
  teacherTurn,
  textOfTurn,
} from '../../lib/cross-lingual/turns.ts';
import type { Conversation, Message, Segment } from '../../protocol/conversation.ts';
import { hasThoughts, render, renderText } from '../chat/format.ts';
import type { TextModel } from '../chat/open-text.ts';
import { promptSegments } from '../chat/prompt.ts';
import type { FoundProblem } from '../data/read-problems.ts';
import { inMode } from './thinking.ts';

/** The settings of distillation that prompts depend on, by their names there. */
export interface DistillationPrompts {
  /** Languages that problems are asked in, by code or name; empty: all that rows have. */
  readonly target_languages: readonly string[];
  readonly include_problem_en: boolean;
  readonly include_reference_solution_en: boolean;
  readonly student_enable_thinking: boolean;
  /** The teacher writes an analysis of the solution before it takes up the problem. */
  readonly reason_first: boolean;
  readonly language_strings: LanguageEdits;
  /** Of other rows: the column that the teacher alone sees, and how it is put to it. */
  readonly privileged_context: string;
  readonly teacher_prompt_template: string;
  /** false: the student is asked as evaluations ask, without the label of the problem. */
  readonly problem_label?: boolean;
}

/** Both prompts as text with control tokens; `analysis` where the teacher writes one first, and then `teacher` follows an empty one. */
export interface PromptPair {
  /** What the student is asked. */
  readonly asked: Conversation;
  readonly student: Segment[];
  readonly teacher: Segment[];
  readonly analysis?: Segment[];
}

type Model = Pick<TextModel, 'format' | 'identity'>;

export async function problemPrompts(
  problem: FoundProblem,
  settings: DistillationPrompts,
  model: Model,
  date: string,
): Promise<PromptPair> {
  const strings = editedStrings(problem.language, settings.language_strings);
  const opening = settings.student_enable_thinking ? strings.think_prefix : null;
  const prompt = (conversation: Conversation, begins: string | null) =>
    promptSegments(model, conversation, { date, reasoning_language: null, opening: begins });
  const asked = userTurn(studentTurn(problem.text, strings, settings.problem_label));
  const student = await prompt(asked, opening);
  const analysed = settings.reason_first && settings.include_reference_solution_en && problem.text.solution_english !== undefined;
  if (!analysed) return { asked, student, teacher: await prompt(userTurn(teacherTurn(problem.text, strings, settings)), opening) };
  const analysis = await prompt(userTurn(analysisTurn(problem.text, strings, settings)), null);
  return { asked, student, teacher: await teacherPromptAfter('', problem, settings, model, date), analysis };
}

/** A question as the student is asked it, without the label; null: there are no instructions in its language, or none is known. */
export function askedAsStudent(
  question: string,
  language: string,
  { language_strings, student_enable_thinking }: Pick<DistillationPrompts, 'language_strings' | 'student_enable_thinking'>,
): { readonly conversation: Conversation; readonly opening: string | null } | null {
  if (stringsOf(language) === null) return null;
  const strings = editedStrings(language, language_strings);
  const conversation = userTurn(studentTurn({ problem: question }, strings, false));
  return { conversation, opening: student_enable_thinking ? strings.think_prefix : null };
}

/** The teacher's prompt once it has written its analysis, which becomes a turn of its own. */
export function teacherPromptAfter(
  analysis: string,
  problem: FoundProblem,
  settings: DistillationPrompts,
  model: Model,
  date: string,
): Promise<Segment[]> {
  const strings = editedStrings(problem.language, settings.language_strings);
  const messages: Message[] = [
    { role: 'user', content: textOfTurn(analysisTurn(problem.text, strings, settings)) },
    { role: 'assistant', content: analysis.trim() },
    { role: 'user', content: textOfTurn(afterAnalysisTurn(strings)) },
  ];
  const opening = settings.student_enable_thinking ? strings.think_prefix : null;
  return promptSegments(model, { messages }, { date, reasoning_language: null, opening });
}

/** The prompts of a row whose last question the teacher sees with more: `asked` without the last answer. */
export async function privilegedPrompts(
  asked: Conversation,
  context: string,
  settings: DistillationPrompts,
  model: Model,
  date: string,
): Promise<PromptPair> {
  const last = asked.messages.findLastIndex(({ role }) => role === 'user');
  const messages = asked.messages.map((message, i) => {
    if (i !== last) return message;
    const { parts: _, ...rest } = message;
    return { ...rest, content: fromTemplate(settings.teacher_prompt_template, message.content ?? '', context) };
  });
  const { student_enable_thinking: thinks } = settings;
  const mode = thinks ? (model.format.switchesThinking ? { enable_thinking: true } : {}) : { opening: null };
  const prompt = (conversation: Conversation) => promptSegments(model, conversation, { date, reasoning_language: null, ...mode });
  return { asked, student: await prompt(asked), teacher: await prompt({ ...asked, messages }) };
}

/** A problem's own solution as a reply that begins with the same words; undefined where the row has none. */
export function ownReply(
  { reasoning, answer, language }: FoundProblem,
  gold: string | null,
  settings: DistillationPrompts,
  { format }: Model,
): Message | undefined {
  if (reasoning === undefined) return undefined;
  const boxed = gold === null || reasoning.includes('\\boxed') ? undefined : `\\boxed{${gold}}`;
  const content = answer ?? boxed;
  const { think_prefix } = editedStrings(language, settings.language_strings);
  const thinks = settings.student_enable_thinking;
  if (thinks && hasThoughts(format))
    return { role: 'assistant', thinking: `${think_prefix}\n${reasoning}`, content: content ?? lastBox(reasoning) };
  return {
    role: 'assistant',
    content: [...(thinks ? [`${think_prefix}\n${reasoning}`] : [reasoning]), ...(content === undefined ? [] : [content])].join('\n\n'),
  };
}

/** Ids of a reply behind its prompt, up to the token that ends it, by the first template that writes both alike; undefined where none does. */
export async function completionIds(
  { asked, student }: PromptPair,
  reply: Message,
  thinks: boolean,
  { format, identity, tokenizer }: TextModel,
  date: string,
): Promise<Uint32Array | undefined> {
  const mode = thinks ? 'think' : 'no_think';
  const begun = renderText(student);
  const enable_thinking = format.switchesThinking ? { enable_thinking: thinks } : {};
  for (const template of format.templates) {
    const whole = inMode({ ...asked, messages: [...asked.messages, reply] }, mode, format, { template });
    const segments = await render(format, whole, { template, date, model_identity: identity, ...enable_thinking });
    if (!renderText(segments).startsWith(begun)) continue;
    const end = segments.findLastIndex(({ special }) => special);
    const rest = behind(segments.slice(0, end + 1), begun.length);
    if (rest.length > 0) return tokenizer.encodeSegments(rest).ids;
  }
  return undefined;
}

/** What is left of pieces of text without the first characters. */
function behind(segments: readonly Segment[], characters: number): Segment[] {
  let at = 0;
  return segments.flatMap((segment) => {
    const from = Math.max(0, characters - at);
    at += segment.text.length;
    return from >= segment.text.length ? [] : [{ ...segment, text: segment.text.slice(from) }];
  });
}

function lastBox(text: string): string {
  return text.slice(text.lastIndexOf('\\boxed'));
}

const userTurn = (pieces: readonly TurnPiece[]): Conversation => ({ messages: [{ role: 'user', content: textOfTurn(pieces) }] });
