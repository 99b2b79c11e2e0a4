/**
 * Ways of writing rows that once gave a wrong result without a word: each is read rightly or said. Rows are those of public reports, rewritten.
 */
import { describe, expect, it } from 'vitest';
import { floatValue } from '../../lib/python-float.ts';
import { pythonJson } from '../chat/python-json.ts';
import { readDataset } from './dataset.ts';
import { recogniseLayout } from './schema.ts';
import { toConversation } from './to-conversation.ts';

function convert(value: Record<string, unknown>) {
  const layout = recogniseLayout(Object.keys(value), value);
  const { conversation, problems } = toConversation({ row: 5, value }, layout);
  return { messages: conversation?.messages ?? null, language: conversation?.reasoning_language, problems };
}
const kinds = (value: Record<string, unknown>) => convert(value).problems.map(({ kind, trains }) => `${kind}${trains ? '' : ' (out)'}`);
const answer = (turn: Record<string, unknown>) =>
  convert({
    messages: [
      { role: 'user', content: 'Q?' },
      { role: 'assistant', ...turn },
    ],
  }).messages?.at(-1) ?? null;
const answerKinds = (turn: Record<string, unknown>) =>
  kinds({
    messages: [
      { role: 'user', content: 'Q?' },
      { role: 'assistant', ...turn },
    ],
  });
const read = (rows: unknown[]) => readDataset(new Blob([rows.map((row) => JSON.stringify(row)).join('\n')]), 'x.jsonl');

const user = { role: 'user', content: 'Q?' };
const good = { role: 'assistant', content: 'A.', thinking: 'Hm.' };
const system = { role: 'system', content: 'Be brief.' };

describe('a system column beside a list of messages', () => {
  it.each([
    ['messages', { system: 'Be brief.', messages: [user, good] }],
    [
      'conversations',
      {
        system_prompt: 'Be brief.',
        conversations: [
          { from: 'human', value: 'Q?' },
          { from: 'gpt', value: 'A.', thinking: 'Hm.' },
        ],
      },
    ],
    ['prompt and completion', { system: 'Be brief.', prompt: [user], completion: [good] }],
    ['an empty column before the filled one', { developer: '', system: 'Be brief.', messages: [user, good] }],
  ])('becomes the first message: %s', (_, value) => {
    expect(convert(value)).toMatchObject({ messages: [system, user, good], problems: [] });
  });

  it('is said where the messages begin with other instructions, and not where they hold the same', () => {
    expect(kinds({ system: 'Be brief.', messages: [{ role: 'system', content: 'Be kind.' }, user, good] })).toEqual(['unused-field']);
    expect(kinds({ system: 'Be brief.', messages: [{ role: 'system', content: 'Be kind.\nBe brief.' }, user, good] })).toEqual([]);
  });

  it('may ask for the language', () => {
    expect(convert({ system: 'reasoning language: German', messages: [user, good] }).language).toBe('German');
  });
});

