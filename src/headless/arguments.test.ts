import { describe, expect, it } from 'vitest';
import { number, whole } from '../protocol/rules.ts';
import { choiceOf, dateOf, numberOf, parseArguments } from './arguments.ts';

const spec = { model: 'required', out: 'required', adapter: 'optional', quick: 'flag' } as const;
const parse = (...argv: string[]) => parseArguments('verb', argv, spec);

describe('parseArguments', () => {
  it('reads values in both spellings, and flags', () => {
    expect(parse('--model', 'a', '--out=b=c', '--quick')).toEqual({ model: 'a', out: 'b=c', adapter: undefined, quick: true });
    expect(parse('--out', '-1', '--model', '').model).toBe('');
  });

  it.each([
    [['--modl', 'a'], 'verb does not take --modl; usage: verb --model MODEL --out OUT [--adapter ADAPTER] [--quick].'],
    [['a'], 'verb does not take a;'],
    [['--constructor', 'a'], 'verb does not take --constructor'],
    [[], 'verb needs --model and --out;'],
    [['--model', '--out', 'b'], 'verb needs a value after --model;'],
    [['--model'], 'verb needs a value after --model;'],
    [['--model', 'a', '--model', 'b'], 'verb was given --model twice;'],
    [['--quick=1'], 'verb takes --quick without a value;'],
  ])('%j is one sentence', (argv, message) => expect(() => parse(...argv)).toThrow(message));
});

describe('values', () => {
  it('are numbers in their range', () => {
    expect(numberOf('seed', undefined, 7, whole(0, 2 ** 31))).toBe(7);
    expect(numberOf('top-p', '0.5', 1, number({ from: 0, to: 1 }))).toBe(0.5);
    expect(() => numberOf('top-p', '1.5', 1, number({ from: 0, to: 1 }))).toThrow('--top-p is "1.5" and must be a number from 0 to 1.');
    expect(() => numberOf('seed', '', 1, whole(0, 2 ** 31))).toThrow('--seed is "" and must be a whole number from 0 to 2,147,483,648.');
    expect(() => numberOf('seed', '0.5', 1, whole(0, 2 ** 31))).toThrow('whole number');
  });

  it('are one of a list', () => {
    expect(choiceOf('template', 'trl', ['hf', 'trl'])).toBe('trl');
    expect(() => choiceOf('template', 'TRL', ['hf', 'trl'])).toThrow('--template is "TRL" and must be hf, trl.');
  });

  it('are dates', () => {
    expect(dateOf('--date', '2025-08-05')).toBe('2025-08-05');
    expect(dateOf('--date', undefined)).toMatch(/^\d{4}-\d\d-\d\d$/);
    expect(() => dateOf('--date', '2025-13-05')).toThrow('--date is "2025-13-05" and must be a date such as 2025-08-05.');
  });
});
