/**
 * Generated ids -> reasoning and answer, for formats with `<think>`. Control tokens end the reply and are no text; what a model wrote after one
 * (a whole new turn, from a base model that does not stop) is `rest`.
 */
import { Detokenizer } from '../../tokens/detokenizer.ts';
import type { Tokenizer } from '../../tokens/tokenizer.ts';
import type { ReplyStream } from '../format.ts';
import { splitThink } from './split.ts';

/** Ids of a prompt's end in which an open thought is looked for: a header, the tag, and a sentence that begins the thought. */
const PROMPT_END = 512;

export function thinkReply(tokenizer: Tokenizer, prompt: Uint32Array = new Uint32Array()): ReplyStream {
  return new ThinkStream(tokenizer, beginningOf(tokenizer, prompt));
}

/** What of the reply stands in the prompt. */
interface Beginning {
  /** The thought is open. */
  readonly opened: boolean;
  /** The reply's first words, of the thought where it is open. */
  readonly words: string;
}

class ThinkStream implements ReplyStream {
  /** A reply ends by its stop token alone. */
  readonly answered = false;
  private readonly detokenizer: Detokenizer;
  private text: string;
  private beyond = '';
  private ended = false;
  private read = { of: -1, ...splitThink('') };

  constructor(
    private readonly tokenizer: Tokenizer,
    private readonly beginning: Beginning,
  ) {
    this.text = beginning.words;
    this.detokenizer = new Detokenizer(tokenizer);
  }

  get thinking(): string {
    return this.parts.thinking;
  }

  get content(): string {
    return this.parts.content;
  }

  get rest(): string {
    return [this.parts.rest, this.beyond.trim()].filter((part) => part !== '').join('\n');
  }

  push(ids: Iterable<number>): void {
    for (const id of ids) {
      const special = this.tokenizer.specialText(id);
      if (special === undefined) this.add(this.detokenizer.push(id));
      else {
        this.add(this.detokenizer.flush());
        if (this.ended) this.add(special);
        this.ended = true;
      }
    }
  }

  finish(): void {
    this.add(this.detokenizer.flush());
  }

  private add(text: string): void {
    if (this.ended) this.beyond += text;
    else this.text += text;
  }

  private get parts() {
    if (this.read.of !== this.text.length) this.read = { of: this.text.length, ...splitThink(this.text, this.beginning.opened) };
    return this.read;
  }
}

/** The header of a reply, where its control token does not name who writes: the role and line breaks. */
const ROLE = /^(?:assistant|model)\n+/;
const NAMED = /assistant|end_header|\/INST/i;

/** Of a prompt's last turn: a `<think>` that is not closed, and the words after that or after the header. */
function beginningOf(tokenizer: Tokenizer, prompt: Uint32Array): Beginning {
  const { header, text } = lastTurn(tokenizer, prompt);
  const open = text.lastIndexOf('<think>');
  if (isOpen(text)) return { opened: true, words: text.slice(open + '<think>'.length).trimStart() };
  if (header === undefined || open >= 0) return { opened: false, words: '' };
  const named = NAMED.test(tokenizer.specialText(header) ?? '');
  return { opened: false, words: named ? text.trimStart() : text.slice(ROLE.exec(text)?.[0].length ?? text.length) };
}

/** Whether a reply to the prompt begins inside a thought. */
export function opensThought(tokenizer: Pick<Tokenizer, 'decode' | 'isSpecial'>, prompt: Uint32Array): boolean {
  return isOpen(lastTurn(tokenizer, prompt).text);
}

function isOpen(text: string): boolean {
  return text.lastIndexOf('<think>') > text.lastIndexOf('</think>');
}

/** The last control token near the prompt's end, and the text behind it. */
function lastTurn(tokenizer: Pick<Tokenizer, 'decode' | 'isSpecial'>, prompt: Uint32Array): { header: number | undefined; text: string } {
  const end = prompt.subarray(Math.max(0, prompt.length - PROMPT_END));
  const at = end.findLastIndex((id) => tokenizer.isSpecial(id));
  return { header: end[at], text: tokenizer.decode(end.subarray(at + 1)) };
}
