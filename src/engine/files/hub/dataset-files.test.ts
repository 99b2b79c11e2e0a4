/** Repositories as people lay them out: Parquet shards, subsets in folders, one file, and what libraries write beside them. */
import { expect, it } from 'vitest';
import { datasetFiles } from './dataset-files.ts';

const of = (...paths: string[]): string[] =>
  datasetFiles(paths.map((path) => ({ path, size: 1 }))).map(({ path, split }) => `${split}: ${path}`);

it('lists training rows first, shards in their order, subsets by their folders', () => {
  expect(of('data/test-00000-of-00001.parquet', 'data/train-00010-of-00011.parquet', 'data/train-00002-of-00011.parquet')).toEqual([
    'train: data/train-00002-of-00011.parquet',
    'train: data/train-00010-of-00011.parquet',
    'test: data/test-00000-of-00001.parquet',
  ]);
  expect(of('de/validation.jsonl', 'de/train.jsonl', 'train/part-1.csv', 'my_dev.tsv')).toEqual([
    'train: de/train.jsonl',
    'train: train/part-1.csv',
    'validation: de/validation.jsonl',
    'validation: my_dev.tsv',
  ]);
});

it('lists what tells no split last, and leaves out what holds no rows', () => {
  expect(
    of('rows.JSONL', 'README.md', 'dataset_infos.json', 'dataset_dict.json', '.huggingface/x.json', 'train.json', 'trainer.json'),
  ).toEqual(['train: train.json', ': rows.JSONL', ': trainer.json']);
});