describe('columns beside question and answer', () => {
  const row = { question: 'Q?', answer: 'A.', reasoning: 'Hm.' };

  it('instructions in several columns are joined, and it is said once', async () => {
    const both = { ...row, developer: 'Be kind.', system: 'Be brief.' };
    expect(convert(both).messages![0]).toEqual({ role: 'system', content: 'Be brief.\n\nBe kind.' });
    expect(convert({ system: 'Be brief.', developer: 'Be kind.', messages: [user, good] }).messages![0]!.content).toBe(
      'Be brief.\n\nBe kind.',
    );
    expect(convert({ ...both, developer: 'Be brief.' })).toMatchObject({ messages: [system, user, good], problems: [] });
    expect((await read([both, both, both])).summary().problems.map(({ message }) => message)).toEqual([
      'Row 1 has instructions in the columns "system" and "developer"; they are joined in this order (2 more rows have the same).',
    ]);
  });

  it.each([{ question: 'Q?' }, { instruction: 'Q?' }, { query: 'Q?' }, { prompt: 'Q?' }, { problem: 'Q?' }])(
    'a passage that %j is about follows it',
    (question) => {
      const { messages, problems } = convert({ ...question, context: 'Once.', answer: 'A.', reasoning: 'Hm.' });
      expect(messages).toEqual([{ role: 'user', content: 'Q?\n\nOnce.' }, good]);
      expect(problems).toEqual([]);
      expect(convert({ ...question, input: '1 2', context: 'Once.', answer: 'A.' }).messages![0]!.content).toBe('Q?\n\n1 2\n\nOnce.');
      expect(kinds({ ...question, context: ['a', 'b'], answer: 'A.', reasoning: 'Hm.' })).toEqual(['unused-field (out)']);
    },
  );

  it('a row whose weight is 0, or that is not to train, is not learned', () => {
    for (const mark of [{ weight: 0 }, { weight: '0.0' }, { train: false }, { Trainable: 'False' }])
      expect(convert({ ...row, ...mark })).toMatchObject({
        messages: [user, { ...good, trains: false }],
        problems: [{ kind: 'untrained-turn' }],
      });
    expect(convert({ ...row, weight: 1, train: true })).toMatchObject({ messages: [user, good], problems: [] });
  });

  it('columns chosen by hand keep history, labels, marks and tools', async () => {
    const mapping = { user: 'frage', content: 'lösung', thinking: 'gedanke' };
    const given = { frage: 'Q?', lösung: 'A.', gedanke: 'Hm.' };
    const rows = [
      { ...given, history: [['1?', '1']] },
      { ...given, label: false },
      { ...given, weight: 0 },
      { ...given, tools: [{ name: 'look' }], label: true, weight: null, history: null },
    ];
    const dataset = await readDataset(new Blob([rows.map((one) => JSON.stringify(one)).join('\n')]), 'x.jsonl', { mapping });
    const found = await dataset.read(0, 4);
    expect(found.map(({ conversation }) => conversation?.messages ?? null)).toEqual([
      [{ role: 'user', content: '1?' }, { role: 'assistant', content: '1' }, user, good],
      null,
      [user, { ...good, trains: false }],
      [user, good],
    ]);
    expect(found[3]!.conversation!.tools).toEqual([{ type: 'function', function: { name: 'look' } }]);
    const chosen = await readDataset(new Blob(['{"label": "Q?", "history": "A."}']), 'x.jsonl', {
      mapping: { user: 'label', content: 'history' },
    });
    expect((await chosen.conversation(0))!.messages).toEqual([user, { role: 'assistant', content: 'A.' }]);
  });
});

it('a list of messages on every line of a JSONL file is a conversation each', async () => {
  const lines = [
    [user, good],
    [user, good],
  ]
    .map((list) => JSON.stringify(list))
    .join('\n');
  const dataset = await readDataset(new Blob([lines]), 'x.jsonl');
  expect((await dataset.read(0, 2)).map(({ conversation }) => conversation!.messages)).toEqual([
    [user, good],
    [user, good],
  ]);
  expect((await readDataset(new Blob(['[{"question": "Q?", "answer": "A."}]\n\n']), 'x.jsonl')).length).toBe(1);
});

describe('a field that is no text', () => {
  it.each([
    ['variants of an answer', { question: 'Q?', answer: ['4', '5'] }],
    ['steps of reasoning', { question: 'Q?', answer: 'A.', reasoning: ['One.', 'Two.'] }],
    ['columns of a whole table', { question: ['1?', '2?'], answer: ['1', '2'] }],
    ['pandas’ default form', { question: { 0: '1?', 1: '2?' }, answer: { 0: '1', 1: '2' } }],
    ['prompts', { prompt: ['a', 'b'], completion: 'c' }],
    ['instructions', { question: 'Q?', answer: 'A.', system: { text: 'x' } }],
  ])('is refused, not joined: %s', (_, value) => {
    const { messages, problems } = convert(value);
    expect(messages).toBeNull();
    expect(problems[0]).toMatchObject({
      kind: 'unused-field',
      trains: false,
      message: expect.stringMatching(/^Row 5 has a column ".*" that is (a list of|an object)/),
    });
  });

  it('a list of one text is that text', () => {
    expect(convert({ question: 'Q?', answer: ['A.'], thinking_trajectories: ['Hm.'] })).toMatchObject({
      messages: [user, good],
      problems: [],
    });
  });

  it('content of several plain texts is no text either', () => {
    expect(answerKinds({ content: ['4', '5'] })).toEqual(['malformed (out)']);
  });
});

