/** Replies of models that put their reasoning between `<think>` and `</think>`, in front of the answer. */
import type { ReplyText } from '../format.ts';

/** The text so far; a thought that is not closed yet is all thinking, and text without one is all content. */
export function splitThink(text: string): ReplyText {
  const [, thinking, content = ''] = /^\s*<think>([\s\S]*?)(?:<\/think>([\s\S]*))?$/.exec(text) ?? [];
  if (thinking === undefined) return { thinking: '', content: text.trim(), rest: '' };
  return { thinking: thinking.trim(), content: content.trim(), rest: '' };
}
