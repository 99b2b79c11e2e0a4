/** The URL's hash names the place (#/train); an unknown hash is the first place. Back works because a link is a link. */
import { useSyncExternalStore } from 'react';
import type { Place } from '../state/pending.ts';

export const PLACES: readonly { place: Place; title: string }[] = [
  { place: 'model', title: 'Model' },
  { place: 'data', title: 'Data' },
  { place: 'train', title: 'Train' },
  { place: 'compare', title: 'Compare' },
  { place: 'evaluate', title: 'Evaluate' },
  { place: 'runs', title: 'Runs' },
];

export function hashOf(place: Place, part = ''): string {
  return part === '' ? `#/${place}` : `#/${place}/${part}`;
}

function placeOf(hash: string): Place {
  const name = hash.replace(/^#\/?/, '').split('/')[0];
  return PLACES.find((p) => p.place === name)?.place ?? 'model';
}

export function goTo(place: Place, part = ''): void {
  location.hash = hashOf(place, part);
}

function onHash(changed: () => void): () => void {
  addEventListener('hashchange', changed);
  return () => removeEventListener('hashchange', changed);
}

export function usePlace(): Place {
  return useSyncExternalStore(onHash, () => placeOf(location.hash));
}

/** Which part of its place is shown (#/data/make), for places that have parts; '' is the first. */
export function usePart(): string {
  return useSyncExternalStore(onHash, () => location.hash.split('/')[2] ?? '');
}
