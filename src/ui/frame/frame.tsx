/** The frame around every place: header with the six steps, the place itself, and the run strip while something runs. Never locked. */
import { Box, Center, Loader } from '@mantine/core';
import { lazy, Suspense, useEffect } from 'react';
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

const SCREENS: Record<Place, React.LazyExoticComponent<() => React.JSX.Element>> = {
  model: lazy(async () => ({ default: (await import('../screens/model/model-screen.tsx')).ModelScreen })),
  data: lazy(async () => ({ default: (await import('../screens/data/data-screen.tsx')).DataScreen })),
  train: lazy(async () => ({ default: (await import('../screens/train/train-screen.tsx')).TrainScreen })),
  compare: lazy(async () => ({ default: (await import('../screens/compare/compare-screen.tsx')).CompareScreen })),
  evaluate: lazy(async () => ({ default: (await import('../screens/evaluate/evaluate-screen.tsx')).EvaluateScreen })),
  runs: lazy(async () => ({ default: (await import('../screens/runs/runs-screen.tsx')).RunsScreen })),
};

export function Frame() {
  const place = usePlace();
  const Screen = SCREENS[place];
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