describe('earlier turns, marks and labels', () => {
  it('Alpaca’s history comes before the question', () => {
    const value = { instruction: 'Q?', output: 'A.', reasoning: 'Hm.', system: 'Be brief.', history: [['1?', '1']] };
    expect(convert(value).messages).toEqual([system, { role: 'user', content: '1?' }, { role: 'assistant', content: '1' }, user, good]);
    expect(convert({ ...value, history: [] }).messages).toHaveLength(3);
    expect(convert({ ...value, history: '[["1?", "1"]]' }).messages).toHaveLength(5);
    expect(kinds({ ...value, history: ['1?', '1'] })).toEqual(['unused-field (out)']);
  });

  it.each([{ weight: 0 }, { weight: '0' }, { train: false }, { training: false }, { loss: false }])(
    'a turn with %j is not learned',
    (mark) => {
      const value = { messages: [user, { role: 'assistant', content: 'No.', ...mark }, user, { ...good, weight: 1 }] };
      expect(convert(value).messages![1]).toEqual({ role: 'assistant', content: 'No.', trains: false });
      expect(convert(value).messages![3]).toEqual(good);
      expect(kinds(value)).toEqual(['untrained-turn']);
    },
  );

  it('a weight between is said', () => {
    expect(answerKinds({ content: 'A.', thinking: 'Hm.', weight: 0.5 })).toEqual(['unused-field']);
  });

  it('KTO’s bad answers are left out', () => {
    expect(kinds({ prompt: 'Q?', completion: '<think>Hm.</think>A.', label: false })).toEqual(['undesired-answer (out)']);
    expect(kinds({ prompt: 'Q?', completion: '<think>Hm.</think>A.', label: true })).toEqual([]);
    expect(kinds({ messages: [user, good], kto_tag: 'False' })).toEqual(['undesired-answer (out)']);
    expect(kinds({ question: 'Q?', answer: 'A.', reasoning: 'Hm.', label: 0 })).toEqual([]);
  });
});

describe('tool calls', () => {
  const call = (given: unknown) =>
    answer({ content: null, tool_calls: [{ function: { name: 'look', arguments: given } }] })?.tool_calls?.[0]?.arguments;

  it('arguments as JSON text are parsed, as other trainers do', () => {
    expect(call('{"town": "Bergen", "zone": null}')).toEqual({ town: 'Bergen', zone: null });
    expect(call('')).toEqual({});
    expect(call('{"id": 12345678901234567890, "x": 1.5e3}')).toEqual({ id: 12345678901234567890n, x: floatValue(1500) });
    expect(call(`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`)).toMatch(/^\{"a":/);
    expect(call('Bergen')).toBe('Bergen');
    expect(answerKinds({ tool_calls: [{ name: 'look', arguments: 'Bergen' }], thinking: 'Hm.' })).toContain('malformed');
  });

  it('nulls that Arrow put into arguments are left out, and said once with the count', async () => {
    const row = {
      messages: [
        user,
        { role: 'assistant', tool_calls: [{ name: 'look', arguments: { a: 1, b: null, c: { d: null } } }] },
        { role: 'tool', content: '1' },
        good,
      ],
    };
    expect(convert(row).messages![1]!.tool_calls![0]!.arguments).toEqual({ a: 1, c: {} });
    const { problems } = (await read([row, row, row])).summary();
    expect(problems.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^Row 1 has null in tool arguments; .* \(2 more rows have the same\)\.$/),
    ]);
  });

  it('a result may be an object with a whole number of any size', () => {
    const look = { role: 'assistant', tool_calls: [{ name: 'look' }] };
    expect(convert({ messages: [user, look, { role: 'tool', content: { id: 2n ** 64n } }, good] }).messages![2]!.content).toBe(
      '{"id":18446744073709551616}',
    );
    const degrees = { degrees: floatValue(21), wind: 1e-7, list: [floatValue(1)] };
    expect(convert({ messages: [user, look, { role: 'tool', content: degrees }, good] }).messages![2]!.content).toBe(
      '{"degrees":21.0,"wind":1e-07,"list":[1.0]}',
    );
  });

  it('1.0 in arguments stays 1.0 from the file to the template, be they an object or JSON text', async () => {
    const arguments_ = '{"x": 1.0, "y": 1, "z": [2.50, 1e5], "n": -0}';
    const rows = [arguments_, JSON.stringify(arguments_)].map(
      (text) =>
        `{"messages": [{"role": "user", "content": "Q?"}, {"role": "assistant", "tool_calls": [{"name": "f", "arguments": ${text}}]}]}`,
    );
    const dataset = await readDataset(new Blob([rows.join('\n')]), 'x.jsonl');
    for (const { conversation } of await dataset.read(0, 2)) {
      const call = structuredClone(conversation!).messages[1]!.tool_calls![0]!;
      expect(pythonJson(call.arguments)).toBe('{"x": 1.0, "y": 1, "z": [2.5, 100000.0], "n": 0}');
    }
  });

  it('the older function_call, lists of calls as text, calls after a thought', () => {
    const wanted = [{ name: 'look', arguments: { a: 1 } }];
    expect(answer({ content: null, function_call: { name: 'look', arguments: '{"a": 1}' } })).toMatchObject({ tool_calls: wanted });
    expect(answer({ content: 'A.', function_call: { name: null, arguments: null } })).toEqual({ role: 'assistant', content: 'A.' });
    expect(answer({ role: 'function_call', content: '<think>Hm.</think>\n{"name": "look", "arguments": {"a": 1}}' })).toEqual({
      role: 'assistant',
      thinking: 'Hm.',
      tool_calls: wanted,
    });
    expect(answer({ role: 'function_call', content: '[{"name": "look", "arguments": {"a": 1}}, {"name": "b"}]' })!.tool_calls).toHaveLength(
      2,
    );
    expect(answerKinds({ role: 'function_call', content: 'look(1)' })).toEqual(['malformed (out)']);
    expect(answerKinds({ content: 'A.', tool_calls: 'look(1)' })).toEqual(['malformed (out)']);
  });
});

