/**
 * What was dropped onto the page, wherever it was let go: a dataset, an adapter or a model, judged by names alone; or why it is refused. Before it is
 * let go a browser tells only the types of files, so what is shown meanwhile is a guess. Pure: reading the drop is the frame's.
 */

import { ggufSentence } from '../lib/gguf.ts';

export type Dropped =
  | { kind: 'dataset'; path: string }
  | { kind: 'adapter-zip'; path: string }
  | { kind: 'adapter-folder' }
  | { kind: 'model-folder' }
  | { kind: 'refused'; sentence: string };

const DATASET = /\.(jsonl|ndjson|json|csv|tsv|parquet)$/i;
const TAKEN = 'a dataset (JSONL, JSON, CSV, TSV or Parquet), an adapter zip, or the folder of a model or an adapter';

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** By the paths of all files, with `/`. */
export function judgeDrop(paths: readonly string[]): Dropped {
  const names = paths.map(nameOf);
  if (names.some((name) => /^adapter_config( \(\d+\))?\.json$/i.test(name)) && paths.length > 1) return { kind: 'adapter-folder' };
  if (names.includes('config.json') && paths.length > 1) return { kind: 'model-folder' };
  const gguf = ggufSentence(paths);
  if (gguf) return refused(gguf);
  const [path] = paths;
  if (path === undefined) return refused('Nothing that can be read was dropped; drop a file or a folder.');
  if (paths.length === 1 && /\.zip$/i.test(path)) return { kind: 'adapter-zip', path };
  if (/^(adapter_)?config\.json$/i.test(nameOf(path)) && paths.length === 1)
    return refused(`${nameOf(path)} is one file of a folder; drop the whole folder.`);
  const datasets = paths.filter((one) => DATASET.test(one));
  if (datasets.length === 1) return { kind: 'dataset', path: datasets[0]! };
  if (datasets.length > 1) return refused(`${datasets.length} dataset files were dropped; drop one at a time.`);
  const what = paths.length === 1 ? nameOf(path) : `${paths.length} files, ${nameOf(path)} among them,`;
  return refused(`${what} ${paths.length === 1 ? 'is' : 'are'} not what this page takes: ${TAKEN}.`);
}

function refused(sentence: string): Dropped {
  return { kind: 'refused', sentence };
}

/** Where it would go, in one sentence, by the types that a browser tells during the drag. */
export function guessDrop(types: readonly string[]): string {
  const [type = ''] = types;
  if (types.length === 1 && /zip/.test(type)) return 'Let go: an adapter zip goes to Runs.';
  if (types.length === 1 && /json|csv|tab-separated|parquet/.test(type)) return 'Let go: a dataset goes to Data.';
  if (types.length > 0 && types.every((one) => /^(image|audio|video)\/|pdf|html/.test(one))) return `This page takes ${TAKEN}.`;
  return 'Let go: a dataset file goes to Data, an adapter zip to Runs, a model folder to Model.';
}
