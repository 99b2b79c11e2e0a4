/**
 * What a chat format is: how a conversation becomes text, and how a model's reply is read back. A record of the opened model, chosen once by the
 * template that its folder brings (chat/index.ts). Nothing outside a format's own folder knows its control tokens or its names for channels:
 * a reply has `thinking` and `content`, as messages have.
 */
import type { Conversation, Segment, TemplateName, TemplateSettings } from '../../protocol/conversation.ts';
import type { Tokenizer } from '../tokens/tokenizer.ts';

export interface RenderOptions extends TemplateSettings {
  /** End where the model's reply begins. */
  generation_prompt?: boolean;
  builtin_tools?: readonly ('browser' | 'python')[];
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
  /** Spellings of the tokens that end a reply, where generation_config.json names none. */
  readonly stop_tokens: readonly string[];
  /** Whether a model's own chat template writes this format. */
  writes(chatTemplate: string): boolean;
  /** The sentence by which the model's own template introduces it; '' where the format has none. */
  identity(chatTemplate: string | undefined): string;
  /** Pieces of text, each one special token or plain; see `Segment`. Throws a DatasetError for messages that the template refuses. */
  render(conversation: Conversation, options: RenderOptions): Segment[];
  reply(tokenizer: Tokenizer): ReplyStream;
}

/** The whole text, special tokens spelled out. */
export function renderText(segments: readonly Segment[]): string {
  return segments.map((segment) => segment.text).join('');
}
