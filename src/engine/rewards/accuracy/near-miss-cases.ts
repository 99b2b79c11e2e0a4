/**
 * Near misses for tests: a right answer with one thing wrong (a digit, a sign, a bracket, a member, a unit, a letter), always the same ones. Such answers find
 * what pairs written by hand do not.
 */

const OTHER_UNITS: readonly (readonly [RegExp, string])[] = [
  [/(?<![a-zA-Z\\])km\/h(?![a-zA-Z])/, 'm/s'],
  [/(?<![a-zA-Z\\])km(?![a-zA-Z/])/, 'm'],
  [/(?<![a-zA-Z\\])cm(?![a-zA-Z])/, 'mm'],
  [/(?<![a-zA-Z\\])m(?![a-zA-Z\\])(?=\s*[}^²³]|\s*$)/, 'km'],
  [/(?<![a-zA-Z\\])kg(?![a-zA-Z])/, 'g'],
  [/(?<![a-zA-Z\\])hours?(?![a-zA-Z])/, 'minutes'],
  [/(?<![a-zA-Z\\])minutes?(?![a-zA-Z])/, 'seconds'],
  [/dollars?/, 'cents'],
  [/€/, '\\$'],
  [/degrees|\^\{?\\circ\}?|°/, ' radians'],
  [/am\b/, 'pm'],
  [/lakh/, 'crore'],
  [/万/, '千'],
  [/million/, 'billion'],
];

const RELATIONS: readonly (readonly [RegExp, string])[] = [
  [/<(?!=)/, '\\le '],
  [/>(?!=)/, '\\ge '],
  [/<(?!=)/, '>'],
  [/>(?!=)/, '<'],
  [/\\leq?(?![a-z])|≤/, '<'],
  [/\\geq?(?![a-z])|≥/, '>'],
  [/\\leq?(?![a-z])|≤/, '\\ge '],
  [/\\cup|∪/, '\\cap'],
  [/\\infty|∞/, '100'],
];

const LOST: readonly (readonly [RegExp, string])[] = [
  [/\\sqrt\{(\d+)\}/, '$1'],
  [/√(\d)/, '$1'],
  [/(\d)\s*(?:\\pi|π)/, '$1'],
  [/(\d)i(?![a-z])/, '$1'],
  [/\\pm|±/, ''],
  [/!/, ''],
  [/\\overline\{(\d+)\}/, '$1'],
  [/\^\{?(\d)\}?/, ''],
  [/(\d)\.(\d)(?!\d\d(?!\d))/, '$1$2'],
  [/\/(\d)/, ''],
  [/\\(?:sin|ln)/, '\\cos'],
];

/**
 * At most `most` of them, spread over all kinds. What the gold leaves open is left alone: its unit where it has none, the name before a value, the text
 * beside an option's letter; and what changes nothing: a zero in front, a member said twice, a bracket at infinity.
 */
export function nearMisses(answer: string, gold: string, most = 20): string[] {
  const hasUnit = /[a-zA-Z°€$%\u0080-\uffff]/u.test(gold.replaceAll(/^\$|\$$|\\(?:frac|sqrt|pi|text)/g, ''));
  const named = /[a-z]/.test(gold.replaceAll(/\\[a-z]+/g, ''));
  const option = /^\W*[A-J]\W*$/.test(gold.replaceAll(/\\[a-z]+/g, ''));
  // Of a sentence only its first word is judged.
  if ((option && !/^\W*[A-J]\W*$/.test(answer)) || /^(?:yes|no|true|false)$/i.test(gold)) return [];
  const kinds = [
    digits(answer),
    signs(answer),
    replaced(answer, RELATIONS),
    brackets(answer),
    members(answer),
    hasUnit ? replaced(answer, OTHER_UNITS) : [],
    replaced(answer, LOST),
    named || !/[a-z]/.test(answer) || /\p{L}{4,}/u.test(answer) ? letters(answer) : [],
  ];
  const found = new Set<string>();
  for (let round = 0; round < 40 && found.size < most; round++) {
    for (const kind of kinds) {
      const one = kind[round];
      if (one !== undefined && one.trim() !== '' && one !== answer && found.size < most) found.add(one);
    }
  }
  return [...found];
}

const at = (text: string, index: number, length: number, by: string) => text.slice(0, index) + by + text.slice(index + length);

function digits(text: string): string[] {
  const found: string[] = [];
  const places = [...text.matchAll(/\d/g)].slice(-8).reverse();
  for (const { 0: digit, index } of places) {
    found.push(at(text, index, 1, String((Number(digit) + 1) % 10)));
    if (/\d/.test(text[index + 1] ?? '') && text[index + 1] !== digit) found.push(at(text, index, 2, `${text[index + 1]}${digit}`));
    // A zero twice in front, or behind a decimal point, or a repeated digit that is marked as such, changes nothing.
    if (digit !== '0' && !/overline|\.\.\.|\\ldots/.test(text)) found.push(at(text, index, 1, `${digit}${digit}`));
    found.push(at(text, index, 1, String((Number(digit) + 4) % 10)));
  }
  return found;
}

function signs(text: string): string[] {
  const found = [...text.matchAll(/[+-]/g)].map(({ 0: sign, index }) => at(text, index, 1, sign === '+' ? '-' : '+'));
  if (/^\s*-/.test(text)) found.unshift(text.replace('-', ''));
  if (/^(?:[1-9]|\\frac|\\sqrt)/.test(text)) found.unshift(`-${text}`);
  if (/^\\infty/.test(text)) found.push(`-${text}`);
  return found;
}

const replaced = (text: string, by: typeof LOST) =>
  by.map(([pattern, other]) => text.replace(pattern, other)).filter((one) => one !== text);

function brackets(text: string): string[] {
  const other: Readonly<Record<string, string>> = { '(': '[', '[': '(', ')': ']', ']': ')' };
  if (!/[([][^()[\]]*[,;][^()[\]]*[)\]]/.test(text)) return [];
  return [...text.matchAll(/[()[\]](?!\s*-?\\infty)(?<!\\infty\s*.)/g)].map(({ 0: one, index }) => at(text, index, 1, other[one]!));
}

function members(text: string): string[] {
  const parts = text.split(',');
  if (parts.length < 2 || /\d,\d{3}(?!\d)/.test(text)) return [];
  const [open = ''] = /^(?:\\\{|\(|\[)/.exec(text) ?? [];
  const [close = ''] = /(?:\\\}|\)|\])$/.exec(text) ?? [];
  const inner = text.slice(open.length, text.length - close.length).split(',');
  const once = new Set(inner.map((one) => one.trim())).size === inner.length;
  const lost = inner.map((_, at) => open + inner.filter((__, k) => k !== at).join(',') + close);
  return [...(once ? lost : []), `${open}${inner.join(',')}, 97${close}`];
}

function letters(text: string): string[] {
  if (/^\(?[A-J]\)?$/.test(text))
    return [text.replace(/[A-J]/, (letter) => (letter === 'J' ? 'A' : String.fromCharCode(letter.charCodeAt(0) + 1)))];
  const words = /^(?:\\text\{)?\p{L}{4,}/u.test(text) && !/\d/.test(text);
  const found = words ? [text.replace(/(\p{L})(\p{L})/u, '$2$1'), `${text} not`] : [];
  return [...found, text.replace(/(?<![\\a-zA-Z{])[xyznt](?![a-zA-Z])/, 'w')].filter((one) => one !== text);
}
