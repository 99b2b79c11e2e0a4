/**
 * Reasoning that stands in the answer's own text, between tags: `<think>` and its other spellings. Each text is searched for literals only, in
 * linear time. What cannot be told for certain is a finding: a tag without its partner, a tag inside the answer.
 */

export interface TaggedText {
  content: string;
  thinking?: string;
  /** Completes "Row 3 has ... at message 2; ...". */
  finding?: { trains: boolean; what: string; mend: string };
}

const PAIRS = [
  ...[
    ...['think', 'thinking', 'thought', 'thoughts', 'reasoning', 'reflection', 'seed:think', 'analysis', 'scratchpad', 'cot'],
    ...['inner_thoughts', 'thought_process', 'thinking_process', 'chain_of_thought', 'internal_monologue'],
  ].map((name) => [`<${name}>`, `</${name}>`]),
  ['[THINK]', '[/THINK]'],
  ['<|begin_of_thought|>', '<|end_of_thought|>'],
  ['<|START_THINKING|>', '<|END_THINKING|>'],
  ['<|think|>', '<|/think|>'],
  ['◁think▷', '◁/think▷'],
].map(([open, close]) => ({ open: literal(open!), close: literal(close!), names: [open!, close!] as const }));

/** Around the answer, where the reasoning has tags of the same family. */
const ANSWER_TAGS = [
  ['<|begin_of_solution|>', '<|end_of_solution|>'],
  ['<|START_RESPONSE|>', '<|END_RESPONSE|>'],
] as const;

/** Tags that nobody writes in an answer by accident; words such as <analysis> may be XML that was asked for. */
const WORDS = ['<thought>', '<thoughts>', '<reasoning>', '<reflection>', '<analysis>', '<scratchpad>', '<cot>'];
const TELLING = PAIRS.filter(({ names }) => !WORDS.includes(names[0]));

/** Whether there is any tag to look for: most texts have none, and are read once instead of once a tag. */
const ANY_TAG = new RegExp(PAIRS.flatMap(({ open, close }) => [open.source, close.source]).join('|'), 'i');

/** `hasThinking`: the message has reasoning of its own, so that a lone closing tag is no border. */
export function splitTagged(text: string, hasThinking: boolean): TaggedText {
  if (!ANY_TAG.test(text)) return { content: text };
  const content = text.trimStart();
  const pair = PAIRS.find(({ names }) => content.slice(0, names[0].length).toLowerCase() === names[0].toLowerCase());
  if (pair) {
    const [open, close] = pair.names;
    const end = indexOf(content, pair.close, open.length);
    if (end >= 0) return withInnerTags(content.slice(open.length, end), content.slice(end + close.length));
    return { content: text, finding: { trains: false, what: `${open} without ${close}`, mend: 'close it before the answer' } };
  }
  if (!hasThinking) {
    for (const { open, close, names } of TELLING) {
      const end = indexOf(text, close, 0);
      const start = end < 0 ? -1 : indexOf(text, open, 0);
      // After a backtick the tag is talked about.
      if (end < 0 || (start >= 0 && start < end) || text[end - 1] === '`') continue;
      const mend = 'the text before it is read as reasoning';
      const split = withInnerTags(text.slice(0, end), text.slice(end + names[1].length));
      return { ...split, finding: split.finding ?? { trains: true, what: `${names[1]} without ${names[0]}`, mend } };
    }
  }
  return withFinding({ content: text });
}

/** Reasoning without tags around all of it. */
export function untagged(thinking: string): string {
  const { content, thinking: inner } = splitTagged(thinking, false);
  return inner !== undefined && content.trim() === '' ? inner : thinking;
}

function withInnerTags(thinking: string, rest: string): TaggedText {
  const inner = thinking.trim();
  return withFinding({ content: withoutAnswerTags(rest.trimStart()), ...(inner !== '' && { thinking: inner }) });
}

function withFinding(split: TaggedText): TaggedText {
  for (const { open, close, names } of TELLING) {
    const found = [open, close].findIndex((tag) => indexOf(split.content, tag, 0) >= 0);
    if (found < 0) continue;
    return { ...split, finding: { trains: true, what: `${names[found]} inside its answer`, mend: 'it is trained as part of the answer' } };
  }
  return split;
}

function withoutAnswerTags(content: string): string {
  for (const [open, close] of ANSWER_TAGS) {
    if (!content.startsWith(open)) continue;
    const whole = content.slice(open.length).trim();
    return (whole.endsWith(close) ? whole.slice(0, -close.length) : whole).trimEnd();
  }
  return content;
}

function indexOf(text: string, tag: RegExp, from: number): number {
  tag.lastIndex = from;
  return tag.exec(text)?.index ?? -1;
}

function literal(tag: string): RegExp {
  return new RegExp(tag.replaceAll(/[[\]|/]/g, String.raw`\$&`), 'gi');
}