describe('dumps of Harmony messages', () => {
  it('the analysis channel is the reasoning of the answer after it', () => {
    const analysis = { role: 'assistant', channel: 'analysis', recipient: null, content: [{ type: 'text', text: 'Hm.' }] };
    expect(convert({ messages: [user, analysis, { role: 'assistant', channel: 'final', content: 'A.' }] })).toMatchObject({
      messages: [user, good],
      problems: [],
    });
    expect(kinds({ messages: [user, analysis, user, good] })).toEqual(['missing-field (out)']);
    expect(kinds({ messages: [user, good, user, analysis] })).toEqual(['missing-field (out)']);
  });

  it('its system message is left out and said, its developer message is text', () => {
    const systemContent = {
      role: 'system',
      content: [{ type: 'system_content', model_identity: 'You are ChatGPT.', reasoning_effort: 'Medium' }],
    };
    const developer = { role: 'developer', content: [{ type: 'developer_content', instructions: 'Be brief.' }] };
    const value = { messages: [systemContent, developer, user, good] };
    expect(convert(value).messages).toEqual([{ role: 'developer', content: 'Be brief.' }, user, good]);
    expect(kinds(value)).toEqual(['unused-field']);
  });

  it('a message to a function is a call; one to a built-in tool is refused', () => {
    const call = {
      role: 'assistant',
      channel: 'commentary',
      recipient: 'functions.look',
      content_type: '<|constrain|>json',
      content: '{"a": 1}',
    };
    expect(convert({ messages: [user, call, { role: 'tool', content: '1' }, good] }).messages![1]).toEqual({
      role: 'assistant',
      tool_calls: [{ name: 'look', arguments: { a: 1 }, content_type: 'json' }],
    });
    expect(kinds({ messages: [user, { ...call, channel: 'analysis', recipient: 'python' }, good] })).toEqual(['malformed (out)']);
  });
});

