/** Formatters at their edges: unit changes, rounding up into the next unit, NaN and infinity by name. */
import { describe, expect, it } from 'vitest';
import {
  formatBytes,
  formatClock,
  formatCount,
  formatDay,
  formatDuration,
  formatInteger,
  formatLoss,
  formatPercent,
  formatPlural,
  formatRate,
  formatScientific,
  validLocale,
} from './format.ts';

describe('formatters', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1536, '1.5 KiB'],
    [13_761_264_768, '12.8 GiB'],
    [1_881_408, '1.79 MiB'],
    [Number.NaN, '–'],
    [1024 ** 3 - 1, '1 GiB'],
  ])('bytes %d', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  it.each([
    [999, '999'],
    [1_000, '1k'],
    [1_234, '1.2k'],
    [999_949, '1000k'],
    [999_951, '1M'],
    [15_040_512, '15.04M'],
    [20_914_757_184, '20.91B'],
  ])('count %d', (count, text) => expect(formatCount(count)).toBe(text));

  it.each([
    [0.4, 'under 1 s'],
    [40.2, '40 s'],
    [89.6, '90 s'],
    [118, '2 min'],
    [250, '4 min 10 s'],
    [3599, '60 min'.replace('60 min', '1 h')],
    [3900, '1 h 5 min'],
    [Number.NaN, '–'],
  ])('duration %d', (seconds, text) => expect(formatDuration(seconds)).toBe(text));

  it.each([
    [48, '00:48'],
    [3723, '1:02:03'],
    [Number.NaN, '--:--'],
  ])('clock %d', (seconds, text) => expect(formatClock(seconds)).toBe(text));

  it.each([
    [2.9041, '2.90'],
    [0.0701, '0.070'],
    [0.0000123, '1.23e-5'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, 'infinite'],
    [0, '0.000'],
    [null, '–'],
  ])('loss %s', (loss, text) => expect(formatLoss(loss)).toBe(text));

  it('scientific, percent, plural, integer, rate', () => {
    expect(formatScientific(2e-4)).toBe('2e-4');
    expect(formatScientific(1.8e-4)).toBe('1.8e-4');
    expect(formatScientific(0)).toBe('0');
    expect(formatPercent(0.8734)).toBe('87 %');
    expect(formatPercent(null)).toBe('–');
    expect(formatPlural(1, 'row')).toBe('1 row');
    expect(formatPlural(1200, 'row')).toBe('1,200 rows');
    expect(formatInteger(1234567)).toBe('1,234,567');
    expect(formatRate(4.26)).toBe('4.3 tokens/s');
    expect(formatRate(1234)).toBe('1.2k tokens/s');
  });
});

it('says days, and today by that name', () => {
  const now = new Date(2026, 10, 22, 9);
  expect(formatDay(now.toISOString(), now)).toBe('today');
  expect(formatDay(new Date(2026, 9, 3, 23).toISOString(), now)).toBe('3 Oct 2026');
  expect(formatDay('never', now)).toBe('–');
});

it.each([
  ['en-US', 'en-US'],
  ['de', 'de'],
  ['en-US@posix', 'en'],
  ['C', 'en'],
  ['', 'en'],
  [undefined, 'en'],
])('locale %j is valid as %s', (given, valid) => {
  expect(validLocale(given)).toBe(valid);
  expect(() => new Intl.NumberFormat(valid)).not.toThrow();
});
