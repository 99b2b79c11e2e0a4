/**
 * A valid `navigator.language` for the libraries of the page. uPlot formats numbers with it as soon as it is imported, and throws where the
 * browser was started without a language ("en-US@posix"): the place that draws charts would stay blank.
 */
import { validLocale } from '../lib/format.ts';

/** Call before any place is imported. */
export function ensureLocale(): void {
  const language = validLocale(navigator.language);
  if (language !== navigator.language) Object.defineProperty(navigator, 'language', { value: language, configurable: true });
}
