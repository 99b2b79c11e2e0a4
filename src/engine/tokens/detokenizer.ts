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
