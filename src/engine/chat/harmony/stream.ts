/**
 * Streams: generated ids, or text, into a HarmonyParser as they come. Ids are the exact way (a `<|end|>` that the model spelled with ordinary
 * tokens stays text); text is for models whose runtime hands out strings. Characters whose bytes are still incomplete are held back.
 */
import { Detokenizer } from '../../tokens/detokenizer.ts';
import type { Tokenizer } from '../../tokens/tokenizer.ts';
import type { ReplyStream, ReplyText } from '../format.ts';
import { HarmonyParser } from './parser.ts';

/** Generated ids -> reasoning and answer. */
export class HarmonyStream extends HarmonyParser implements ReplyStream {
  private readonly detokenizer: Detokenizer;

  constructor(
    private readonly tokenizer: Tokenizer,
    begin: 'assistant' | 'message' = 'assistant',
  ) {
    super(begin);
    this.detokenizer = new Detokenizer(tokenizer);
  }

  push(ids: Iterable<number>): void {
    for (const id of ids) {
      const special = this.tokenizer.specialText(id);
      if (special === undefined) this.text(this.detokenizer.push(id));
      else {
        this.text(this.detokenizer.flush());
        this.special(special);
      }
    }
  }

  override finish(): void {
    this.text(this.detokenizer.flush());
    super.finish();
  }
}

export const SPELLINGS = ['start', 'end', 'message', 'channel', 'constrain', 'return', 'call', 'endoftext'].map((name) => `<|${name}|>`);
const ANY_SPELLING = new RegExp(`(${SPELLINGS.map((token) => token.replaceAll('|', '\\|')).join('|')})`);

/** Text in which control tokens are spelled out -> reasoning and answer. */
export class HarmonyTextStream extends HarmonyParser {
  private held = '';

  push(text: string): void {
    const pieces = (this.held + text).split(ANY_SPELLING);
    const last = pieces.pop()!;
    for (const piece of pieces) this.piece(piece);
    const keep = possibleSpelling(last);
    this.held = last.slice(last.length - keep);
    this.text(last.slice(0, last.length - keep));
  }

  override finish(): void {
    this.text(this.held);
    this.held = '';
    super.finish();
  }

  private piece(piece: string): void {
    if (SPELLINGS.includes(piece)) this.special(piece);
    else this.text(piece);
  }
}

/** Length of the end of `text` that may be the beginning of a control token. */
function possibleSpelling(text: string): number {
  const at = text.lastIndexOf('<');
  return at >= 0 && SPELLINGS.some((token) => token.startsWith(text.slice(at))) ? text.length - at : 0;
}

/** A whole text at once. */
export function harmonyText(text: string): ReplyText {
  const stream = new HarmonyTextStream();
  stream.push(text);
  stream.finish();
  const { thinking, content, rest } = stream;
  return { thinking, content, rest };
}
