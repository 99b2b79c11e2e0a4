/**
 * A conversation as ids that a model goes on from, by the renderer that training uses; with the lines that ask for languages of reasoning and answer.
 * Asked to think, a model whose template has no switch for it begins inside a thought, where training has put its reasoning.
 */
import type { Conversation } from '../../protocol/conversation.ts';
import { type AskedLanguages, withLanguages } from './asked-languages.ts';
import { type RenderOptions, render } from './format.ts';
import type { TextModel } from './open-text.ts';

export interface PromptOptions extends AskedLanguages, Pick<RenderOptions, 'date' | 'builtin_tools' | 'enable_thinking' | 'variables'> {
  /** Words that the thought begins with; they open it. */
  readonly think_prefix?: string;
}

export async function promptOf(
  model: TextModel,
  conversation: Conversation,
  { reasoning_language, answer_language, think_prefix, ...options }: PromptOptions,
): Promise<Uint32Array> {
  const { tokenizer, format, identity } = model;
  const asked = withLanguages(conversation, { reasoning_language, answer_language });
  const segments = await render(format, asked, { ...options, template: 'hf', model_identity: identity, generation_prompt: true });
  const opens = options.enable_thinking === true && !format.switchesThinking;
  return tokenizer.encodeSegments(format.openThought(segments, think_prefix, opens)).ids;
}
