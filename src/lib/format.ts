/**
 * Numbers as text for the page: always with a unit, never with false precision, the same in every place.
 * Binary units for bytes (GiB), decimal for counts (1.2k), durations as people say them.
 * The page speaks English and keeps one form, whatever the reader's locale; `validLocale` serves libraries that read it.
 */

const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** 1536 -> "1.5 KiB"; three significant figures at most. */
export function formatBytes(bytes: number): string {
  if (!Number.isFinite(bytes)) return '–';
  let value = Math.abs(bytes);
  let unit = 0;
  // What would be written as 1024 of a unit is one of the next.
  while (value >= (unit === 0 ? 1024 : 1023.5) && unit < BYTE_UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${bytes < 0 ? '-' : ''}${trimZeros(value.toFixed(digits))} ${BYTE_UNITS[unit]}`;
}

/** 1234567 -> "1.23M", 1234 -> "1.2k", 999 -> "999". */
export function formatCount(count: number): string {
  if (!Number.isFinite(count)) return '–';
  const size = Math.abs(count);
  if (size < 1000) return String(Math.round(count));
  if (size < 999_950) return `${trimZeros((count / 1e3).toFixed(size < 9_995 ? 1 : size < 99_950 ? 1 : 0))}k`;
  if (size < 999_950_000) return `${trimZeros((count / 1e6).toFixed(2))}M`;
  return `${trimZeros((count / 1e9).toFixed(2))}B`;
}

/** 1234567 -> "1,234,567". */
export function formatInteger(count: number): string {
  return Number.isFinite(count)
    ? Math.round(count)
        .toString()
        .replace(/\B(?=(\d{3})+(?!\d))/g, ',')
    : '–';
}

/** "1 row", "2 rows". */
export function formatPlural(count: number, one: string, many = `${one}s`): string {
  return `${formatInteger(count)} ${count === 1 ? one : many}`;
}

/** Seconds as a person says them: "40 s", "4 min", "1 h 5 min"; rounded to what matters. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return '–';
  if (seconds < 1) return 'under 1 s';
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 600) {
    const minutes = Math.floor(seconds / 60);
    const rest = Math.round((seconds - minutes * 60) / 10) * 10;
    return rest === 60 ? `${minutes + 1} min` : rest === 0 ? `${minutes} min` : `${minutes} min ${rest} s`;
  }
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Seconds as a clock of fixed width: "00:48", "1:02:03". */
export function formatClock(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return '--:--';
  const whole = Math.round(seconds);
  const two = (n: number) => String(n).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  const tail = `${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
  return hours > 0 ? `${hours}:${tail}` : tail;
}

/** 0.8734 -> "87 %". */
export function formatPercent(ratio: number | null | undefined, digits = 0): string {
  return ratio === null || ratio === undefined || !Number.isFinite(ratio) ? '–' : `${(ratio * 100).toFixed(digits)} %`;
}

/** A loss or norm: three significant figures, NaN and infinity by name. */
export function formatLoss(value: number | null | undefined): string {
  if (value === null || value === undefined) return '–';
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'infinite' : '-infinite';
  const size = Math.abs(value);
  if (size !== 0 && (size < 0.001 || size >= 100_000)) return formatScientific(value);
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3);
}

/** 0.0002 -> "2e-4", 0.00018 -> "1.8e-4", 0 -> "0". */
export function formatScientific(value: number): string {
  if (value === 0) return '0';
  if (!Number.isFinite(value)) return formatLoss(value);
  const [mantissa = '', exponent = '0'] = value.toExponential(2).split('e');
  return `${trimZeros(mantissa)}e${Number(exponent)}`;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** An ISO date as a day, in the reader's time zone: "today", "22 Nov 2026". */
export function formatDay(iso: string, now = new Date()): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return '–';
  if (date.toDateString() === now.toDateString()) return 'today';
  return `${date.getDate()} ${MONTHS[date.getMonth()]} ${date.getFullYear()}`;
}

/** Tokens per second: "1.2k tokens/s". */
export function formatRate(perSecond: number): string {
  return `${perSecond < 10 ? trimZeros(perSecond.toFixed(1)) : formatCount(perSecond)} tokens/s`;
}

/** The locale, or 'en' where `Intl` refuses it: a browser started without a language reports "en-US@posix" or nothing. */
export function validLocale(locale: string | undefined): string {
  try {
    return Intl.getCanonicalLocales(locale)[0] ?? 'en';
  } catch {
    return 'en';
  }
}

function trimZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}
