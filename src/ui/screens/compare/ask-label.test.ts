/** The words on the button for every choice of languages and models. */
import { expect, test } from 'vitest';
import { askLabel } from './ask-label.ts';

test.each([
  [['Spanish', 'German', 'French', 'Italian', 'English'], ['base', 'adapter'], 'Ask in 5 languages, with and without adapter'],
  [['Spanish', 'German'], ['base'], 'Ask in 2 languages'],
  [['Spanish', 'German'], ['adapter'], 'Ask in 2 languages, with adapter'],
  [['German'], ['base', 'adapter', 'peer'], 'Ask in German, with and without adapter, and the peer'],
  [[''], ['base'], 'Ask'],
  [['', 'German'], ['base', 'adapter'], 'Ask in German and with none requested, with and without adapter'],
  [[], ['base'], 'Ask'],
  [['Spanish', 'German'], ['base', 'adapter', 'kept', 'kept'], 'Ask in 2 languages, base and 3 adapters'],
  [['German'], ['adapter', 'kept'], 'Ask in German, with 2 adapters'],
  [['German'], ['base', 'kept'], 'Ask in German, with and without adapter'],
] as const)('%j, %j', (languages, sources, label) => {
  expect(askLabel(languages, sources)).toBe(label);
});

test.each([
  [['think'], 'Ask in German, with and without adapter'],
  [['no_think'], 'Ask in German, with and without adapter, without thinking'],
  [['think', 'no_think'], 'Ask in German, with and without adapter, in both modes'],
] as const)('%j', (modes, label) => {
  expect(askLabel(['German'], ['base', 'adapter'], modes)).toBe(label);
});
