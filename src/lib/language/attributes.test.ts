/** lang and dir of texts. */
import { expect, it } from 'vitest';
import { textAttributes } from './attributes.ts';

it.each([
  ['First we add.', 'English', 'en', 'ltr'],
  ['First we add.', null, '', 'ltr'],
  ['x = 5 هذا هو الجواب الصحيح', 'Arabic', 'ar', 'rtl'],
  ['کاربر می‌پرسد', 'Persian', 'fa', 'rtl'],
  ['کاربر می‌پرسد', undefined, '', 'rtl'],
  ['עכשיו אני בודק', null, 'he', 'rtl'],
  ['The answer is four.', 'Arabic', '', 'ltr'],
  ['まず二つの数を足します。', null, 'ja', 'ltr'],
  ['మొదట మనం', null, 'te', 'ltr'],
  ['先算十位', 'Chinese', 'zh', 'ltr'],
  ['Kwanza tunajumlisha', 'sw', 'sw', 'ltr'],
  ['nuqneH', 'Klingon', '', 'ltr'],
  ['12 + 3 = 15', 'German', '', 'auto'],
  ['', 'German', '', 'auto'],
])('%j, supposed to be %s: lang %j, dir %s', (text, supposed, lang, dir) => {
  expect(textAttributes(text, supposed)).toEqual({ lang, dir });
});