describe('reasoning in other spellings', () => {
  it.each([
    ['Hm.\n</think>\n\nA.'],
    ['<thinking>Hm.</thinking>A.'],
    ['<Think>Hm.</Think>A.'],
    ['[THINK]Hm.[/THINK]A.'],
    ['<thought>Hm.</thought>A.'],
    ['<|begin_of_thought|>\n\nHm.\n\n<|end_of_thought|>\n\n<|begin_of_solution|>\n\nA.\n\n<|end_of_solution|>'],
    ['<|START_THINKING|>Hm.<|END_THINKING|><|START_RESPONSE|>A.<|END_RESPONSE|>'],
    ['◁think▷Hm.◁/think▷A.'],
  ])('%j', (content) => {
    expect(answer({ content })).toEqual(good);
    expect(answer({ content, reasoning_content: '' })).toEqual(good);
  });

  it.each([
    {
      content: [
        { type: 'thinking', thinking: 'Hm.' },
        { type: 'text', text: 'A.' },
      ],
    },
    { content: 'A.', thought: 'Hm.' },
    { content: 'A.', reasoning_text: 'Hm.' },
    { content: 'A.', reasoning: [{ type: 'text', text: 'Hm.' }] },
    { content: 'A.', reasoning_content: '<think>Hm.</think>' },
    { content: '<think>Hm.</think>A.', reasoning_content: 'Hm.' },
  ])('%j', (turn) => {
    expect(answer(turn)).toEqual(good);
    expect(answerKinds(turn)).toEqual([]);
  });

  it.each([
    ['a tag that is never closed', { content: '<think>Hm. A.' }, ['unclear-thinking (out)']],
    ['a closing tag alone', { content: 'Hm.</think>A.' }, ['unclear-thinking']],
    ['tags in the middle', { content: 'So <think>Hm.</think>A.', thinking: 'x' }, ['unclear-thinking']],
    ['two thoughts in tags', { content: '<think>a</think><think>b</think>A.' }, ['unclear-thinking']],
    ['a text beside other tags', { content: '<think>a</think>A.', reasoning_content: 'b' }, ['unclear-thinking']],
    ['two keys', { content: 'A.', thinking: 'a', reasoning: 'b' }, ['unclear-thinking']],
    ['a text that talks of the tag', { content: 'It ends with `</think>`.', thinking: 'x' }, ['unclear-thinking']],
    ['reasoning that is an object', { content: 'A.', reasoning: { text: 'x' } }, ['unused-field (out)']],
  ])('is said: %s', (_, turn, wanted) => {
    expect(answerKinds(turn)).toEqual(wanted);
  });

  it('a flag is no reasoning, a column beside the messages is', () => {
    expect(answer({ content: 'A.', thinking: false })).toEqual({ role: 'assistant', content: 'A.' });
    expect(convert({ messages: [user, { role: 'assistant', content: 'A.' }], reasoning: 'Hm.' }).messages).toEqual([user, good]);
  });

  it('what the stock template drops is said once, with the count', async () => {
    const row = { messages: [user, good, user, good] };
    const { problems } = (await read([row, { messages: [user, good] }, row, row])).summary();
    expect(problems.map(({ kind, message }) => [kind, message])).toEqual([
      [
        'dropped-thinking',
        'Row 1 has reasoning before its last answer; the stock template leaves it out, prefix-preserving trains it (2 more rows have the same).',
      ],
    ]);
  });
});

describe('language columns', () => {
  const row = (language: unknown, column = 'language') => ({ question: 'Q?', answer: 'A.', reasoning: 'Hm.', [column]: language });

  it.each([
    ['de', 'German'],
    ['deu', 'German'],
    ['ger', 'German'],
    ['pt-BR', 'Portuguese'],
    ['zh_Hans', 'Chinese'],
    ['deu_Latn', 'German'],
    ['german', 'German'],
    ['Bengali', 'Bengali'],
    ['sw', 'Swahili'],
    ['Kinyarwanda', 'Kinyarwanda'],
    ['Brazilian Portuguese', 'Brazilian Portuguese'],
    ['Chinese (Simplified)', 'Chinese (Simplified)'],
    ['Deutsch', 'Deutsch'],
    ['Ga', 'Ga'],
    ['Kom', 'Kom'],
    ['ga', 'Irish'],
    ['kok', 'Konkani'],
    ['Konkani', 'Konkani'],
  ])('%s is %s', (written, name) => {
    expect(convert(row(written, 'lang'))).toMatchObject({ language: name, problems: [] });
  });

  it.each(['python', 'Java', 'lua', 'c++', 'no-code', 'positive', '12', 'und'])('%s is no language', (written) => {
    expect(convert(row(written, 'lang')).language).toBeUndefined();
  });

  it('a column of code is none, though some of its values are also codes of languages', async () => {
    expect((await read([row('cs'), row('ts'), row('python')])).summary().languages).toEqual({ '': 3 });
    expect((await read([row('cs'), row('de'), row('German')])).summary().languages).toEqual({ German: 2, Czech: 1 });
  });

  it('a name that is not known is said, and used only where the column is surely one of languages', () => {
    expect(convert(row('Pig Latinish', 'reasoning_language'))).toMatchObject({
      language: 'Pig Latinish',
      problems: [{ kind: 'unknown-language', trains: true }],
    });
    const layout = recogniseLayout(['question', 'answer', 'reasoning', 'language'], row('German'));
    expect(toConversation({ row: 5, value: row('Latinish') }, layout)).toMatchObject({ problems: [{ kind: 'unknown-language' }] });
  });
});

