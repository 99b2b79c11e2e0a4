/** How an entry of target_modules or target_parameters names a weight of the model: PEFT's rule. */

/** The whole path, or a suffix that begins at a dot: `7.mlp` does not match layer 17. */
export function matchesPath(path: string, entry: string): boolean {
  return path === entry || path.endsWith(`.${entry}`);
}
