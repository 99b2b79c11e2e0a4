/** On both sides of every threshold. */
import { expect, it } from 'vitest';
import { gemvVariant, groupedLinearVariant, linearVariant, normVariant, quadVariant } from './variants.ts';

it('takes gemv for few rows of a wide matrix in whole steps', () => {
  expect(linearVariant(16, 12, 1024, 'bf16')).toBe('gemv');
  expect(linearVariant(16, 13, 1024, 'bf16')).toBe('gemv');
  expect(linearVariant(17, 12, 1024, 'bf16')).toBe('forward');
  expect(linearVariant(16, 12, 1020, 'bf16')).toBe('forward');
  expect(linearVariant(16, 12, 1028, 'bf16')).toBe('forward'); // steps of bf16 are 8 values
  expect(linearVariant(16, 13, 1028, 'bf16')).toBe('tail');
  expect(linearVariant(16, 12, 1028, 'f32')).toBe('gemv');
});

it('takes gemv for few slots of a grouped product, narrow below 1,024', () => {
  expect(groupedLinearVariant(64, 1024)).toBe('gemv');
  expect(groupedLinearVariant(64, 1020)).toBe('gemv-narrow');
  expect(groupedLinearVariant(65, 1024)).toBe('forward');
  expect([gemvVariant(1023), gemvVariant(1024)]).toEqual(['gemv-narrow', 'gemv']);
});

it('takes the tail where a size has no whole quads, and one invocation for a narrow norm', () => {
  expect([quadVariant(8), quadVariant(10)]).toEqual(['forward', 'tail']);
  expect([normVariant(1024), normVariant(1022), normVariant(1028)]).toEqual(['narrow', 'forward', 'forward']);
});
