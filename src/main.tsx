/** Starts the page: styles, theme, the frame, and the engine behind it. */
import './lib/trusted-types.ts';
import '@mantine/core/styles.css';
import '@mantine/dropzone/styles.css';
import '@mantine/notifications/styles.css';
import 'uplot/dist/uPlot.min.css';
import './ui/page.css';
import './ui/access.css';
import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { boot } from './state/boot.ts';
import { PageBoundary } from './ui/frame/boundary.tsx';
import { Frame, fetchPlaces } from './ui/frame/frame.tsx';
import { ensureLocale } from './ui/locale.ts';
import { cssVariables, theme } from './ui/theme.ts';

ensureLocale();
createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto">
      <Notifications position="top-right" autoClose={4000} limit={3} />
      <PageBoundary>
        <Frame />
      </PageBoundary>
    </MantineProvider>
  </StrictMode>,
);

void boot().then(fetchPlaces); // when model and dataset are there, and what is shown has been fetched
