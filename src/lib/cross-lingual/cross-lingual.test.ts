/** The strings of all languages: complete, in their language as far as it can be judged, and none left in English. */
import { describe, expect, it } from 'vitest';
import { languageShare } from '../language/index.ts';
import { languagesByCode } from '../language/languages.ts';
import { scriptOf } from '../language/scripts.ts';
import { crossLingualLanguages, type LanguageStrings, languageStrings, stringsOf } from './index.ts';

/** The published configurations. */
const CODES = 'BN DE EN ES FR JA RU SW TE TH ZH AMH EWE HAU IBO KIN LIN LUG ORM SNA SOT SWA TWI VAI WOL XHO YOR ZUL'.split(' ');
const KEYS = ['student_instruction', 'think_prefix', 'reason_first_prompt', 'transition_prompt', 'teacher_final_instruction'] as const;
const LABELS = ['problem_target', 'problem_english', 'solution_english', 'ref_begin', 'ref_end'] as const;

const textsOf = (one: LanguageStrings): readonly string[] => [...KEYS.map((key) => one[key]), ...LABELS.map((key) => one.labels[key])];
const english = new Set(textsOf(languageStrings.EN!));

it('there are 28 configurations, Swahili under both of its codes', () => {
  expect(Object.keys(languageStrings).sort()).toEqual([...CODES].sort());
  const { code, ...swa } = languageStrings.SWA!;
  expect({ ...swa, code: 'SW' }).toEqual(languageStrings.SW);
  expect(code).toBe('SWA');
});

it.each([
  ['ENG', 'EN'],
  ['FRA', 'FR'],
  ['swa', 'SWA'],
  ['sw', 'SW'],
  ['Swahili', 'SW'],
  ['Kiswahili', 'SW'],
  ['am', 'AMH'],
  ['Twi', 'TWI'],
  ['yo', 'YOR'],
])('%s is %s', (name, code) => {
  expect(stringsOf(name)?.code).toBe(code);
});

it('other languages have none', () => {
  for (const name of ['Italian', 'Klingon', '', 'constructor', '__proto__']) expect(stringsOf(name)).toBeNull();
});

describe.each(crossLingualLanguages.map((one) => [one.name, one] as const))('%s', (name, one) => {
  const texts = textsOf(one);

  it('has all ten strings, each a plain line', () => {
    expect(
      Object.keys(one)
        .filter((key) => key !== 'note')
        .sort(),
    ).toEqual(['checked', 'code', 'labels', 'language', 'name', ...KEYS].sort());
    expect(Object.keys(one.labels).sort()).toEqual([...LABELS].sort());
    for (const text of texts) {
      expect(text).toBe(text.trim());
      expect(text).not.toBe('');
      expect(text).toBe(text.normalize('NFC'));
      expect(text).not.toMatch(/[\n\r\t]|TODO|\.\.\.|[<>%$[\]]|\{[^}]/);
    }
    expect(new Set(texts).size).toBe(10);
    expect(one.checked).toBe('unchecked');
    expect(one.note ?? 'Nothing is doubtful.').toMatch(/^[A-Z].{10,}\.$/);
  });

  it('asks for the answer in a box, and only there', () => {
    for (const text of [one.student_instruction, one.teacher_final_instruction]) expect(text.split('\\boxed{}')).toHaveLength(2);
    const others = texts.filter((text) => text !== one.student_instruction && text !== one.teacher_final_instruction);
    for (const text of others) expect(text).not.toMatch(/[\\{}]/);
  });

  it('is known to lib/language by its code and name, and written in its script', () => {
    const language = languagesByCode.get(one.language)!;
    expect(language.name).toBe(name);
    for (const text of texts) expect(language.scripts).toContain(scriptOf(text.replace('\\boxed{}', '')));
  });

  it('has no string of English', () => {
    if (one.code !== 'EN') expect(texts.filter((text) => english.has(text))).toEqual([]);
  });

  it('begins the thought with a sentence that is judged to be in the language', async () => {
    expect(await languageShare(one.think_prefix, one.language, ['English'])).toEqual({ share: 1 });
    expect((await languageShare(one.think_prefix, one.code === 'EN' ? 'German' : 'English', [one.language])).share).toBe(0);
  });

  it('names its language to the teacher and in the thought, not to the student', () => {
    const own = OWN_NAMES[one.code]!;
    expect(one.teacher_final_instruction).toContain(own);
    expect(one.think_prefix).toContain(own);
    expect(one.student_instruction).not.toContain(own);
  });
});

/** As the language is called in a sentence of its own. */
const OWN_NAMES: Readonly<Record<string, string>> = {
  BN: 'বাংলা',
  DE: 'Deutsch',
  EN: 'English',
  ES: 'español',
  FR: 'français',
  JA: '日本語',
  RU: 'русском',
  SW: 'Kiswahili',
  TE: 'తెలుగు',
  TH: 'ภาษาไทย',
  ZH: '中文',
  AMH: 'አማርኛ',
  EWE: 'Eʋegbe',
  HAU: 'Hausa',
  IBO: 'Igbo',
  KIN: 'Kinyarwanda',
  LIN: 'Lingála',
  LUG: 'Luganda',
  ORM: 'Afaan Oromoo',
  SNA: 'ChiShona',
  SOT: 'Sesotho',
  TWI: 'Twi',
  VAI: 'ꕙꔤ',
  WOL: 'Wolof',
  XHO: 'siXhosa',
  YOR: 'Yorùbá',
  ZUL: 'siZulu',
};
