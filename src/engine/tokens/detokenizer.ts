/** Ids of one row -> text, as far as whole characters go: bytes of a character that is still incomplete are held back. */
import type { Tokenizer } from './tokenizer.ts';

export class Detokenizer {
  private readonly decoder = new TextDecoder('utf-8', { ignoreBOM: true });

  constructor(private readonly tokenizer: Tokenizer) {}

  /** Text that became certain with this id; '' when its bytes are the beginning of a character. */
  push(id: number): string {
    return this.decoder.decode(this.tokenizer.bytes(id), { stream: true });
  }

  /** What is left; an unfinished character shows as U+FFFD. */
  flush(): string {
    return this.decoder.decode();
  }
}

/**
 * The text of each of a row's tokens, for looking at: joined, they are the row's text. A character of several tokens stands at the one that ends it;
 * those before it are empty.
 */
export function tokenTexts(tokenizer: Tokenizer, ids: Iterable<number>): string[] {
  const texts: string[] = [];
  const detokenizer = new Detokenizer(tokenizer);
  const end = (): void => {
    const left = detokenizer.flush();
    if (left !== '') texts[texts.length - 1] += left;
  };
  for (const id of ids) {
    if (tokenizer.isSpecial(id)) end();
    texts.push(tokenizer.isSpecial(id) ? tokenizer.tokenText(id) : detokenizer.push(id));
  }
  end();
  return texts;
}
