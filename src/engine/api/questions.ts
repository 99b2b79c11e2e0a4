/** Question sets from anywhere: files, folders, the Hub, an address, the clipboard, and the bundled one. What other programs wrote is read in the reading worker. */
import { MotherTongueError } from '../../lib/errors.ts';
import type { QuestionOptions, QuestionSet, QuestionSource } from '../../protocol/evaluation.ts';
import type { FolderFile } from '../../protocol/model.ts';
import { bundledQuestions } from '../evaluate/bundled-questions.ts';
import { type QuestionFile, readQuestionFiles } from '../evaluate/read-questions.ts';
import { datasetFiles } from '../files/hub/dataset-files.ts';
import type { EngineState } from './engine-state.ts';
import { fetchAddress, fetchHubDataset } from './hub-dataset.ts';
import { fetchBundled } from './model.ts';
import { foreignReaders } from './reading.ts';

const BUNDLED = 'datasets/mini/heldout.json';

export async function readQuestions(engine: EngineState, source: QuestionSource, options: QuestionOptions = {}): Promise<QuestionSet> {
  const set = await read(engine, source, options);
  engine.questions = set;
  return set;
}

async function read(engine: EngineState, source: QuestionSource, options: QuestionOptions): Promise<QuestionSet> {
  return engine.task('questions', 'Reading the questions', 'bytes', async (signal, progress) => {
    if (source.kind === 'bundled') return bundledQuestions(new TextDecoder().decode(await fetchBundled(BUNDLED, signal)));
    const { files, name } = await open(engine, source, signal);
    const foreign = foreignReaders(engine.places, signal, (file, done, total) => progress(done, total, `Unpacking ${file}`, 'bytes'));
    return readQuestionFiles(files, name, options, { signal, foreign });
  });
}

async function open(
  engine: EngineState,
  source: Exclude<QuestionSource, { kind: 'bundled' }>,
  signal: AbortSignal,
): Promise<{ files: QuestionFile[]; name: string }> {
  switch (source.kind) {
    case 'file':
      return { files: [{ path: source.name, blob: source.file }], name: source.name };
    case 'folder':
      return { files: filesOfFolder(source.files, source.name), name: source.name };
    case 'pasted':
      return { files: [{ path: 'pasted text', blob: pastedText(source.text) }], name: 'Pasted questions' };
    case 'url': {
      const { blob, name } = await fetchAddress(engine, source.url, signal);
      return { files: [{ path: name, blob }], name };
    }
    case 'hub': {
      const { kind, paths, ...repository } = source;
      const files: QuestionFile[] = [];
      for (const path of paths) files.push({ path, blob: (await fetchHubDataset(engine, { kind, path, ...repository }, signal)).blob });
      return { files, name: repository.repository };
    }
  }
}

/** Of a folder that has test files, these alone: examples and training rows beside them are no questions to measure by. */
function filesOfFolder(given: readonly FolderFile[], folder: string): QuestionFile[] {
  const found = datasetFiles(given.map(({ path, file }) => ({ path, size: file.size })));
  const tests = found.filter(({ split }) => split === 'test');
  const chosen = new Set((tests.length > 0 ? tests : found).map(({ path }) => path));
  const files = given.filter(({ path }) => chosen.has(path));
  // The folder's own name may say the language.
  return files.map(({ path, file }) => ({ path: path.includes('/') ? path : `${folder}/${path}`, blob: file }));
}

function pastedText(text: string): Blob {
  const trimmed = text.trim();
  if (trimmed === '')
    throw new MotherTongueError('DatasetError', 'There is no text; paste a question and its answer on each line, with a tab between.');
  if (!/^[{[]/.test(trimmed) && !/[\t,;|]/.test(trimmed.split(/\r|\n/, 1)[0]!))
    throw new MotherTongueError(
      'DatasetError',
      'The pasted text has no answers: nothing can be scored; put a tab and the answer behind each question.',
    );
  return new Blob([text]);
}
