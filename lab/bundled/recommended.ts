/** The run that a bundled model's settings.json recommends, as it is or with other settings in its place, all under their own names. */
import { join } from 'node:path';
import { isObject, readJson } from '../../src/headless/json-files.ts';
import { readSettings } from '../../src/headless/read-settings.ts';
import { MotherTongueError } from '../../src/lib/errors.ts';
import type { TrainingSettings } from '../../src/protocol/training.ts';

export interface Recommended {
  readonly settings: TrainingSettings;
  /** Where the others name a method, it has a schedule of its own and learns from answers alone. */
  changed(others: object): TrainingSettings;
}

export function recommended(folder: string, date: string): Recommended {
  const path = join(folder, 'settings.json');
  const own = readJson(path);
  if (!isObject(own) || !isObject(own.settings)) throw new MotherTongueError('FileError', `${path} has no "settings", the run to measure.`);
  const { settings } = own;
  const { lr_scheduler_kwargs: _, num_train_epochs: __, assistant_only_loss: ___, ...named } = settings;
  const read = (chosen: object): TrainingSettings =>
    readSettings({ inject_reasoning_language: true, ...chosen, date }, path, date).settings;
  return { settings: read(settings), changed: (others) => read({ ...('method' in others ? named : settings), ...others }) };
}
