/** Small choices of how things are shown: chart axis, smoothing, log scale. Kept on reload; never sent to the engine. */
import { createStore } from 'zustand/vanilla';
import type { RunAxis } from './run-series.ts';

export interface ViewState {
  axis: RunAxis;
  smoothing: number;
  logLoss: boolean;
  advancedOpen: boolean;
  /** A run has been started once on this machine; the first-visit sentence then gives way. */
  hasTrained: boolean;
}

export const freshView: ViewState = {
  axis: 'step',
  smoothing: 0.8,
  logLoss: false,
  advancedOpen: false,
  hasTrained: false,
};

export const viewStore = createStore<ViewState>(() => freshView);
