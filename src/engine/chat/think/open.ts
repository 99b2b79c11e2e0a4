/** A prompt that begins the thought: `<think>`, a line break, and the words that it goes on from. */
import type { Segment } from '../../../protocol/conversation.ts';

/** `always`: also without a prefix. A thought that the template has opened is not opened twice. */
export function openThink(segments: readonly Segment[], prefix: string | undefined, always: boolean): Segment[] {
  if (prefix === undefined && !always) return [...segments];
  const turn = segments.slice(segments.findLastIndex(({ special }) => special) + 1);
  const text = turn.map((segment) => segment.text).join('');
  const open = text.lastIndexOf('<think>') > text.lastIndexOf('</think>') ? '' : '<think>\n';
  const message = segments.at(-1)?.message ?? -1;
  return [...segments, { text: open + (prefix ?? ''), special: false, channel: 'analysis', message, assistant: false }];
}
