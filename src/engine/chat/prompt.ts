/**
 * A conversation as ids that a model goes on from, by the renderer that training uses; with the lines that ask for languages of reasoning and answer.
 * Asked to think, a model whose template has no switch for it begins inside a thought, where training has put its reasoning.
 */
import type { Conversation, Segment } from '../../protocol/conversation.ts';
import { type AskedLanguages, withLanguages } from './asked-languages.ts';
import { type ChatFormat, hasThoughts, type RenderOptions, render } from './format.ts';
import type { TextModel } from './open-text.ts';

export interface PromptOptions extends AskedLanguages, Pick<RenderOptions, 'date' | 'builtin_tools' | 'enable_thinking' | 'variables'> {
  /** Words that the thought begins with; they open it. */
  readonly think_prefix?: string;
  /** Words that the reply begins with: its thought, or its answer where the format has no thoughts. null: the answer is begun, without a thought. */
  readonly opening?: string | null;
}

export async function promptOf(model: TextModel, conversation: Conversation, options: PromptOptions): Promise<Uint32Array> {
  return model.tokenizer.encodeSegments(await promptSegments(model, conversation, options)).ids;
}

/** The same as text with its control tokens, as the page shows it. */
export async function promptSegments(
  { format, identity }: Pick<TextModel, 'format' | 'identity'>,
  conversation: Conversation,
  { reasoning_language, answer_language, think_prefix, opening, ...options }: PromptOptions,
): Promise<Segment[]> {
  const asked = withLanguages(conversation, { reasoning_language, answer_language });
  const mode = opening === undefined || !format.switchesThinking ? {} : { enable_thinking: opening !== null };
  const segments = await render(format, asked, { ...options, ...mode, template: 'hf', model_identity: identity, generation_prompt: true });
  if (opening !== undefined) return begun(format, segments, opening);
  const opens = options.enable_thinking === true && !format.switchesThinking;
  return format.openThought(segments, think_prefix, opens);
}

function begun(format: ChatFormat, segments: readonly Segment[], opening: string | null): Segment[] {
  if (opening === null) return format.skipThought(segments);
  if (hasThoughts(format) || segments.at(-1)?.text.trimEnd().endsWith('<think>')) return format.openThought(segments, opening, true);
  if (opening === '') return [...segments];
  const message = segments.at(-1)?.message ?? -1;
  return [...segments, { text: opening, special: false, channel: 'final', message, assistant: false }];
}
