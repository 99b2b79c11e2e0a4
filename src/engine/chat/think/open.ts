/** A prompt that begins the thought (`<think>`, a line break, and the words that it goes on from), or one that leaves it out. */
import type { Channel, Segment } from '../../../protocol/conversation.ts';

/** `always`: also without a prefix. A thought that the template has opened is not opened twice. */
export function openThink(segments: readonly Segment[], prefix: string | undefined, always: boolean): Segment[] {
  if (prefix === undefined && !always) return [...segments];
  return begin(segments, 'analysis', (isOpen(segments) ? '' : '<think>\n') + (prefix ?? ''));
}

/** A thought that the template has opened is closed: an empty block, as Qwen's templates write it. */
export function skipThink(segments: readonly Segment[]): Segment[] {
  return isOpen(segments) ? begin(segments, 'control', '\n</think>\n\n') : [...segments];
}

/** Whether the reply's beginning has a `<think>` that is not closed. */
function isOpen(segments: readonly Segment[]): boolean {
  const turn = segments.slice(segments.findLastIndex(({ special }) => special) + 1);
  const text = turn.map((segment) => segment.text).join('');
  return text.lastIndexOf('<think>') > text.lastIndexOf('</think>');
}

function begin(segments: readonly Segment[], channel: Channel, text: string): Segment[] {
  return [...segments, { text, special: false, channel, message: segments.at(-1)?.message ?? -1, assistant: false }];
}
