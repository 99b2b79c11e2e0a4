/**
 * Characters of all scripts as the few that the readers of this folder know: digits of any script as 0 to 9, the many minus signs as one, signs of
 * mathematics as LaTeX, full-width letters as plain ones. Arabic separators stay, since they say which one they are.
 */

const SIGNS: Readonly<Record<string, string>> = {
  '−': '-',
  '–': '-',
  '‐': '-',
  '‑': '-',
  '‒': '-',
  '﹣': '-',
  '⁻': '-',
  '×': '\\times ',
  '✕': '\\times ',
  '✖': '\\times ',
  '⋅': '\\cdot ',
  '∙': '\\cdot ',
  '·': '\\cdot ',
  '∗': '*',
  '÷': '\\div ',
  '⁄': '/',
  '∕': '/',
  '≤': '\\le ',
  '⩽': '\\le ',
  '≥': '\\ge ',
  '⩾': '\\ge ',
  '≠': '\\ne ',
  '≈': '\\approx ',
  '±': '\\pm ',
  '∓': '\\mp ',
  '∈': '\\in ',
  '∪': '\\cup ',
  '∩': '\\cap ',
  '∖': '\\setminus ',
  '∅': '\\emptyset ',
  '∞': '\\infty ',
  '√': '\\sqrt ',
  '∛': '\\sqrt[3]',
  '∜': '\\sqrt[4]',
  '∨': '\\lor ',
  ℝ: '\\mathbb{R}',
  ℤ: '\\mathbb{Z}',
  ℕ: '\\mathbb{N}',
  ℚ: '\\mathbb{Q}',
  ℂ: '\\mathbb{C}',
  π: '\\pi ',
  α: '\\alpha ',
  β: '\\beta ',
  γ: '\\gamma ',
  θ: '\\theta ',
  λ: '\\lambda ',
  φ: '\\phi ',
  ω: '\\omega ',
  '〈': '\\langle ',
  '〉': '\\rangle ',
  '⟨': '\\langle ',
  '⟩': '\\rangle ',
  '∶': ':',
  '％': '%',
  '٪': '%',
  '﹪': '%',
  '、': ', ',
  '，': ',',
  '،': ',',
  '；': '; ',
  '؛': '; ',
  '。': '. ',
  '．': '.',
  '।': '. ',
  '॥': '. ',
  '۔': '. ',
  '።': '. ',
  '“': '"',
  '”': '"',
  '„': '"',
  '«': '"',
  '»': '"',
  '’': "'",
  '‘': "'",
  ʼ: "'",
  '′': "'",
  '…': '...',
  '⋯': '...',
  º: '°',
  '˚': '°',
  '℃': '°C',
  '℉': '°F',
  '📦': '',
};

const RAISED = '⁰¹²³⁴⁵⁶⁷⁸⁹';
const LOWERED = '₀₁₂₃₄₅₆₇₈₉';
const BRACKETS: Readonly<Record<string, string>> = {
  '（': '(',
  '）': ')',
  '［': '[',
  '］': ']',
  '｛': '\\{',
  '｝': '\\}',
  '【': '(',
  '】': ')',
};

/** Letters that are written as Greek in Greek texts stay; only a text without other Greek letters has signs. */
export function toPlain(text: string): string {
  const greek = /[\u0370-\u03ff]{2}/.test(text);
  const plain = text
    .normalize('NFC')
    .replaceAll(/[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\u00ad\u061c\u0640]/g, '')
    .replaceAll(/[\u00a0\u2000-\u200a\u202f\u205f\u3000]/g, ' ')
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(/([\u2150-\u215e\u00bc-\u00be])/g, (one) => fraction(one))
    .replaceAll(/\p{Nd}/gu, (digit) => `${digitOf(digit)}`)
    .replaceAll(/[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹ⁿ]+/g, raised)
    .replaceAll(/[₀-₉]+/g, (run) => `_{${[...run].map((one) => LOWERED.indexOf(one)).join('')}}`)
    .replaceAll(/[0-9]\u0305/g, (one) => `\\overline{${one[0]}}`)
    .replaceAll(/[\uff21-\uff3a\uff41-\uff5a\uff0b\uff0d\uff0f\uff1d\uff1c\uff1e\uff1a\uff01\uff04]/g, (one) => one.normalize('NFKC'))
    .replaceAll(/[（）［］｛｝【】]/g, (one) => BRACKETS[one]!);
  return [...plain].map((one) => (greek && /[\u0370-\u03ff]/.test(one) ? one : (SIGNS[one] ?? one))).join('');
}

/** Blocks of decimal digits are runs of ten, from zero on. */
function digitOf(digit: string): number {
  const code = digit.codePointAt(0)!;
  if (code < 128) return code - 48;
  let start = code;
  while (code - start < 50 && /^\p{Nd}$/u.test(String.fromCodePoint(start - 1))) start--;
  return (code - start) % 10;
}

/** "½" -> \frac{1}{2}, which makes "3½" a mixed number like any other. */
function fraction(one: string): string {
  const [n, d] = one.normalize('NFKC').split('\u2044');
  return d ? `\\frac{${n}}{${d}}` : one;
}

function raised(run: string): string {
  const digits = [...run].map((one) => (one === '⁻' ? '-' : one === '⁺' ? '+' : one === 'ⁿ' ? 'n' : String(RAISED.indexOf(one))));
  return `^{${digits.join('')}}`;
}
