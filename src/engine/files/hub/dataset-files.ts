/** Which files of a dataset's repository hold rows that can be read here, and of which split and subset they are, by their paths alone. */
import type { DatasetFile } from '../../../protocol/dataset.ts';
import type { HubFile } from './listing.ts';

const ROWS = /\.(parquet|jsonl|ndjson|json|csv|tsv)$/i;
/** What libraries write about a dataset. */
const ABOUT = /^(dataset_infos?|dataset_dict|state|config|metadata|package|tokenizer.*|.*_config)\.json$/i;
const SPLITS: [string, RegExp][] = [
  ['train', /^(train|training)$/i],
  ['validation', /^(validation|valid|val|dev)$/i],
  ['test', /^(test|testing|eval|evaluation)$/i],
];

/** Training rows first, then by path. */
export function datasetFiles(files: readonly HubFile[]): DatasetFile[] {
  const found = files.filter(({ path }) => ROWS.test(path) && !ABOUT.test(path.slice(path.lastIndexOf('/') + 1)) && !/(^|\/)\./.test(path));
  const order = (split: string): number => (SPLITS.findIndex(([name]) => name === split) + SPLITS.length + 1) % (SPLITS.length + 1);
  return found
    .map(({ path, size }) => ({ path, bytes: size, split: splitOf(path) }))
    .sort((a, b) => order(a.split) - order(b.split) || a.path.localeCompare(b.path, 'en', { numeric: true }));
}

/** The last part of the path that names one; with the folder of its subset, where there is one. '' where nothing tells. */
function splitOf(path: string): string {
  const parts = path.replace(ROWS, '').split('/');
  for (const part of parts.reverse()) {
    for (const word of part.split(/[-_.]/).reverse()) {
      const split = SPLITS.find(([, words]) => words.test(word));
      if (split) return split[0];
    }
  }
  return '';
}
