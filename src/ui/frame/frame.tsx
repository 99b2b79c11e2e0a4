/** The frame around every place: header with the six steps, the place itself, and the run strip while something runs. Never locked. */
import { Box, Center, Loader } from '@mantine/core';
import { lazy, Suspense, useEffect, useMemo } from 'react';
import type { Place } from '../../state/pending.ts';
import { PLACES, usePlace } from '../router.ts';
import { Announcer } from './announcer.tsx';
import { PartBoundary, PlaceBoundary } from './boundary.tsx';
import { DeviceLost } from './device-lost.tsx';
import { DropTarget } from './drop-target.tsx';
import { Elsewhere } from './elsewhere.tsx';
import { EngineSilent } from './engine-silent.tsx';
import classes from './frame.module.css';
import { Header } from './header.tsx';
import { RunStrip } from './run-strip.tsx';

type Screen = () => React.JSX.Element;

const FETCH: Record<Place, () => Promise<Screen>> = {
  model: async () => (await import('../screens/model/model-screen.tsx')).ModelScreen,
  data: async () => (await import('../screens/data/data-screen.tsx')).DataScreen,
  train: async () => (await import('../screens/train/train-screen.tsx')).TrainScreen,
  compare: async () => (await import('../screens/compare/compare-screen.tsx')).CompareScreen,
  evaluate: async () => (await import('../screens/evaluate/evaluate-screen.tsx')).EvaluateScreen,
  runs: async () => (await import('../screens/runs/runs-screen.tsx')).RunsScreen,
};

const fetched = new Map<Place, Screen>();

const SCREENS = Object.fromEntries(
  PLACES.map(({ place }) => [place, lazy(async () => ({ default: await FETCH[place]() }))]),
) as unknown as Record<Place, React.LazyExoticComponent<Screen>>;

/**
 * Fetches the code of all places, so that each opens at once: a place that has to be waited for is drawn late even if its code comes soon, because
 * React leaves what it shows meanwhile standing for 300 ms. What cannot be fetched now is fetched when it is opened, and says so there.
 */
export async function fetchPlaces(): Promise<void> {
  for (const { place } of PLACES)
    await FETCH[place]().then(
      (screen) => fetched.set(place, screen),
      () => undefined,
    );
}

export function Frame() {
  const place = usePlace();
  // Decided as the place is opened: another component in its stead, though it is the same screen, would be drawn anew.
  const Screen = useMemo(() => fetched.get(place) ?? SCREENS[place], [place]);
  const title = PLACES.find((p) => p.place === place)?.title ?? '';
  useEffect(() => {
    document.title = `${title} · Mother Tongue`;
  }, [title]);
  return (
    <Box className={classes.frame}>
      <button type="button" className={classes.skip} onClick={() => document.getElementById('place')?.focus()}>
        Skip to the content
      </button>
      <Header place={place} />
      <main id="place" className={classes.place} tabIndex={-1} data-testid={`place-${place}`} aria-label={title}>
        <PartBoundary what="The state of the GPU">
          <EngineSilent />
          <DeviceLost />
          <Elsewhere />
          <DropTarget />
        </PartBoundary>
        <PlaceBoundary place={place}>
          <Suspense
            fallback={
              <Center h={240}>
                <Loader size="sm" role="status" aria-label={`Opening ${title}`} />
              </Center>
            }
          >
            <Screen />
          </Suspense>
        </PlaceBoundary>
      </main>
      <PartBoundary what="The run strip">
        <RunStrip place={place} />
      </PartBoundary>
      <PartBoundary what="The announcements">
        <Announcer />
      </PartBoundary>
    </Box>
  );
}
