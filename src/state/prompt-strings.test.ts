/** Edits of the prompts' strings: kept by language under any of its names, and gone once they are ours again. */
import { expect, it } from 'vitest';
import { editedStrings } from '../lib/cross-lingual/edited.ts';
import { languageStrings } from '../lib/cross-lingual/index.ts';
import { editedNames, STRING_NAMES, sameLanguage, stringsToEdit, withString } from './prompt-strings.ts';

it('has the ten strings of a language, and empty ones where we have none', () => {
  const swahili = stringsToEdit('Swahili', {});
  expect(swahili).toHaveLength(10);
  expect(swahili.find(({ name }) => name === 'problem_target')).toMatchObject({ value: 'Swali', ours: 'Swali' });
  expect(swahili.find(({ name }) => name === 'think_prefix')!.value).toBe(languageStrings.SW!.think_prefix);
  for (const { value, ours } of stringsToEdit('Italian', {})) expect([value, ours]).toEqual(['', null]);
});

it('an edit stands under the code, whatever the language was called before, and prompts are made with it', () => {
  const before = { SWA: { labels: { problem_target: 'Hesabu' } }, Yoruba: { think_prefix: 'x' } };
  expect(editedNames('sw', before)).toEqual(['problem_target']);
  const after = withString(before, 'Swahili', 'think_prefix', 'Nitafikiri.');
  expect(after).toEqual({ Yoruba: { think_prefix: 'x' }, sw: { problem_target: 'Hesabu', think_prefix: 'Nitafikiri.' } });
  expect(editedStrings('SW', after)).toMatchObject({ think_prefix: 'Nitafikiri.', labels: { problem_target: 'Hesabu' } });
});

it('ours again leaves no trace; an emptied string of ours is an edit', () => {
  const edits = withString({}, 'Swahili', 'problem_target', 'Hesabu');
  expect(withString(edits, 'SW', 'problem_target', null)).toEqual({});
  expect(withString(edits, 'sw', 'problem_target', 'Swali')).toEqual({});
  expect(withString({}, 'sw', 'transition_prompt', '')).toEqual({ sw: { transition_prompt: '' } });
});

it('a language without strings of ours needs all ten, and then can be asked in', () => {
  const whole = STRING_NAMES.reduce<ReturnType<typeof withString>>((edits, name) => withString(edits, 'Italian', name, `${name}!`), {});
  expect(editedStrings('it', whole).labels.ref_end).toBe('ref_end!');
  expect(withString(whole, 'it', 'ref_end', '')).not.toHaveProperty('it.ref_end');
});

it('knows a language by all its names', () => {
  expect([
    sameLanguage('SW', 'Swahili'),
    sameLanguage('ibo', 'Igbo'),
    sameLanguage('Klingon', 'Klingon'),
    sameLanguage('sw', 'yo'),
  ]).toEqual([true, true, true, false]);
});
