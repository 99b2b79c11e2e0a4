/**
 * An answer as people write it -> the plain LaTeX that the reader knows: one name a command, no fonts and no spacing, arguments in braces, numbers as
 * digits with a decimal point, mixed numbers and repeating decimals as sums of fractions. `\text{km}` becomes plain words.
 */

import { type Habit, plainNumber, WRITTEN } from './number-habits.ts';
import { MINUS_WORDS } from './words.ts';

const RENAMED: readonly (readonly [RegExp, string])[] = [
  [/\\[dtc]frac(?![a-zA-Z])/g, '\\frac'],
  [/\\[dt]binom(?![a-zA-Z])/g, '\\binom'],
  [/\\(?:leq|leqslant|leqq)(?![a-zA-Z])/g, '\\le '],
  [/\\(?:geq|geqslant|geqq)(?![a-zA-Z])/g, '\\ge '],
  [/\\lt(?![a-zA-Z])|&lt;/g, '<'],
  [/\\gt(?![a-zA-Z])|&gt;/g, '>'],
  [/\\neq?(?![a-zA-Z])|\\not\s*=/g, '\\ne '],
  [/\\(?:varnothing|O)(?![a-zA-Z])/g, '\\emptyset '],
  [/\\(?:lbrace|rbrace)(?![a-zA-Z])/g, '\\BRACE'],
  [/\\(?:l?vert|rvert|mid)(?![a-zA-Z])/g, '|'],
  [/\\(?:ldots|cdots|dots|dotsc|dotsb)(?![a-zA-Z])/g, '...'],
  [/\\(?:lor|vee)(?![a-zA-Z])/g, ' or '],
  [/\\(?:land|wedge)(?![a-zA-Z])/g, ' and '],
  [/\\(?:backslash|smallsetminus)(?![a-zA-Z])/g, '\\setminus '],
  [/\\mathbb\s*([A-Z])(?![a-zA-Z])/g, '\\mathbb{$1}'],
  [/\\R(?![a-zA-Z])/g, '\\mathbb{R}'],
  [/\\ast(?![a-zA-Z])/g, '*'],
  [/\\(?:textdollar|dollar)(?![a-zA-Z])|\\\$/g, '$'],
  [/\\(?:euro|texteuro)(?![a-zA-Z])/g, '€'],
  [/\\(?:pounds|textsterling)(?![a-zA-Z])/g, '£'],
  [/\\%/g, '%'],
  [/\\&/g, ' and '],
  [/(?<![a-zA-Z\\\d])C\((\d+|[a-z]),\s*(\d+|[a-z])\)/g, '\\binom{$1}{$2}'],
  [/(?:\{\})?[_^]\{?(\d+|[a-z])\}?\s*C\s*_\{?(\d+|[a-z])\}?/g, '\\binom{$1}{$2}'],
  [/\\#/g, '#'],
  [/\^\s*\{\s*\\circ\s*\}|\^\s*\\circ(?![a-zA-Z])|\\(?:degree|textdegree)(?![a-zA-Z])|\^\{?°\}?/g, '°'],
  [/\\(?:displaystyle|textstyle|limits|nolimits|boldmath|centering|bf|rm|it|sf|large|Large|huge)(?![a-zA-Z])/g, ' '],
  [/\\(?:left|right|[bB]igg?[lrm]?)(?![a-zA-Z])\s*\.?/g, ''],
  [/\\(?:q?quad|thinspace|enspace|hspace\{[^{}]*\}|phantom\{[^{}]*\})(?![a-zA-Z])/g, ' '],
  [/\\(sin|cos|tan)\s*\^\s*\{\s*-\s*1\s*\}/g, '\\arc$1 '],
  [/\\(?:tg)(?![a-zA-Z])/g, '\\tan '],
  [/\\(?:ctg|cotg)(?![a-zA-Z])/g, '\\cot '],
  [/\\(?:arctg)(?![a-zA-Z])/g, '\\arctan '],
  [/\{([^{}]*)\\choose([^{}]*)\}/g, '\\binom{$1}{$2}'],
  [/\\(?:to|rightarrow|implies|Rightarrow|therefore|approx|simeq|sim)(?![a-zA-Z])/g, ' '],
];

/** `\text`-like commands, whose argument is words; and fonts, whose argument is mathematics. */
const TEXTS = /\\(?:text|textbf|textit|textrm|textsf|texttt|textnormal|mbox|hbox|emph|mathrm|operatorname\*?|textup|mathop|unit|si)\s*\{/g;
const FONTS =
  /\\(?:mathbf|mathit|mathsf|mathtt|boldsymbol|bm|pmb|boxed|fbox|framebox|mathcal|underline|displaylines|ensuremath|mathord)\s*\{/g;
const FUNCTIONS = 'sqrt|sin|cos|tan|cot|sec|csc|arcsin|arccos|arctan|sinh|cosh|tanh|ln|log|exp|min|max|gcd|lcm';
const GREEK = 'pi|alpha|beta|gamma|theta|lambda|phi|omega|infty';
/** Whole numbers this long can be the integer part of a mixed number. */
const MIXED = /(?<![\d.^_}\\a-zA-Z])(\d{1,9})\s*\\frac\{(\d{1,9})\}\{(\d{1,9})\}/g;
const MIXED_PLAIN = /(?<![\d./^_])(\d{1,9})(?: +| and )(\d{1,9})\/(\d{1,9})(?![\d/.])/g;

/** `commas`: whether a comma between digits is part of a number, by the language's habit, or parts two numbers. */
export function clean(plain: string, habit: Habit, commas: 'numbers' | 'lists' = 'numbers'): string {
  let text = plain.replaceAll(/\\\\|\\[,;: ]|\\!|~/g, (one) => (one === '\\\\' ? one : one === '\\!' ? '' : ' '));
  text = unframed(text);
  for (const [pattern, replacement] of RENAMED) text = text.replace(pattern, replacement);
  text = text.replaceAll(/\\(?:hat|vec|mathbf|overrightarrow)\s*\{?\s*\\?([ijk])(?:math)?\s*\}/g, '$1_{v}');
  text = withoutCommand(text, TEXTS, (inner) => ` ${inner} `);
  text = withoutCommand(text, FONTS, (inner) => `{${inner}}`);
  // Endings behind a number: "12'dir".
  text = text.replaceAll(MINUS_WORDS, '-').replaceAll(/(?<=\d)'\p{L}+/gu, '');
  text = repeating(text.replaceAll('\\,', ' '), habit);
  text = ascii(text);
  text = braced(text);
  text = text.replaceAll(WRITTEN, (written) =>
    commas === 'numbers' ? (plainNumber(written, habit) ?? pieces(written, habit)) : pieces(written, habit),
  );
  text = text.replaceAll(/(?<![\d\w])\.(?=\d)/g, '0.');
  text = text.replaceAll(/(\d)\s*[eE]([+-]?\d{1,4})(?![\w{.])/g, '$1\\cdot 10^{$2}').replaceAll(/(\d)\s*\*\s*10\s*\^/g, '$1\\cdot 10^');
  text = text
    .replaceAll(/(?<=[\w)}])\*\*(?=[\w({-])/g, '^')
    .replaceAll(/([\^_])\s*(-?\d+)/g, '$1{$2}')
    .replaceAll('*', '\\cdot ');
  text = text.replaceAll(MIXED, mixed).replaceAll(MIXED_PLAIN, mixed);
  return text.replaceAll(/\s+/g, ' ').trim();
}

/** Money and mathematics signs, emphasis, quotes and full stops around an answer are not part of it. */
function unframed(text: string): string {
  let [before, now] = ['', text.trim()];
  while (before !== now) {
    before = now;
    now = now
      .replace(/^(?:\\\[|\\\(|\$\$)([\s\S]*?)(?:\\\]|\\\)|\$\$)$/, '$1')
      .replace(/^\$(?=[^$]*\$$)([^$]*)\$$/, '$1')
      .replace(/^(\*\*|__|`|\*(?!\*))([^*`]*)\1$/, '$2')
      .replace(/^"([^"]*)"$/, '$1')
      .replace(/(?<!\.)[.,;:]$|\.\.\.\.$/, '')
      .replace(/^[:=]\s*/, '')
      .trim();
  }
  // Mathematics signs inside: "x = $5$".
  return (now.match(/(?<!\\)\$/g) ?? []).length % 2 === 0 ? now.replaceAll(/\$\$?([^$]*[\\^_=a-zA-Z][^$]*|[^$\s]+)\$\$?/g, ' $1 ') : now;
}

/** Each command's argument, found by its matched brace, put through `keep`. */
function withoutCommand(text: string, command: RegExp, keep: (inner: string) => string): string {
  let result = text;
  for (let round = 0; round < 30; round++) {
    command.lastIndex = 0;
    const found = command.exec(result);
    if (!found) break;
    const open = found.index + found[0].length - 1;
    const close = matchingBrace(result, open);
    if (close < 0) break;
    result = result.slice(0, found.index) + keep(result.slice(open + 1, close)) + result.slice(close + 1);
  }
  return result;
}

/** Index of the brace that closes the one at `open`; -1 where none does. */
export function matchingBrace(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '{') depth++;
    else if (text[at] === '}' && --depth === 0) return at;
  }
  return -1;
}

