/** Rendered text with marks -> segments: control tokens apart, hidden things shown again, and each piece given to the message it says. */
import type { Channel, Message, Segment } from '../../../protocol/conversation.ts';
import { CHANNEL_OF } from '../writer.ts';
import type { Controls } from './controls.ts';
import { CLOSE, OPEN } from './generation-tags.ts';
import type { Hidden } from './hidden.ts';

interface Piece {
  text: string;
  special: boolean;
  assistant: boolean;
}

export function segmentsOf(marked: string, controls: Controls, hidden: Hidden, messages: readonly Message[]): Segment[] {
  const pieces = piecesOf(hidden.showNumbers(marked), controls, hidden);
  const places = new Places(messages);
  return pieces.flatMap((piece) =>
    piece.special ? [{ ...piece, channel: 'control' as const, message: places.current }] : places.split(piece),
  );
}

/** In one pass: a private-use character is a mark or something hidden, a control token's spelling is the token. */
function piecesOf(text: string, controls: Controls, hidden: Hidden): Piece[] {
  const pieces: Piece[] = [];
  let depth = 0;
  const add = (part: string, special: boolean): void => {
    const last = pieces.at(-1);
    const assistant = depth > 0;
    if (part === '') return;
    if (!special && last && !last.special && last.assistant === assistant) last.text += part;
    else pieces.push({ text: part, special, assistant });
  };
  for (const [i, part] of text.split(controls.cut).entries()) {
    if (i % 2 === 0) add(part, false);
    else if (part === OPEN) depth++;
    else if (part === CLOSE) depth = Math.max(0, depth - 1);
    else if (controls.has(part)) add(part, true);
    else add(hidden.textOf(part), false);
  }
  return pieces;
}

interface Found {
  start: number;
  end: number;
  channel: Channel;
  message: number;
}

/** Characters within which the next text of a message is looked for first. */
const NEAR = 1024;

/** Finds the messages' texts in the order in which they come, for colours on the page; what is none of them is the template's own. */
class Places {
  current = -1;
  private next = 0;

  constructor(private readonly messages: readonly Message[]) {}

  /** The piece, cut around the texts of messages that it holds. */
  split({ text, assistant }: Piece): Segment[] {
    const segments: Segment[] = [];
    let at = 0;
    const add = (end: number, channel: Channel, message: number): void => {
      if (end > at) segments.push({ text: text.slice(at, end), special: false, channel, message, assistant });
      at = end;
    };
    for (let found = this.find(text, at); found; found = this.find(text, at)) {
      add(found.start, 'control', this.current);
      this.current = found.message;
      add(found.end, found.channel, found.message);
    }
    add(text.length, 'control', this.current);
    return segments;
  }

  /**
   * The next text of a message in this piece: its reasoning, else its content; messages in between may be absent. Looked for near first: what is
   * absent would be looked for to the end of the conversation at every turn.
   */
  private find(text: string, from: number): Found | null {
    for (let reach = NEAR; ; reach *= 4) {
      const found = this.findWithin(text, from, reach);
      if (found || from + reach >= text.length) return found;
    }
  }

  private findWithin(text: string, from: number, reach: number): Found | null {
    for (let i = this.next; i < Math.min(this.messages.length * 2, this.next + 6); i++) {
      const message = this.messages[i >> 1]!;
      const reasoning = i % 2 === 0;
      const wanted = (reasoning ? message.thinking : textOf(message))?.trim();
      if (!wanted) continue;
      const near = text.slice(from, from + reach + wanted.length).indexOf(wanted);
      if (near < 0) continue;
      this.next = i + 1;
      const start = from + near;
      return { start, end: start + wanted.length, channel: reasoning ? 'analysis' : CHANNEL_OF[message.role], message: i >> 1 };
    }
    return null;
  }
}

function textOf({ content }: Message): string | undefined {
  return typeof content === 'string' ? content : undefined;
}
