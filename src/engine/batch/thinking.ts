/**
 * Whether a row is rendered with its reasoning. One dataset trains both modes of a model: rows as questions that are thought about, rows that are
 * answered at once, or a share of each. Which row is which is drawn from the seed and its number alone, so that the preview shows what trains
 * and the order of rows does not matter. A row without reasoning answers at once in any case.
 */
import { Random } from '../../lib/random.ts';
import type { Conversation, Message, TemplateSettings } from '../../protocol/conversation.ts';
import type { ThinkMode } from '../../protocol/dataset.ts';
import type { ChatFormat } from '../chat/format.ts';
import { isBlank } from '../data/fields.ts';

type ModeSettings = Pick<TemplateSettings, 'template' | 'thinking' | 'think_ratio' | 'think_seed'>;

/** The row's mode; null: the template decides, as it does in Hugging Face. */
export function modeOf(row: number, { messages }: Conversation, settings: ModeSettings): ThinkMode | null {
  const asked = askedMode(row, settings);
  return asked === 'think' && !messages.some(thinks) ? 'no_think' : asked;
}

/** The mode in which the row's question is asked, whether or not the row itself has reasoning. */
export function askedMode(row: number, { thinking = 'template', think_ratio = 0.5, think_seed = 42 }: ModeSettings): ThinkMode | null {
  if (thinking === 'template') return null;
  if (thinking !== 'mixed') return thinking;
  return new Random(`${think_seed}/${row}`).uniform() < think_ratio ? 'think' : 'no_think';
}

/** What the row trains of the two modes: what it was given or, as it stands, what it has; null: there are no modes. */
export function trainedMode(mode: ThinkMode | null, { messages }: Conversation, { switchesThinking }: ChatFormat): ThinkMode | null {
  if (mode !== null || !switchesThinking) return mode;
  return messages.some(thinks) ? 'think' : 'no_think';
}

/** The conversation as this mode gives it to the template. */
export function inMode(conversation: Conversation, mode: ThinkMode | null, format: ChatFormat, settings: ModeSettings): Conversation {
  if (mode === null || (mode === 'think' && format.keepsThinking(settings.template))) return conversation;
  return { ...conversation, messages: conversation.messages.map(mode === 'think' ? withThoughtInContent : withoutThought) };
}

function thinks({ role, thinking }: Message): boolean {
  return role === 'assistant' && !isBlank(thinking);
}

function withoutThought(message: Message): Message {
  if (message.role !== 'assistant') return message;
  const { thinking: _, ...rest } = message;
  return rest;
}

/** Where the template has no place for reasoning, it stands in front of the answer, as models of such families write it. */
function withThoughtInContent(message: Message): Message {
  if (!thinks(message)) return message;
  const { thinking, content = '', ...rest } = message;
  return { ...rest, content: `<think>\n${thinking!.trim()}\n</think>\n\n${content}` };
}
