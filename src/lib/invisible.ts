/**
 * Characters that are not seen but change what is: bidirectional controls, zero-width characters, tags, fillers, control codes. Text that came from
 * elsewhere is cut at them, so that the page can show each as a mark. Joiners where a script needs them, variation selectors of emoji, tabs
 * and line ends are no such characters.
 */

export interface Invisible {
  /** "U+202E". */
  readonly code: string;
  readonly name: string;
}

const NAMES: Readonly<Record<number, string>> = {
  0: 'null',
  7: 'bell',
  8: 'backspace',
  27: 'escape',
  127: 'delete',
  173: 'soft hyphen',
  847: 'combining grapheme joiner',
  1564: 'Arabic letter mark',
  6158: 'Mongolian vowel separator',
  8203: 'zero-width space',
  8204: 'zero-width non-joiner',
  8205: 'zero-width joiner',
  8206: 'left-to-right mark',
  8207: 'right-to-left mark',
  8234: 'left-to-right embedding',
  8235: 'right-to-left embedding',
  8236: 'end of embedding or override',
  8237: 'left-to-right override',
  8238: 'right-to-left override',
  8288: 'word joiner',
  8294: 'left-to-right isolate',
  8295: 'right-to-left isolate',
  8296: 'first strong isolate',
  8297: 'end of isolate',
  65279: 'byte order mark',
};

// U+2028 and U+2029 end lines without being seen to; U+FFF9 to U+FFFB hide text as annotations.
const UNSEEN = /[\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cs}\u2028\u2029\uFFF9-\uFFFB]/gu;
const LINE_ENDS_AND_TABS: ReadonlySet<string> = new Set(['\n', '\r', '\t']);
const VARIATION = /^[\uFE00-\uFE0F\u180B-\u180D\u{E0100}-\u{E01EF}]$/u;
/** Scripts whose letters join, or stack, by zero-width joiners and non-joiners: Persian and most of South Asia need them. */
const JOINING =
  /[\p{Script=Arabic}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gurmukhi}\p{Script=Gujarati}\p{Script=Oriya}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Sinhala}\p{Script=Mongolian}\p{Script=Khmer}\p{Script=Myanmar}]/u;
const EMOJI = /\p{Extended_Pictographic}|\p{Emoji_Modifier}|\uFE0F/u;
const TAG = /^[\u{E0020}-\u{E007F}]$/u;
const FLAG = '\u{1F3F4}';

/** A text as pieces of it and the unseen characters between them. `all` leaves out no joiner: what a token is made of. */
export function cutAtInvisible(text: string, all = false): (string | Invisible)[] {
  const pieces: (string | Invisible)[] = [];
  let from = 0;
  for (const match of text.matchAll(UNSEEN)) {
    const [char] = match;
    if (LINE_ENDS_AND_TABS.has(char) || VARIATION.test(char) || (!all && isNeeded(char, text, match.index))) continue;
    if (match.index > from) pieces.push(text.slice(from, match.index));
    pieces.push(describe(char));
    from = match.index + char.length;
  }
  if (from < text.length) pieces.push(text.slice(from));
  return pieces;
}

/** The same as one line of text, for tooltips and names that readers hear: "invoice[U+202E]fdp.exe". */
export function withVisible(text: string): string {
  return cutAtInvisible(text)
    .map((piece) => (typeof piece === 'string' ? piece : `[${piece.code}]`))
    .join('');
}

/** A joiner between letters that it joins, or in an emoji of several; the tags of a flag. */
function isNeeded(char: string, text: string, at: number): boolean {
  const before = text.slice(Math.max(0, at - 2), at);
  const last = [...before].at(-1) ?? '';
  const next = String.fromCodePoint(text.codePointAt(at + char.length) ?? 0);
  if (char === '\u200C' || char === '\u200D') {
    if (JOINING.test(last)) return char === '\u200D' || JOINING.test(next);
    return char === '\u200D' && EMOJI.test(last) && EMOJI.test(next);
  }
  return TAG.test(char) && (last === FLAG || (TAG.test(last) && isFlag(text, at)));
}

/** Flags have at most six tags and the one that ends them; a longer run hides a text. */
function isFlag(text: string, at: number): boolean {
  const run = text.slice(Math.max(0, at - 14), at);
  const flag = run.lastIndexOf(FLAG);
  return flag >= 0 && [...run.slice(flag + FLAG.length)].every((char) => TAG.test(char));
}

function describe(char: string): Invisible {
  const code = char.codePointAt(0)!;
  return { code: `U+${code.toString(16).toUpperCase().padStart(4, '0')}`, name: NAMES[code] ?? nameOfKind(code) };
}

function nameOfKind(code: number): string {
  if (code < 32 || (code >= 127 && code < 160)) return 'control character';
  if (code >= 0xd800 && code <= 0xdfff) return 'half of a character';
  if (code >= 0xe0000 && code <= 0xe007f) return 'tag character';
  return code === 0x2028 || code === 0x2029 ? 'line or paragraph separator' : 'invisible character';
}
