/** A conversation as ids that a model goes on from, by the renderer that training uses; with the line that asks for a language of reasoning. */
import type { Conversation } from '../../protocol/conversation.ts';
import type { RenderOptions } from './format.ts';
import type { TextModel } from './open-text.ts';
import { withReasoningLanguage } from './reasoning-language.ts';

export interface PromptOptions extends Pick<RenderOptions, 'date' | 'builtin_tools'> {
  /** In English, as Multilingual-Thinking spells it; null asks for none. */
  readonly reasoning_language: string | null;
}

export function promptOf(model: TextModel, conversation: Conversation, { reasoning_language, ...options }: PromptOptions): Uint32Array {
  const { tokenizer, format, identity } = model;
  const asked = reasoning_language === null ? conversation : withReasoningLanguage(conversation, reasoning_language);
  const segments = format.render(asked, { ...options, template: 'hf', model_identity: identity, generation_prompt: true });
  return tokenizer.encodeSegments(segments).ids;
}
