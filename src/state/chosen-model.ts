/**
 * Which model was chosen last, so that a reload brings it back. `opening` stands while a model from the Hub or a folder is being loaded: where it is
 * still set at the start of a visit, the page was closed or crashed meanwhile, and the model is not opened by itself.
 */
import { createStore } from 'zustand/vanilla';

export interface ChosenModelState {
  kind: 'bundled' | 'folder' | 'hub';
  /** Folder: its name. Hub: `owner/name`. */
  name: string;
  revision: string;
  endpoint: string;
  /** What is being loaded right now; '' for nothing, or for the bundled model. */
  opening: '' | 'folder' | 'hub';
}

export const freshChosenModel: ChosenModelState = { kind: 'bundled', name: '', revision: '', endpoint: '', opening: '' };

export const chosenModelStore = createStore<ChosenModelState>(() => freshChosenModel);
