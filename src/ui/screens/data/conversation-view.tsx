/** A conversation with one colour per channel. Everything is plain text: nothing in a dataset is ever parsed as HTML. */
import { jsonText } from '../../../lib/json-text.ts';
import type { Channel, Conversation, Message } from '../../../protocol/conversation.ts';
import { foreign, Marked } from '../../parts/foreign.tsx';
import classes from './data.module.css';

interface Part {
  channel: Channel;
  label: string;
  text: string;
}

function partsOf(message: Message): Part[] {
  const { role, content, thinking, tool_calls: calls, name } = message;
  if (role !== 'assistant') return [{ channel: role, label: role === 'tool' ? `tool ${name ?? ''}`.trim() : role, text: content ?? '' }];
  const parts: Part[] = [];
  if (thinking !== undefined) parts.push({ channel: 'analysis', label: 'assistant, reasoning', text: thinking });
  for (const call of calls ?? []) {
    const text = typeof call.arguments === 'string' ? call.arguments : jsonText(call.arguments);
    parts.push({ channel: 'commentary', label: `assistant calls ${call.name}`, text });
  }
  if (content !== undefined) parts.push({ channel: 'final', label: 'assistant, answer', text: content });
  return parts;
}

/** The language that a part is to be in; of an earlier answer it is not known. */
function spokenIn({ reasoning_language, answer_language }: Conversation, channel: Channel): string | null {
  return (channel === 'analysis' ? reasoning_language : channel === 'final' ? answer_language : null) ?? null;
}

export function ConversationView({ conversation }: { conversation: Conversation }) {
  const parts = conversation.messages.flatMap((message, turn) => partsOf(message).map((part, i) => ({ ...part, key: `${turn}.${i}` })));
  return (
    <>
      {parts.map((part) => (
        <div
          key={part.key}
          className={classes.message}
          data-channel={part.channel}
          style={{ '--hue': `var(--channel-${part.channel})` } as React.CSSProperties}
        >
          <div className={classes.label}>
            <Marked text={part.label} />
          </div>
          <div className="reading" {...foreign(part.text, spokenIn(conversation, part.channel))}>
            <Marked text={part.text} />
          </div>
        </div>
      ))}
    </>
  );
}
