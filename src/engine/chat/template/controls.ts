/** The spellings of a tokenizer's control tokens, as patterns that are made once for a model; the longest spelling first, as tokenizers match. */
export class Controls {
  private readonly names: ReadonlySet<string>;
  /** Matches every spelling; null: there are none. */
  readonly any: RegExp | null;
  /** Splits at a spelling, and at a private-use character (a mark or something hidden). */
  readonly cut: RegExp;

  constructor(names: readonly string[]) {
    this.names = new Set(names);
    const longest = [...this.names].sort((a, b) => b.length - a.length).map((name) => name.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
    this.any = longest.length === 0 ? null : new RegExp(longest.join('|'), 'g');
    this.cut = new RegExp(`(${['[\\u{F0000}-\\u{FFFFD}]', ...longest].join('|')})`, 'u');
  }

  has(text: string): boolean {
    return this.names.has(text);
  }
}
