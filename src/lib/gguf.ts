/** GGUF files, of models and of adapters: wherever one is chosen or dropped, the same sentence says that they come later and what to open until then. */

/** What is said of a `.gguf` among these paths; undefined where there is none. */
export function ggufSentence(paths: readonly string[]): string | undefined {
  const found = paths.find((path) => /\.gguf$/i.test(path));
  if (found === undefined) return undefined;
  const name = found.slice(found.lastIndexOf('/') + 1);
  return `${name} is a GGUF file, which comes later; until then open the model's Hugging Face folder, or the adapter's PEFT folder or zip.`;
}
