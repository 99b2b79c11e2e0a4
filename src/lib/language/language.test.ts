import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { languageCode, languageName, languageOf, languageShare } from './index.ts';
import { sentencesOf } from './sentences.ts';

const THOUGHTS: Record<string, string> = {
  English:
    'The question is in German. It asks for the capital of France. France is in Europe. The capital of France is Paris. So I answer in German.',
  Spanish:
    'La pregunta está en inglés. Pide la capital de Francia. Francia está en Europa. La capital de Francia es París. Así que respondo en inglés.',
  French:
    'La question est en italien. On demande la capitale de la France. La France se trouve en Europe. La capitale de la France est Paris.',
  Italian: 'La domanda è in tedesco. Chiede la capitale della Francia. La Francia si trova in Europa. La capitale della Francia è Parigi.',
  German:
    'Die Frage ist auf Spanisch. Gefragt ist die Hauptstadt von Frankreich. Die Hauptstadt von Frankreich ist Paris. Also antworte ich auf Spanisch.',
};
const SUMS: Record<string, string> = {
  English: 'I add 23 and 48. Tens: 20+40=60. Units: 3+8=11. Total: 60+11=71.',
  Spanish: 'Sumo 23 y 48. Decenas: 20+40=60. Unidades: 3+8=11. En total: 60+11=71.',
  French: "J'additionne 23 et 48. Dizaines : 20 + 40 = 60. Unités : 3 + 8 = 11. Au total : 60 + 11 = 71.",
  Italian: 'Sommo 23 e 48. Decine: 20+40=60. Unità: 3+8=11. In totale: 60+11=71.',
  German: 'Ich addiere 23 und 48. Zehner: 20+40=60. Einer: 3+8=11. Insgesamt: 60+11=71.',
};
const NAMES = Object.keys(THOUGHTS);

async function shareInLanguage(text: string, name: string, among: string[] = []): Promise<number | null> {
  return (await languageShare(text, name, among)).share;
}

describe('languageShare', () => {
  const pairs = NAMES.flatMap((written) => NAMES.map((asked) => [written, asked] as const));
  it.each(pairs)('a thought in %s, %s asked for', async (written, asked) => {
    const expected = written === asked ? 1 : 0;
    expect(await shareInLanguage(THOUGHTS[written]!, asked)).toBe(expected);
    expect(await shareInLanguage(SUMS[written]!, asked)).toBe(expected);
  });

  it('counts sentences of a thought that switches', async () => {
    const mixed =
      'Die Hauptstadt von Frankreich ist Paris. Das weiß ich sicher. The user wants a short answer. I will give it in one word.';
    expect(await shareInLanguage(mixed, 'German')).toBe(0.5);
    expect(await shareInLanguage(mixed, 'English')).toBe(0.5);
  });

  it('sees a third language that was not asked for', async () => {
    const portuguese =
      'A capital da França é Paris, e não Lyon, como muitas pessoas pensam. Portanto, a resposta que vou dar agora é Paris.';
    expect(await shareInLanguage(portuguese, 'Spanish')).toBe(0);
  });

  it('ignores code, formulas, numbers and quotations', async () => {
    const text =
      'Der Nutzer fragt "What is the capital of France and why?". Ich rechne $a^2 + b^2 = c^2$ und `const the = answer of this;` nach.\n\\boxed{the answer is four}';
    expect(await shareInLanguage(text, 'German')).toBe(1);
    expect(await shareInLanguage('23 + 48 = 71', 'German')).toBeNull();
    expect(await shareInLanguage('', 'German')).toBeNull();
  });

  it.each([
    ['Mji mkuu wa Kenya ni Nairobi.', 'Klingon', 'unknown'],
    ['', 'German', 'empty'],
    [' \n', 'German', 'empty'],
    ['23 + 48 = 71', 'German', 'no-letters'],
    ['12 - 3 = 9\n$x^2$ \\boxed{9}', 'Swahili', 'no-letters'],
    ['x = 5 cm', 'English', 'no-letters'],
    ['$n$ + f(x) = 2n + 1, sin(x)', 'Welsh', 'no-letters'],
    ['Da 38.', 'Spanish', 'too-short'],
    ['Hm.', 'Zulu', 'too-short'],
  ])('says why %j cannot be judged as %s', async (text, name, unjudged) => {
    expect(await languageShare(text, name)).toEqual({ share: null, unjudged });
  });

  it.each([
    'asdf jkl qwer zxcv uiop',
    'xkqz wvbn plmt rtgh',
    'fjdks laeiru oqpwei nvmcxz',
    'qwertyuiop asdfghjkl zxcvbnm',
    'aaaaaaaaaa bbbbbbbbbb cccccccc',
    'the the the the the the the',
  ])('takes the gibberish %j for no language', async (gibberish) => {
    for (const name of ['English', 'German', 'Swahili', 'Zulu', 'Hausa', 'Indonesian', 'Telugu'])
      expect([name, await shareInLanguage(gibberish, name)]).toEqual([name, 0]);
  });

  it('keeps short sums in Hindi and Marathi apart', async () => {
    for (const sum of ['दहाई: 30. इकाई: 8. योग: 38.', '8 × 3 = 24. तो उत्तर 24 है।', 'सवाल आसान है। जवाब 24 है।'])
      expect([sum, await shareInLanguage(sum, 'Hindi'), await shareInLanguage(sum, 'Marathi')]).toEqual([sum, 1, 0]);
    for (const sum of ['दशक: 30. एकक: 8. बेरीज: 38.', '8 × 3 = 24. तर उत्तर 24 आहे.'])
      expect([sum, await shareInLanguage(sum, 'Marathi'), await shareInLanguage(sum, 'Hindi')]).toEqual([sum, 1, 0]);
  });

  it('lets Japanese sentences be Han characters alone, and Chinese ones not be Japanese', async () => {
    expect(await shareInLanguage('計算結果確認済。合計二十四本。', 'Japanese')).toBe(1);
    expect(await shareInLanguage('首先我数第一个篮子里的苹果。然后拿走三个坏的，还剩九个。', 'Japanese')).toBe(0);
    expect(await shareInLanguage('まず function を定義する。最後に return value を check する。', 'Japanese')).toBe(1);
  });

  it('tells a language of the dataset, or French, from the rare one that was asked for', async () => {
    const swahili = 'Kwanza tunajumlisha namba mbili. Kwa hiyo jibu ni ishirini na nne.';
    expect(await shareInLanguage(swahili, 'Zulu', ['Swahili'])).toBe(0);
    expect(await shareInLanguage(swahili, 'German', ['Swahili'])).toBe(0);
    expect(await shareInLanguage(THOUGHTS.French!, 'Wolof')).toBe(0);
    expect(await shareInLanguage(`${swahili} The answer is twenty-four. So I am done now.`, 'Swahili')).toBe(0.5);
  });

  it.each([
    ['Japanese', '問題は日本語です。フランスの首都はパリです。'],
    ['Chinese', '问题是中文的。法国的首都是巴黎。'],
    ['Hindi', 'प्रश्न हिंदी में है। फ्रांस की राजधानी पेरिस है।'],
    ['Arabic', 'السؤال باللغة العربية. عاصمة فرنسا هي باريس.'],
    ['Khmer', 'រដ្ឋធានីនៃប្រទេសបារាំងគឺប៉ារីស។'],
    ['Greek', 'Η πρωτεύουσα της Γαλλίας είναι το Παρίσι.'],
  ])('knows %s', async (name, text) => {
    expect(await shareInLanguage(text, name)).toBe(1);
    expect(await languageOf(text)).toBe(languageCode(name));
  });
});

