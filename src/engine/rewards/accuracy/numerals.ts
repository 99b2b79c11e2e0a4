/**
 * Numbers in words and in signs that are not decimal digits: "twelve", "十二", "3万", "፲፪", "五分之三". A text is a number only if all of it is.
 */
import { fractionOfWords, numberOfWords } from './number-words.ts';
import { add, divide, multiply, ofDecimal, type Rational, rational, whole } from './rational.ts';

const CHINESE: Readonly<Record<string, number>> = {
  零: 0,
  〇: 0,
  一: 1,
  二: 2,
  两: 2,
  兩: 2,
  三: 3,
  四: 4,
  五: 5,
  六: 6,
  七: 7,
  八: 8,
  九: 9,
  壹: 1,
  贰: 2,
  叁: 3,
  肆: 4,
  伍: 5,
  陆: 6,
  柒: 7,
  捌: 8,
  玖: 9,
};
const SMALL: Readonly<Record<string, bigint>> = {
  十: 10n,
  拾: 10n,
  百: 100n,
  佰: 100n,
  千: 1000n,
  仟: 1000n,
  십: 10n,
  백: 100n,
  천: 1000n,
};
const LARGE: Readonly<Record<string, bigint>> = {
  万: 10_000n,
  萬: 10_000n,
  만: 10_000n,
  亿: 100_000_000n,
  億: 100_000_000n,
  억: 100_000_000n,
  兆: 1_000_000_000_000n,
  조: 1_000_000_000_000n,
};
const CHINESE_ONLY = /^[-负負マ]?[\d.零〇一二两兩三四五六七八九壹贰叁肆伍陆柒捌玖十拾百佰千仟万萬亿億兆点點십백천만억조 ]+$/;

/** Words that multiply the number before them, in lower case. */
const SCALES: readonly (readonly [bigint, string])[] = [
  [12n, 'dozen dozens'],
  [100n, 'hundred hundreds'],
  [
    1000n,
    'thousand thousands k tausend mille mil mila тысяч тысячи тысяча тыс тыс. हज़ार हजार হাজার ألف آلاف الف هزار ہزار nghìn ngàn ribu bin พัน elfu tysięcy tysiące tysiąc duizend tusen tuhatta',
  ],
  [10_000n, 'หมื่น'],
  [100_000n, 'lakh lakhs lac lacs लाख লাখ লক্ষ لاکھ แสน'],
  [
    1_000_000n,
    'million millions mio mio. millionen millón millones milhão milhões milione milioni миллион миллиона миллионов млн млн. دَشلکھ مليون ملايين میلیون ملین triệu juta milyon ล้าน milioni miljoen milionów milhao मिलियन মিলিয়ন miljoner miljoonaa',
  ],
  [10_000_000n, 'crore crores करोड़ কোটি کروڑ'],
  [
    1_000_000_000n,
    'billion billions milliarde milliarden milliards mrd mrd. миллиард миллиарда миллиардов млрд tỷ miliar milyar mil_millones bilhão bilhões miliardi مليار میلیارد ارب',
  ],
  [1_000_000_000_000n, 'trillion trillions'],
];

const scales = new Map(SCALES.flatMap(([size, names]) => names.split(' ').map((name) => [name.replaceAll('_', ' '), size] as const)));

/** "million" -> 1,000,000; null for all else. */
export function scaleOf(word: string): bigint | null {
  return scales.get(word.toLowerCase()) ?? null;
}

export interface Numeral {
  readonly value: Rational;
  readonly percent: boolean;
}

const LONGEST = 120;

export function readNumeral(text: string, language: string | undefined): Numeral | null {
  const plain = text.trim();
  if (plain === '' || plain.length > LONGEST) return null;
  const percent = /^百分之(.+)$/.exec(plain);
  const parts = fractionOfWords(plain);
  if (parts) return { value: rational(...parts), percent: false };
  const value = chineseFraction(percent?.[1] ?? plain) ?? ethiopic(plain) ?? wordsWithSign(plain, language);
  if (value === null) return null;
  return percent ? { value, percent: true } : { value, percent: false };
}

/** 五分之三, 三又二分之一, 负三, 三点一四. */
function chineseFraction(text: string): Rational | null {
  const [, sign, whole_, below, above] = /^([负負-]?)(?:(.+)又)?(.+)分之(.+)$/.exec(text) ?? [];
  if (below !== undefined && above !== undefined) {
    const [n, d, more] = [chinese(above), chinese(below), whole_ === undefined ? whole(0) : chinese(whole_)];
    if (!n || !d || !more || d.n === 0n) return null;
    const sum = add(more, divide(n, d));
    return sign ? { n: -sum.n, d: sum.d } : sum;
  }
  if (/^[负負]/.test(text)) {
    const size = chinese(text.slice(1));
    return size && { n: -size.n, d: size.d };
  }
  return chinese(text);
}

function chinese(text: string): Rational | null {
  if (!CHINESE_ONLY.test(text) || !/[^\d.\s-]/.test(text)) return null;
  const [before, after] = text.replaceAll(' ', '').split(/[点點]/) as [string, string?];
  if (after !== undefined) {
    const digits = [...after].map((one) => CHINESE[one] ?? Number(one));
    return digits.length > 0 && digits.every((digit) => digit <= 9)
      ? add(chineseWhole(before) ?? whole(0), rational(BigInt(digits.join('')), 10n ** BigInt(digits.length)))
      : null;
  }
  return chineseWhole(before);
}

/** Groups of ten thousand, each of thousands, hundreds, tens and ones. */
function chineseWhole(text: string): Rational | null {
  if (/^[零〇一二三四五六七八九]{2,}$/.test(text)) return whole(BigInt([...text].map((one) => CHINESE[one]).join('')));
  let [total, group, digit]: [Rational, Rational, Rational | null] = [whole(0), whole(0), null];
  for (const [one] of text.matchAll(/\d+(?:\.\d+)?|[^\d]/g)) {
    const value: number | undefined = CHINESE[one];
    if (/^\d/.test(one) || value !== undefined) {
      if (digit !== null && digit.n !== 0n) return null;
      digit = value === undefined ? ofDecimal(one) : whole(value);
    } else if (SMALL[one] !== undefined) {
      group = add(group, multiply(digit ?? whole(1), whole(SMALL[one])));
      digit = null;
    } else if (LARGE[one] !== undefined) {
      group = add(group, digit ?? whole(0));
      if (group.n === 0n) return null;
      total = add(total, multiply(group, whole(LARGE[one])));
      [group, digit] = [whole(0), null];
    } else return null;
  }
  return add(total, add(group, digit ?? whole(0)));
}

/** ፩ to ፻ and ፼, additive within a hundred, multiplied by what follows. */
function ethiopic(text: string): Rational | null {
  if (!/^[\u1369-\u137c]+$/.test(text)) return null;
  let [total, now] = [0n, 0n];
  for (const one of text) {
    const at = one.codePointAt(0)! - 0x1369;
    if (at < 9) now += BigInt(at + 1);
    else if (at < 18) now += BigInt((at - 8) * 10);
    else {
      total = (total + (now || 1n)) * (at === 18 ? 100n : 10_000n);
      now = 0n;
    }
  }
  return whole(total + now);
}

function wordsWithSign(text: string, language: string | undefined): Rational | null {
  const [, sign, rest = ''] = /^(minus |negative |moins |menos |meno |минус |负|マイナス)?(.*)$/i.exec(text) ?? [];
  const value = numberOfWords(rest, language);
  return value === null ? null : whole(sign ? -value : value);
}