/** Digits that repeat, under a line or a dot, in brackets or before dots, as a fraction. */
function repeating(text: string, habit: Habit): string {
  const fraction = (before: string, fixed: string, repeated: string) => {
    const nines = 10n ** BigInt(repeated.length) - 1n;
    const shift = 10n ** BigInt(fixed.length);
    const n = BigInt(before + fixed + repeated) - BigInt(before + fixed);
    return `(\\frac{${n}}{${nines * shift}})`;
  };
  const marked = text
    .replaceAll(/(\d{1,30})[.,](\d{0,30})\\(?:overline|bar|dot)\s*\{?\s*(\d{1,30})\s*\}?(?:\\dot\s*\{?(\d)\}?)?/g, (_, a, b, c, d = '') =>
      fraction(a, b, c + d),
    )
    .replaceAll(/(?<!\d)(\d{1,30})[.,](\d{0,30})\((\d{1,30})\)/g, (_, a, b, c) => fraction(a, b, c));
  const dots = habit.decimal === ',' ? /(\d{1,15})[.,](\d{2,40})\s*\.\.\.+/g : /(\d{1,15})\.(\d{2,40})\s*\.\.\.+/g;
  return marked.replaceAll(dots, (whole, before: string, digits: string) => {
    const [, fixed, repeated] = /^(\d*?)(\d{1,6}?)\2+$/.exec(digits) ?? [];
    if (fixed === undefined || repeated === undefined || digits.length - fixed.length < Math.max(2, 2 * repeated.length)) return whole;
    return fixed.length <= 4 && (repeated.length > 1 || digits.length - fixed.length > 1) ? fraction(before, fixed, repeated) : whole;
  });
}

