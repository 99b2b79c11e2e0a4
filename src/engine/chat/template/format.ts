/**
 * A chat format for a template that none of ours knows: the template itself runs, in a thread that can be ended (../run-template.ts). Control tokens are found by
 * their spelling; those that stand in a conversation's texts are hidden meanwhile and stay text. What is trained is what the template marks;
 * without marks, what it adds for each reply beyond its prompt.
 */
import { MotherTongueError } from '../../../lib/errors.ts';
import type { Conversation, Segment } from '../../../protocol/conversation.ts';
import type { ChatFormat, RenderOptions, TemplateText } from '../format.ts';
import type { Rendering, TemplateRunner } from '../run-template.ts';
import { tooSlow, tooSlowAgain } from '../templates-in-worker.ts';
import { openThink, skipThink } from '../think/open.ts';
import { thinkReply } from '../think/stream.ts';
import { Controls } from './controls.ts';
import { withMarks } from './generation-tags.ts';
import { Hidden } from './hidden.ts';
import { markReplies } from './prefixes.ts';
import { segmentsOf } from './segments.ts';
import { variablesOf } from './variables.ts';

/** Characters of a template; published ones have some tens of thousands at most. */
const LARGEST_TEMPLATE = 2 ** 20;

/** A template that was stopped so often in a row is not run again, or a dataset of it would take seconds a row. */
const STOPS = 3;

export interface TemplateSource {
  readonly template: TemplateText;
  /** The file that it stands in. */
  readonly file: string;
  /** Spellings of the tokenizer's control tokens. */
  readonly controls: readonly string[];
  /** Variables that every rendering has: the spellings of bos, eos and the like. */
  readonly tokens: Readonly<Record<string, string>>;
  readonly run: TemplateRunner | undefined;
}

export function templateFormat(own: TemplateSource): ChatFormat {
  const { text } = own.template;
  const large = text.length > LARGEST_TEMPLATE;
  const { source, marks } = large ? { source: '', marks: 0 } : withMarks(text);
  const controls = new Controls(own.controls);
  const templates = marks > 0 ? (['hf', 'trl', 'prefix-preserving'] as const) : (['hf', 'prefix-preserving'] as const);
  const thinks = /reasoning_content|\bthinking\b/.test(text);
  const prepared: Prepared = { source, controls, marked: marks > 0, large, stopped: 0 };
  return {
    name: 'this chat template',
    templates,
    marked: templates,
    stop_tokens: Object.entries(own.tokens).flatMap(([name, token]) => (name === 'eos_token' ? [token] : [])),
    switchesThinking: text.includes('enable_thinking'),
    keepsThinking: () => thinks,
    writes: ({ sha256 }) => sha256 === own.template.sha256,
    identity: () => '',
    render: (conversation, options) => render(own, prepared, conversation, options),
    openThought: openThink,
    skipThought: skipThink,
    reply: thinkReply,
  };
}

interface Prepared {
  readonly source: string;
  readonly controls: Controls;
  readonly marked: boolean;
  readonly large: boolean;
  /** Renderings in a row that took too long. */
  stopped: number;
}

async function render(own: TemplateSource, prepared: Prepared, given: Conversation, options: RenderOptions): Promise<Segment[]> {
  const { controls, marked } = prepared;
  const hidden = new Hidden(controls.any);
  const conversation = own.template.text.includes('developer') ? given : { ...given, messages: withSystem(given.messages) };
  const all = variablesOf(conversation, options, own.tokens, (value) => hidden.hide(value));
  const { messages } = all;
  const replies = marked ? [] : messages.flatMap(({ role }, index) => (role === 'assistant' ? [index] : []));
  const wanted = [
    all.variables,
    ...replies.flatMap((index) => [all.upTo(index, true), all.upTo(index, false), all.upTo(index + 1, false)]),
  ];
  const [whole, ...parts] = await run(own, prepared, options.date, wanted);
  if ('refused' in whole! && given.messages.some(({ parts }) => parts)) return render(own, prepared, withoutParts(given), options);
  const text = textOf(own, whole!);
  const prefixes = replies.map((_, i) => parts.slice(3 * i, 3 * i + 3).map((one) => ('text' in one ? one.text : null)));
  if (options.template === 'prefix-preserving') await checkPrefixes(own, prepared, options, all, text);
  return segmentsOf(markReplies(text, prefixes), controls, hidden, conversation.messages);
}

/** Each reply must stay as it is when more follows, or training on one text would teach another than the one that is asked. */
async function checkPrefixes(
  own: TemplateSource,
  prepared: Prepared,
  { date }: RenderOptions,
  all: ReturnType<typeof variablesOf>,
  text: string,
): Promise<void> {
  const ends = all.messages.flatMap(({ role }, index) => (role === 'assistant' && index < all.messages.length - 1 ? [index] : []));
  const parts = await run(
    own,
    prepared,
    date,
    ends.map((index) => all.upTo(index + 1, false)),
  );
  const changed = parts.findIndex((part) => !('text' in part && text.startsWith(part.text)));
  if (changed < 0) return;
  const sentence = `Message ${ends[changed]! + 1} is written otherwise by ${own.file} once a later one follows, so it preserves no prefix; choose the template hf.`;
  throw new MotherTongueError('DatasetError', sentence);
}

async function run(
  own: TemplateSource,
  prepared: Prepared,
  date: string,
  variables: Record<string, unknown>[],
): Promise<readonly Rendering[]> {
  if (variables.length === 0) return [];
  if (!own.run) throw refusal(own, 'cannot be run here, and is none of the formats that are built in');
  if (prepared.large) {
    const millions = (own.template.text.length / 1e6).toFixed(1);
    throw refusal(own, `has ${millions} million characters, where a chat template may have one; take the file from the model's repository`);
  }
  if (prepared.stopped >= STOPS) throw refusal(own, tooSlowAgain(STOPS).message);
  try {
    const renderings = await own.run({ source: prepared.source, date, variables });
    prepared.stopped = 0;
    return renderings;
  } catch (error) {
    if (error instanceof Error && error.message === tooSlow().message) prepared.stopped++;
    throw error instanceof MotherTongueError ? refusal(own, error.message) : error;
  }
}

function textOf(own: TemplateSource, rendering: Rendering): string {
  if ('text' in rendering) return rendering.text;
  throw refusal(own, rendering.refused);
}

function refusal({ file }: TemplateSource, why: string): MotherTongueError {
  return new MotherTongueError('DatasetError', `${file}: ${why.split('\n')[0]!.replace(/\.$/, '')}.`);
}

/** Contents in parts as one text, for templates that know no parts. */
function withoutParts(conversation: Conversation): Conversation {
  return { ...conversation, messages: conversation.messages.map(({ parts: _, ...message }) => message) };
}

function withSystem(messages: Conversation['messages']): Conversation['messages'] {
  return messages.map((message) => (message.role === 'developer' ? { ...message, role: 'system' } : message));
}
