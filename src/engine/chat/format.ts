/**
 * What a chat format is: how a conversation becomes text, and how a model's reply is read back. A record of the opened model, chosen once by the
 * template that its folder brings (chat/index.ts). Nothing outside a format's own folder knows its control tokens or its names for channels:
 * a reply has `thinking` and `content`, as messages have.
 */
import { MotherTongueError } from '../../lib/errors.ts';
import type { Conversation, Segment, TemplateName, TemplateSettings } from '../../protocol/conversation.ts';
import type { Tokenizer } from '../tokens/tokenizer.ts';

export interface RenderOptions extends Pick<TemplateSettings, 'template' | 'date' | 'model_identity' | 'reasoning_effort'> {
  /** End where the model's reply begins. */
  generation_prompt?: boolean;
  builtin_tools?: readonly ('browser' | 'python')[];
  /** The template variable; absent is not the same as false. */
  enable_thinking?: boolean;
  /** Other variables for a template that runs, by its own names. */
  variables?: Readonly<Record<string, unknown>>;
}

/** The chat template of a model's folder. */
export interface TemplateText {
  readonly text: string;
  /** Of the text with line feeds alone and without white space at its end, in hexadecimal digits. */
  readonly sha256: string;
  /** Of the same without comments and needless white space, for a template that trims all of it. */
  readonly sha256_of_lines?: string;
}

/** A reply as far as it has been read. */
export interface ReplyText {
  readonly thinking: string;
  readonly content: string;
  /** Text that is neither: tool calls, broken headers. */
  readonly rest: string;
}

/** Generated ids of one reply, read as they come; nothing is thrown and no text is lost. */
export interface ReplyStream extends ReplyText {
  /** Whether an answer has been written and closed, be it by a token that does not stop generation. */
  readonly answered: boolean;
  push(ids: Iterable<number>): void;
  /** The model has stopped: what was held back becomes text. */
  finish(): void;
}

export interface ChatFormat {
  readonly name: string;
  /** The renderings that there are. */
  readonly templates: readonly TemplateName[];
  /** Those that set an assistant mask. */
  readonly marked: readonly TemplateName[];
  /** Whether `enable_thinking` makes a difference to a prompt. */
  readonly switchesThinking: boolean;
  /** Whether a message's reasoning has a place in this rendering, at least in the last reply. */
  keepsThinking(template: TemplateName): boolean;
  /** Spellings of the tokens that end a reply, where generation_config.json names none. */
  readonly stop_tokens: readonly string[];
  /** Whether a model's own chat template writes this format. */
  writes(template: TemplateText): boolean;
  /** The sentence by which the model's own template introduces it; '' where the format has none. */
  identity(chatTemplate: string | undefined): string;
  /** Pieces of text, each one special token or plain; see `Segment`. Throws a DatasetError for messages that the template refuses. */
  render(conversation: Conversation, options: RenderOptions): Segment[] | Promise<Segment[]>;
  /** The prompt begins the thought, with `prefix` where there is one; `always`: also without. */
  openThought(prompt: readonly Segment[], prefix: string | undefined, always: boolean): Segment[];
  /** The prompt begins the answer, without a thought. */
  skipThought(prompt: readonly Segment[]): Segment[];
  /** `prompt`: what the reply goes on from; it may have opened the thought. */
  reply(tokenizer: Tokenizer, prompt?: Uint32Array): ReplyStream;
}

/** Whether a reply has a place for reasoning of its own; where it has none, reasoning is the beginning of the answer. */
export function hasThoughts({ keepsThinking, switchesThinking }: Pick<ChatFormat, 'keepsThinking' | 'switchesThinking'>): boolean {
  return switchesThinking || keepsThinking('hf');
}

/** Renders with a template that the format has. */
export async function render(format: ChatFormat, conversation: Conversation, options: RenderOptions): Promise<Segment[]> {
  if (!format.templates.includes(options.template)) throw new MotherTongueError('DatasetError', missingTemplate(format, options.template));
  return format.render(conversation, options);
}

function missingTemplate({ name, templates }: Pick<ChatFormat, 'name' | 'templates'>, template: TemplateName): string {
  const why = template === 'trl' ? `TRL has no training template for ${name}` : `${name} has no ${template} rendering`;
  return `${why}; choose the template ${templates.join(' or ')}.`;
}

/** The whole text, special tokens spelled out. */
export function renderText(segments: readonly Segment[]): string {
  return segments.map((segment) => segment.text).join('');
}
