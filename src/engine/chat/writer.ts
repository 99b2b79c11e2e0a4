/** How the formats write: control tokens and plain text, each with its place in the conversation; and the refusal of a message. */
import { MotherTongueError } from '../../lib/errors.ts';
import type { Channel, Message, Segment } from '../../protocol/conversation.ts';

/** Where a piece of text comes from: the message's index (-1: the template's own words), and whether it is trained. */
export interface Place {
  readonly channel: Channel;
  readonly message: number;
  readonly assistant?: boolean;
}

export class Writer {
  readonly segments: Segment[] = [];

  special(text: string, { message, assistant = false }: Omit<Place, 'channel'>): void {
    this.segments.push({ text, special: true, channel: 'control', message, assistant });
  }

  plain(text: string, { channel, message, assistant = false }: Place): void {
    if (text !== '') this.segments.push({ text, special: false, channel, message, assistant });
  }
}

export const CHANNEL_OF: Readonly<Record<Message['role'], Channel>> = {
  system: 'system',
  developer: 'developer',
  user: 'user',
  assistant: 'final',
  tool: 'tool',
};

/** Templates that know no developer take it as the system's. */
export function withoutDeveloper(messages: readonly Message[]): readonly Message[] {
  return messages.map((message) => (message.role === 'developer' ? { ...message, role: 'system' } : message));
}

export function refusal(index: number, sentence: string): MotherTongueError {
  return new MotherTongueError('DatasetError', `Message ${index + 1} ${sentence}.`);
}
