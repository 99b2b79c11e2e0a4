/**
 * What a template must not see as it is, hidden behind one private-use character each while it runs: control tokens that somebody typed, which stay
 * plain text; and numbers that JavaScript prints otherwise than Python (1.0, 1e-07, beyond 2^53). Equal things have equal characters.
 */
import { MotherTongueError } from '../../../lib/errors.ts';
import { pythonJson } from '../python-json.ts';

const FIRST = 0xf0000;
const LAST = 0xfffef;
const PRIVATE = /[\u{F0000}-\u{FFFFD}]/u;

export class Hidden {
  private readonly texts: string[] = [];
  private readonly numbers = new Set<string>();
  private readonly characters = new Map<string, string>();

  /** `controls`: matches every control token's spelling; null: there are none. */
  constructor(private readonly controls: RegExp | null) {}

  /** The same value with all of it hidden; what has no JSON form (undefined) is left out. */
  hide(value: unknown): unknown {
    if (typeof value === 'string') return this.hideControls(value);
    if (typeof value === 'number' || typeof value === 'bigint') return this.hideNumber(value);
    if (Array.isArray(value)) return value.map((entry) => this.hide(entry));
    if (value === null || typeof value !== 'object') return value;
    if (value instanceof Number) return this.hideNumber(value);
    const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
    return Object.fromEntries(entries.map(([key, entry]) => [key, this.hide(entry)]));
  }

  /** Numbers as Python writes them, also where `tojson` or `str` put quotes around them. */
  showNumbers(text: string): string {
    if (this.numbers.size === 0) return text;
    return text.replaceAll(
      /(["'])([\u{F0000}-\u{FFFEF}])\1|([\u{F0000}-\u{FFFEF}])/gu,
      (all, _quote?: string, quoted?: string, bare?: string) => {
        const character = quoted ?? bare!;
        return this.numbers.has(character) ? this.textOf(character) : all;
      },
    );
  }

  /** What a character stands for. */
  textOf(character: string): string {
    return this.texts[character.codePointAt(0)! - FIRST] ?? character;
  }

  private hideControls(text: string): string {
    if (PRIVATE.test(text)) {
      throw new MotherTongueError(
        'DatasetError',
        'A text has characters of the private-use plane 15, which no template is given; remove them.',
      );
    }
    return this.controls === null ? text : text.replaceAll(this.controls, (token) => this.characterOf(token));
  }

  private hideNumber(value: unknown): unknown {
    if (typeof value === 'number' && Number.isSafeInteger(value) && !Object.is(value, -0)) return value;
    const character = this.characterOf(pythonJson(value));
    this.numbers.add(character);
    return character;
  }

  private characterOf(text: string): string {
    const found = this.characters.get(text);
    if (found !== undefined) return found;
    if (FIRST + this.texts.length > LAST) throw new MotherTongueError('DatasetError', 'A conversation has too many numbers; shorten it.');
    const character = String.fromCodePoint(FIRST + this.texts.length);
    this.texts.push(text);
    this.characters.set(text, character);
    return character;
  }
}