/** sqrt(2), pi and inf as typed. */
function ascii(text: string): string {
  return text
    .replaceAll(new RegExp(`(?<![\\\\a-zA-Z])(${FUNCTIONS})(?=\\s*[({\\d\\\\^_])`, 'g'), '\\$1')
    .replaceAll(new RegExp(`(?<![\\\\a-zA-Z])(${GREEK})(?![a-zA-Z])`, 'g'), '\\$1 ')
    .replaceAll(/(?<![\\a-zA-Z])oo(?![a-zA-Z])/g, '\\infty ')
    .replaceAll('<=', '\\le ')
    .replaceAll('>=', '\\ge ')
    .replaceAll('!=', '\\ne ')
    .replaceAll('==', '=');
}

/** `\frac12`, `\frac3{10}`, `\sqrt7`, `\sqrt(13)`: arguments in braces. */
function braced(text: string): string {
  let result = text.replaceAll(/\\sqrt\s*(\[\d+\])?\s*(\d+(?:[.,]\d+)?|[a-zA-Z](?![a-zA-Z])|\\pi(?![a-z]))/g, '\\sqrt$1{$2}');
  result = result.replaceAll(/\\sqrt\s*(\[\d+\])?\s*\(/g, (whole) => whole.replaceAll(/\s/g, ''));
  for (let at = result.indexOf('\\sqrt'); at >= 0; at = result.indexOf('\\sqrt', at + 1)) {
    const open = /^\\sqrt(?:\[\d+\])?(?=\()/.exec(result.slice(at, at + 20));
    if (!open) continue;
    const start = at + open[0].length;
    const close = matchingBracket(result, start);
    if (close > 0) result = `${result.slice(0, start)}{${result.slice(start + 1, close)}}${result.slice(close + 1)}`;
  }
  return result
    .replaceAll(/\\frac\s*(\d)\s*(\d)/g, '\\frac{$1}{$2}')
    .replaceAll(/\\frac\s*(\d|[a-zA-Z])\s*\{/g, '\\frac{$1}{')
    .replaceAll(/(\\frac\s*\{[^{}]*\})\s*(\d|[a-zA-Z])/g, '$1{$2}')
    .replaceAll(/\\frac\s+\{/g, '\\frac{');
}

function matchingBracket(text: string, open: number): number {
  let depth = 0;
  for (let at = open; at < text.length; at++) {
    if (text[at] === '(') depth++;
    else if (text[at] === ')' && --depth === 0) return at;
  }
  return -1;
}

/** A run with commas that is not one number: its parts, each a number of its own. */
function pieces(written: string, habit: Habit): string {
  if (!written.includes(',')) return plainNumber(written, habit) ?? written;
  return written
    .split(',')
    .map((piece) => (piece === '' ? '' : (plainNumber(piece, { ...habit, decimal: '.' }) ?? piece)))
    .join(', ');
}

function mixed(text: string, whole: string, n: string, d: string): string {
  return BigInt(n) < BigInt(d) ? `(${whole}+\\frac{${n}}{${d}})` : text;
}
