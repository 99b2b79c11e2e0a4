/** A question that is too long for the model: what it takes, what the model has, and a mend that is possible. */
import { expect, it } from 'vitest';
import { lengthProblem } from './generator.ts';

const row = (prompt: number, max_new_tokens: number) => ({ prompt: new Uint32Array(prompt), max_new_tokens });

it('is none where question and answer fit, to the token', () => {
  expect(lengthProblem([row(1856, 192), row(2, 192)], 2048)).toBeNull();
});

// red before: "lower max_new_tokens", which helps no question that alone is too long
it.each([2048, 2049, 5000])('asks for a shorter question where %d of 2,048 positions are the question’s', (tokens) => {
  expect(lengthProblem([row(5, 192), row(tokens, 1)], 2048)).toBe(
    `The question with its instructions takes ${tokens} tokens and this model has 2048 positions, so there is no room for an answer; shorten the question by at least ${tokens - 2047} tokens.`,
  );
  expect(lengthProblem([row(2047, 1)], 2048)).toBeNull();
});

it('says how many new tokens are possible where some are', () => {
  expect(lengthProblem([row(2000, 192), row(10, 192)], 2048)).toBe(
    'The question with its instructions takes 2000 tokens and this model has 2048 positions, so 48 are left for the answer; set max_new_tokens (now 192) to at most 48, or shorten the question.',
  );
});