it('long runs of spaces, line breaks and tags take linear time', () => {
  const started = performance.now();
  const run = 200_000;
  for (const content of [
    `<think>${'\n'.repeat(run)}x`,
    `${'<think>'.repeat(run / 10)}`,
    `${'</think>\n'.repeat(run / 10)}x`,
    `${' '.repeat(run)}x`,
  ])
    answer({ content });
  for (const content of [
    `reasoning language:${' '.repeat(run)}x\ty`,
    `reasoning language: German${'\n \t'.repeat(run)}x`,
    'reasoning language: '.repeat(run / 10),
    `x ${'reasoning language:'.repeat(run / 10)}`,
    `${' \t'.repeat(run)}reasoning language:`,
  ])
    convert({ messages: [{ role: 'system', content }, user, good] });
  expect(performance.now() - started).toBeLessThan(3000);
});

it('a row of a hundred thousand levels is one sentence', () => {
  const deep = (levels: number) => JSON.parse(`${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`) as unknown;
  expect(kinds({ messages: [user, { role: 'assistant', tool_calls: [{ name: 'look', arguments: deep(100_000) }] }] })).toEqual([
    'malformed (out)',
  ]);
  expect(kinds({ messages: [user, good], tools: deep(100_000) })).toEqual(['malformed (out)']);
});

describe('no field that means something is dropped without a word', () => {
  it.each<[string, Record<string, unknown>, string]>([
    [
      'reasoning in a part that is no text',
      {
        content: [
          { type: 'thinking', thinking: ['a', 'b'] },
          { type: 'text', text: 'A.' },
        ],
      },
      'unused-field (out)',
    ],
    ['a mask of the loss', { content: 'A.', thinking: 'Hm.', loss_mask: 0 }, 'untrained-turn'],
    ['arguments that are a number', { thinking: 'Hm.', tool_calls: [{ name: 'f', arguments: 5 }] }, 'malformed'],
    ['arguments that are a list', { thinking: 'Hm.', tool_calls: [{ name: 'f', arguments: [] }] }, 'malformed'],
    ['NaN in arguments as text', { thinking: 'Hm.', tool_calls: [{ name: 'f', arguments: '{"a": NaN}' }] }, 'null-arguments'],
  ])('%s', (_, turn, kind) => {
    expect(answerKinds(turn)).toEqual([kind]);
  });

  it.each([{ weight: 0 }, { train: false }, { trainable: '0' }])('a row of messages with the mark %j is left out', (mark) => {
    expect(kinds({ ...mark, messages: [user, good] })).toEqual(['untrained-turn (out)']);
    expect(kinds({ weight: 1, train: true, messages: [user, good] })).toEqual([]);
  });

  it('earlier turns beside messages are named, instructions of other names read', () => {
    expect(kinds({ history: [['a', 'b']], messages: [user, good] })).toEqual(['unused-field']);
    expect(kinds({ history: [], messages: [user, good] })).toEqual([]);
    expect(convert({ instructions: 'Be brief.', messages: [user, good] }).messages).toEqual([system, user, good]);
  });

  it.each(['thoughts', 'scratchpad', 'cot', 'inner_thoughts', 'thinking_process'])('reasoning between <%s> tags', (name) => {
    expect(answer({ content: `<${name}>Hm.</${name}>A.` })).toMatchObject({ thinking: 'Hm.', content: 'A.' });
  });
});

// The sentence named a column "undefined".
it('a row without messages, in a file that has no columns for single turns, says so', () => {
  expect(convert({ reasoning_language: null, final: 'F', messages: null }).problems.map(({ message }) => message)).toContain(
    'Row 5 has no question (no messages and no column "user"); it will not be trained.',
  );
});
