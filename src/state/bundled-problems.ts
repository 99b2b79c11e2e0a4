/** The bundled problems in Swahili, to learn from or held out: files beside the page, as its own are. */
export function bundledProblems(file: 'copsd' | 'copsd-heldout'): { kind: 'url'; url: string } {
  return { kind: 'url', url: new URL(`datasets/mini/${file}.jsonl`, document.baseURI).href };
}
