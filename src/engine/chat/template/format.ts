/**
 * A chat format for a template that none of ours knows: the template itself runs, in a thread that can be ended (../run-template.ts). Control tokens are found by
 * their spelling; those that stand in a conversation's texts are hidden meanwhile and stay text. What is trained is what the template marks;
 * without marks, what it adds for each reply beyond its prompt.
 */
import { MotherTongueError } from '../../../lib/errors.ts';
import type { Conversation, Segment } from '../../../protocol/conversation.ts';
import type { ChatFormat, RenderOptions, TemplateText } from '../format.ts';
import type { Rendering, TemplateRunner } from '../run-template.ts';
import { openThink } from '../think/open.ts';
import { thinkReply } from '../think/stream.ts';
import { Controls } from './controls.ts';
import { withMarks } from './generation-tags.ts';
import { Hidden } from './hidden.ts';
import { markReplies } from './prefixes.ts';
import { segmentsOf } from './segments.ts';
import { variablesOf } from './variables.ts';

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
  const { source, marks } = withMarks(text);
  const controls = new Controls(own.controls);
  const templates = marks > 0 ? (['hf', 'trl', 'prefix-preserving'] as const) : (['hf', 'prefix-preserving'] as const);
  const thinks = /reasoning_content|\bthinking\b/.test(text);
  return {
    name: 'this chat template',
    templates,
    marked: templates,
    stop_tokens: Object.entries(own.tokens).flatMap(([name, token]) => (name === 'eos_token' ? [token] : [])),
    switchesThinking: text.includes('enable_thinking'),
    keepsThinking: () => thinks,
    writes: ({ sha256 }) => sha256 === own.template.sha256,
    identity: () => '',
    render: (conversation, options) => render(own, { source, controls, marked: marks > 0 }, conversation, options),
    openThought: openThink,
    reply: thinkReply,
  };
}

interface Prepared {
  readonly source: string;
  readonly controls: Controls;
  readonly marked: boolean;
}

async function render(
  own: TemplateSource,
  { source, controls, marked }: Prepared,
  given: Conversation,
  options: RenderOptions,
): Promise<Segment[]> {
  const hidden = new Hidden(controls.any);
  const conversation = own.template.text.includes('developer') ? given : { ...given, messages: withSystem(given.messages) };
  const all = variablesOf(conversation, options, own.tokens, (value) => hidden.hide(value));
  const { messages } = all;
  const replies = marked ? [] : messages.flatMap(({ role }, index) => (role === 'assistant' ? [index] : []));
  const wanted = [
    all.variables,
    ...replies.flatMap((index) => [all.upTo(index, true), all.upTo(index, false), all.upTo(index + 1, false)]),
  ];
  const [whole, ...parts] = await run(own, source, options.date, wanted);
  const text = textOf(own, whole!);
  const prefixes = replies.map((_, i) => parts.slice(3 * i, 3 * i + 3).map((one) => ('text' in one ? one.text : null)));
  if (options.template === 'prefix-preserving') await checkPrefixes(own, source, options, all, text);
  return segmentsOf(markReplies(text, prefixes), controls, hidden, conversation.messages);
}

/** Each reply must stay as it is when more follows, or training on one text would teach another than the one that is asked. */
async function checkPrefixes(
  own: TemplateSource,
  source: string,
  { date }: RenderOptions,
  all: ReturnType<typeof variablesOf>,
  text: string,
): Promise<void> {
  const ends = all.messages.flatMap(({ role }, index) => (role === 'assistant' && index < all.messages.length - 1 ? [index] : []));
  const parts = await run(
    own,
    source,
    date,
    ends.map((index) => all.upTo(index + 1, false)),
  );
  const changed = parts.findIndex((part) => !('text' in part && text.startsWith(part.text)));
  if (changed < 0) return;
  const sentence = `Message ${ends[changed]! + 1} is written otherwise by ${own.file} once a later one follows, so it preserves no prefix; choose the template hf.`;
  throw new MotherTongueError('DatasetError', sentence);
}

async function run(own: TemplateSource, source: string, date: string, variables: Record<string, unknown>[]): Promise<readonly Rendering[]> {
  if (variables.length === 0) return [];
  if (!own.run) throw refusal(own, 'cannot be run here, and is none of the formats that are built in');
  try {
    return await own.run({ source, date, variables });
  } catch (error) {
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

function withSystem(messages: Conversation['messages']): Conversation['messages'] {
  return messages.map((message) => (message.role === 'developer' ? { ...message, role: 'system' } : message));
}