describe('the bundled dataset', () => {
  it('is judged right in at least 99.5 % of its thoughts, for the language it is in and against the four others', async () => {
    const file = readFileSync(new URL('../../../public/datasets/mini/train.jsonl', import.meta.url), 'utf8');
    let judged = 0;
    let right = 0;
    for (const line of file.trim().split('\n')) {
      const { reasoning_language, analysis } = JSON.parse(line) as { reasoning_language: string | null; analysis: string };
      for (const name of NAMES) {
        judged++;
        const share = await shareInLanguage(analysis, name);
        if (share === (name === (reasoning_language || 'English') ? 1 : 0)) right++;
      }
    }
    expect(right / judged).toBeGreaterThanOrEqual(0.995);
  });
});

describe('names', () => {
  it.each([
    ['German', 'de'],
    ['Deutsch', 'de'],
    ['de-AT', 'de'],
    ['FRANÇAIS', 'fr'],
    ['español', 'es'],
    ['日本語', 'ja'],
    ['Farsi', 'fa'],
    ['Chinese (Simplified)', 'zh'],
    ['Norwegian', 'no'],
    ['Bengali', 'bn'],
    ['Bangla', 'bn'],
    ['Luganda', 'lg'],
    ['Ganda', 'lg'],
    ['swa', 'sw'],
    ['YOR', 'yo'],
    ['Sesotho', 'st'],
    ['isiZulu', 'zu'],
  ])('%s is %s', (name, code) => expect(languageCode(name)).toBe(code));

  it('are null when unknown', () => {
    expect(languageCode('Klingon')).toBeNull();
    expect(languageCode('')).toBeNull();
    expect(languageName('it')).toBe('Italian');
    expect(languageName('bn')).toBe('Bengali');
  });
});

describe('sentencesOf', () => {
  it('joins fragments to the sentence before them, and a leading one to the next', () => {
    expect(sentencesOf('Sommo 23 e 48. Unità: 3+8=11. Decine: 20+40=60. Quindi rispondo in italiano.', 'it')).toEqual([
      'Sommo e . Unità: . Decine: .',
      'Quindi rispondo in italiano.',
    ]);
    expect(sentencesOf('Hm. Das ist eine gute Frage.', 'de')).toEqual(['Hm. Das ist eine gute Frage.']);
  });
});

/** By themselves these are too short to tell from other languages; the thought around them does. */
it.each([
  ['pt', 'Preciso da soma dos dois números. Somo 27 e 11. Dá 38.'],
  ['no', 'Jeg legger sammen tallene. Tiere: 30. Enere: 8. Sum: 38.'],
  ['da', 'Jeg lægger tallene sammen. Tiere: 30. Enere: 8. Sum: 38.'],
] as const)('short sums inside a thought in %s are in its language alone', async (code, thought) => {
  for (const asked of ['pt', 'no', 'da', 'de', 'yo', 'en'])
    expect([asked, await languageShare(thought, asked)]).toEqual([asked, { share: asked === code ? 1 : 0 }]);
});
