/**
 * The errors that reach a user. The name is the code (Comlink and structured clone keep name, message and stack); the message is one
 * sentence that names the file, row or key and what to do.
 */
export class MotherTongueError extends Error {
  constructor(name: ErrorName, message: string) {
    super(message);
    this.name = name;
  }
}

/** How every error about a lost GPU begins, so that the page says it in one place. */
export const DEVICE_LOST = 'The graphics device was lost';

export function isDeviceLoss(message: string | undefined): boolean {
  return message?.startsWith(DEVICE_LOST) ?? false;
}

export type ErrorName =
  | 'FileError' /* a file that is not of the stated format */
  | 'ModelError' /* a model this engine does not run */
  | 'AdapterError' /* an adapter that does not fit the model */
  | 'DatasetError' /* a dataset that cannot be read at all; single rows are problems, not errors */
  | 'SettingsError' /* settings that contradict each other or the data */
  | 'DeviceError' /* the GPU is missing, lost or too small */
  | 'MemoryError' /* out of memory on the GPU or in the tab */
  | 'StateError' /* asked for something that is not there yet */
  | 'Cancelled';
