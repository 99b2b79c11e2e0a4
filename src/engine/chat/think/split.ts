/**
 * Replies of models that put their reasoning between `<think>` and `</think>`, in front of the answer. Where the prompt has opened the thought, the
 * reply begins inside it and only closes it. Tool calls in their own tags are neither.
 */
import type { ReplyText } from '../format.ts';

/** The text so far; a thought that is not closed yet is all thinking, and text without one is all content. */
export function splitThink(text: string, promptOpens = false): ReplyText {
  const opened = /^\s*<think>/.exec(text);
  if (!opened && !promptOpens) return answer('', text);
  const begin = opened?.[0].length ?? 0;
  const close = text.indexOf('</think>', begin);
  if (close < 0) return { thinking: text.slice(begin).trim(), content: '', rest: '' };
  return answer(text.slice(begin, close).trim(), text.slice(close + '</think>'.length));
}

/** What is said, and the calls in it: from a `<tool_call>` to its end, or to the end of what has come so far. */
function answer(thinking: string, text: string): ReplyText {
  let content = '';
  let rest = '';
  for (let at = 0; at < text.length; ) {
    const open = text.indexOf('<tool_call>', at);
    content += text.slice(at, open < 0 ? text.length : open);
    if (open < 0) break;
    const close = text.indexOf('</tool_call>', open);
    const end = close < 0 ? text.length : close + '</tool_call>'.length;
    rest += `${rest === '' ? '' : '\n'}${text.slice(open, end)}`;
    at = end;
  }
  return { thinking, content: content.trim(), rest };
}
