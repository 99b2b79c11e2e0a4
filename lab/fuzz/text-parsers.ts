/** Readers of what a model writes and of names: the same however the text is cut into pieces, with nothing lost. */
import fc from 'fast-check';
import { withLanguages } from '../../src/engine/chat/asked-languages.ts';
import { HarmonyTextStream } from '../../src/engine/chat/harmony/stream.ts';
import { replyReaders } from '../../src/engine/chat/index.ts';
import { languageNamed } from '../../src/engine/data/language-names.ts';
import { splitTagged } from '../../src/engine/data/reasoning-tags.ts';
import { findLanguageLine, statedLanguage } from '../../src/engine/data/stated-language.ts';
import { fraction, textLike } from './mutations.ts';
import { check, type Parser, parser, type Reading } from './parser.ts';

const REPLIES = [
  '<|channel|>analysis<|message|>Zwei und zwei.<|end|><|start|>assistant<|channel|>final<|message|>Vier.<|return|>',
  '<|start|>assistant to=functions.look<|channel|>commentary <|constrain|>json<|message|>{"a": 1}<|call|>',
  'Vier, ohne alles.',
];
const TAGGED = ['<think>Hm.</think>A.', 'Hm.\n</think>\n\nA.', '[THINK]Hm.[/THINK]A.', '<|begin_of_thought|>Hm.<|end_of_thought|>A.', 'A.'];

/** Digits and capitals are in no control token, so that each must be somewhere in what was read. */
const SIGNS = /[A-Z\d]/g;

const harmony = ([text, cuts]: readonly [string, readonly number[]]): Reading => {
  const whole = replyReaders.harmony(text);
  const stream = new HarmonyTextStream();
  let at = 0;
  for (const cut of [...cuts].sort((a, b) => a - b).map((fraction) => Math.floor(fraction * text.length))) {
    stream.push(text.slice(at, cut));
    at = Math.max(at, cut);
  }
  stream.push(text.slice(at));
  stream.finish();
  for (const part of ['thinking', 'content', 'rest'] as const) check(stream[part] === whole[part], `${part} depends on the cuts`);
  const read = `${whole.thinking}${whole.content}${whole.rest}`;
  const inMessages = Array.from(text.matchAll(/<\|message\|>([^<]*)/g), ([, said]) => said).join(' ');
  for (const sign of new Set(inMessages.match(SIGNS) ?? [])) check(read.includes(sign), `${sign} is lost`);
  return whole.content === '' ? 'refused' : 'accepted';
};

const think = (text: string): Reading => {
  const { thinking, content, rest } = replyReaders.think(text);
  check(rest === '', 'a rest');
  const letters = (part: string): string => part.replaceAll(/\s/g, '');
  const read = letters(thinking + content);
  const given = letters(text);
  const untagged = letters(text.replace('<think>', '').replace('</think>', ''));
  check(read === given || read === untagged, 'text is lost');
  return thinking === '' ? 'refused' : 'accepted';
};

const tags = (text: string): Reading => {
  const { content, thinking, finding } = splitTagged(text, false);
  const read = `${thinking ?? ''}${content}`;
  for (const sign of new Set(text.replaceAll(/THINK|START_|END_|RESPONSE/g, '').match(SIGNS) ?? []))
    check(read.includes(sign), `${sign} is lost`);
  check(thinking === undefined || thinking.trim() !== '', 'reasoning that is empty');
  return thinking === undefined || finding?.trains === false ? 'refused' : 'accepted';
};

const languageLine = (text: string): Reading => {
  const asked = withLanguages(
    {
      messages: [
        { role: 'system', content: text },
        { role: 'user', content: 'Q' },
      ],
    },
    { reasoning_language: 'Swiss German', answer_language: 'Romansh' },
  );
  check(statedLanguage(asked) === 'Swiss German', 'another language than was asked for');
  check(asked.messages.length === 2, 'another number of messages');
  const line = findLanguageLine(text);
  if (line)
    check(line.start >= 0 && line.end <= text.length && line.start < line.end && text.includes(line.language), 'a line outside the text');
  return line ? 'accepted' : 'refused';
};

const languageName = (text: string): Reading => {
  const name = languageNamed(text);
  if (name === null) return 'refused';
  check(name !== '' && name.length <= 80, 'a name of no length');
  check(languageNamed(name) === name, `${name} is itself ${String(languageNamed(name))}`);
  return 'accepted';
};
const NAMES = [
  'de',
  'deu',
  'pt-BR',
  'zh_Hans',
  'German',
  'Brazilian Portuguese',
  'Chinese (Simplified)',
  'Kinyarwanda',
  'Deutsch',
  'python',
];
const cuts = fc.array(fraction, { maxLength: 5 });

export const textParsers: Parser[] = [
  parser('replies in Harmony', 401, fc.tuple(textLike(REPLIES), cuts), harmony),
  parser('replies with <think>', 402, textLike(TAGGED), think),
  parser('reasoning between tags', 403, textLike(TAGGED), tags),
  parser(
    'the language line',
    404,
    textLike(['reasoning language: German\n\nBe brief.', 'Be brief.\nreasoning language: French\r\n\r\n']),
    languageLine,
  ),
  parser('names of languages', 405, textLike(NAMES), languageName),
];
