/** PEFT's patterns: what JavaScript's engine answers, in linear time, and one sentence for what cannot be run. */
import { expect, it } from 'vitest';
import { settings, weights } from './adapter-cases.ts';
import { describeTargets } from './adapter-plan.ts';
import { compilePathPattern } from './linear-pattern.ts';

const paths = [
  'q_proj',
  'self_attn.q_proj',
  'model.layers.0.self_attn.q_proj',
  'model.layers.10.self_attn.q_proj',
  'xq_proj',
  'model.layers.0.self_attn.o_proj',
];

it.each([
  'q_proj',
  'self_attn.q_proj',
  'self_attn\\.q_proj',
  'layers.0.self_attn.q_proj',
  'layers.1.self_attn.q_proj',
  'layers\\.\\d+\\.self_attn.q_proj',
  '.*',
  'q_proj|o_proj',
  '(q|o)_proj',
  'model.*o_proj',
  '[a-z]_proj',
  '^q_proj',
  'q_proj$',
  '',
  '.',
  'attn-q',
])('%j is as with (.*\\.)?(key)$', (key) => {
  const peft = new RegExp(`^(.*\\.)?(${key})$`);
  const matches = compilePathPattern(key)!;
  expect(paths.map(matches)).toEqual(paths.map((path) => peft.test(path)));
});

// `redos.zip`: JavaScript's engine tried every way of cutting the name.
it.each(['(a+)+b', '(\\w+)+x', '(.*)*y', '([a-z_.0-9]+)*!', '(x?){40}x{40}'])('%j takes no time on a long path', (key) => {
  const began = performance.now();
  expect(compilePathPattern(key)!(`model.layers.0.${'a'.repeat(10_000)}`)).toBe(false);
  expect(performance.now() - began).toBeLessThan(1000);
});

it.each(['(?!layers)q_proj', '(a)\\1', '(', 'a)|(b', `${'x'.repeat(5000)}+`])('%j is refused with the key', (key) => {
  expect(() => describeTargets({ ...settings, rank_pattern: { [key]: 4 } }, weights)).toThrow(
    /^rank_pattern has the key .+ which is not a regular expression/,
  );
});

it('a thousand keys and a thousand weights take no time', () => {
  const many = Array.from({ length: 1000 }, (_, i) => ({ ...weights[0]!, path: `model.layers.${i}.self_attn.q_proj` }));
  const keys = Object.fromEntries(many.map(({ path }, i) => [path.replaceAll('.', '\\.'), i + 1]));
  const began = performance.now();
  const targets = describeTargets({ ...settings, rank_pattern: keys }, many);
  expect(targets.map(({ r }) => r)).toEqual(many.map((_, i) => i + 1));
  expect(performance.now() - began).toBeLessThan(1000);
});
