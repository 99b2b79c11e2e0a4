/** Names that people give to what is kept: one line, seen as it is written. */
import { MotherTongueError } from '../../lib/errors.ts';

const LONGEST_NAME = 120;

/** Throws where nothing is left, or too much. */
export function checkedName(text: string): string {
  const name = text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, '').trim();
  if (name === '' || name.length > LONGEST_NAME)
    throw new MotherTongueError('SettingsError', `A name has 1 to ${LONGEST_NAME} characters; write another.`);
  return name;
}
