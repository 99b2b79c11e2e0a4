/** What the button will do, in words: "Ask in 5 languages, with and without adapter". */
import type { ThinkMode } from '../../../protocol/dataset.ts';
import type { ColumnSource } from '../../../protocol/generation.ts';

export function askLabel(languages: readonly string[], sources: readonly ColumnSource[], modes: readonly ThinkMode[] = []): string {
  const named = languages.filter((language) => language !== '');
  const where = named.length === 0 ? '' : named.length === 1 ? ` in ${named[0]}` : ` in ${named.length} languages`;
  const free = named.length > 0 && named.length < languages.length ? ' and with none requested' : '';
  const base = sources.includes('base');
  const adapters = sources.filter((source) => source === 'adapter' || source === 'kept').length;
  const several = base ? `, base and ${adapters} adapters` : `, with ${adapters} adapters`;
  const one = base ? ', with and without adapter' : ', with adapter';
  const how = adapters > 1 ? several : adapters === 1 ? one : '';
  const thinking = modes.length === 2 ? ', in both modes' : modes[0] === 'no_think' ? ', without thinking' : '';
  return `Ask${where}${free}${how}${thinking}${sources.includes('peer') ? ', and the peer' : ''}`;
}
