/** Files of a folder that was picked or dropped, with their paths inside it. */
import type { FolderFile } from '../../protocol/model.ts';

export interface PickedFolder {
  name: string;
  files: FolderFile[];
}

/** Path of a picked or dropped file; react-dropzone puts a dropped one's into `path`, with a leading "./" or "/". */
export function pathOf(file: File & { path?: string }): string {
  return (file.webkitRelativePath || file.path || file.name).replace(/^\.?\//, '');
}

/** Removes the folder's own name from the paths when all files share it. */
export function folderOf(files: File[]): PickedFolder {
  const paths = files.map(pathOf);
  const first = paths[0]?.split('/')[0] ?? '';
  const nested = paths.length > 0 && paths.every((path) => path.startsWith(`${first}/`));
  const cut = nested ? first.length + 1 : 0;
  return { name: nested ? first : 'folder', files: files.map((file, i) => ({ path: paths[i]!.slice(cut), file })) };
}
