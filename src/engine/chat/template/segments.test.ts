/** Pieces of a rendering, given to the messages that they say. */
import { describe, expect, it } from 'vitest';
import type { Message } from '../../../protocol/conversation.ts';
import { Controls } from './controls.ts';
import { Hidden } from './hidden.ts';
import { segmentsOf } from './segments.ts';

const controls = new Controls(['<|end|>']);
const split = (text: string, messages: readonly Message[]) => segmentsOf(text, controls, new Hidden(controls.any), messages);
const turns = (count: number, length: number): Message[] =>
  Array.from({ length: count }, (_, i) => [
    { role: 'user' as const, content: `Question ${i} ${'q'.repeat(length)}?` },
    { role: 'assistant' as const, content: `Answer ${i} ${'a'.repeat(length)}.`, thinking: `Thought ${i} ${'t'.repeat(length)}.` },
  ]).flat();

describe('texts of messages', () => {
  it('are found behind long texts of the template, and reasoning that is not there is passed over', () => {
    const messages = turns(2, 10);
    const between = '\n'.repeat(5000);
    const text = messages.map(({ role, content }) => `${role}: ${content}${between}`).join('');
    const said = split(text, messages).filter(({ channel }) => channel !== 'control');
    expect(said.map(({ text, channel, message }) => [text, channel, message])).toEqual([
      [messages[0]!.content, 'user', 0],
      [messages[1]!.content, 'final', 1],
      [messages[2]!.content, 'user', 2],
      [messages[3]!.content, 'final', 3],
    ]);
  });

  // Each text that was not there was looked for to the end of the conversation.
  it('take linear time, however many turns lack what is looked for', () => {
    const messages = turns(20_000, 150).map((one) => (one.thinking ? { ...one, thinking: `Answer ${'a'.repeat(148)}, thought` } : one));
    const text = messages.map(({ role, content }) => `${role}: ${content}\n`).join('');
    const started = performance.now();
    expect(split(text, messages).filter(({ channel }) => channel === 'final')).toHaveLength(20_000);
    expect(performance.now() - started).toBeLessThan(3000);
  });
});
