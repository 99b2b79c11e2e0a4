/**
 * The whole page takes what is dropped on it, so that a browser never opens a file in its place: a dataset, an adapter, a model folder, each in its
 * place; the rest is refused in a sentence. During a drag the page shows where it would go. Drop zones take what is let go above them themselves.
 */
import { Text } from '@mantine/core';
import { fromEvent } from 'file-selector';
import { useEffect, useState } from 'react';
import { readDataset } from '../../state/data-actions.ts';
import { guessDrop, judgeDrop } from '../../state/drops.ts';
import { facts } from '../../state/facts.ts';
import { loadModelFolder } from '../../state/model-actions.ts';
import { importAdapter } from '../../state/train-actions.ts';
import { Failure } from '../parts/failure.tsx';
import { folderOf, pathOf } from '../parts/picked-folder.ts';
import { goTo } from '../router.ts';
import { NO_GPU, useReadOnly } from '../use.ts';
import classes from './frame.module.css';

export function DropTarget() {
  const readOnly = useReadOnly();
  const [hint, setHint] = useState<string | null>(null);
  const [refused, setRefused] = useState<string | null>(null);
  useEffect(() => {
    const over = (event: DragEvent): void => {
      if (!hasFiles(event)) return;
      event.preventDefault(); // else the browser would not let it drop here
      setHint(readOnly ?? guessDrop(typesOf(event)));
    };
    const leave = (event: DragEvent): void => {
      if (event.relatedTarget === null) setHint(null);
    };
    const drop = (event: DragEvent): void => {
      setHint(null);
      if (!hasFiles(event)) {
        refuseLink(event);
        return;
      }
      const taken = event.defaultPrevented; // by a drop zone
      event.preventDefault();
      setRefused(null);
      if (!taken) void take(event, readOnly).then(setRefused);
    };
    const listeners = { dragenter: over, dragover: over, dragleave: leave, drop } as const;
    const each = Object.entries(listeners) as ['drop', (event: DragEvent) => void][];
    for (const [name, listener] of each) window.addEventListener(name, listener);
    return () => {
      for (const [name, listener] of each) window.removeEventListener(name, listener);
    };
  }, [readOnly]);
  return (
    <>
      {refused !== null && (
        <Failure
          title="That was not taken"
          mb="md"
          withCloseButton
          closeButtonLabel="Dismiss this message"
          onClose={() => setRefused(null)}
          data-testid="drop-refused"
        >
          <Text size="sm" className="reading">
            {refused}
          </Text>
        </Failure>
      )}
      {hint !== null && (
        <div className={classes.drop} role="status" data-testid="drop-hint">
          {hint}
        </div>
      )}
    </>
  );
}

function hasFiles({ dataTransfer }: DragEvent): boolean {
  return dataTransfer?.types.includes('Files') ?? false;
}

function typesOf({ dataTransfer }: DragEvent): string[] {
  return [...(dataTransfer?.items ?? [])].filter(({ kind }) => kind === 'file').map(({ type }) => type);
}

/** A dropped link would be opened; text may still go into a field. */
function refuseLink(event: DragEvent): void {
  const { target } = event;
  if (target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement) return;
  event.preventDefault();
}

/** Hands the drop to its place and goes there; the sentence where none takes it. */
async function take(event: DragEvent, readOnly: string | undefined): Promise<string | null> {
  if (readOnly !== undefined) return readOnly;
  const found = await fromEvent(event).catch(() => []); // a folder that the browser may not read
  const files = found.flatMap((file) => (file instanceof File && !/(^|\/)\./.test(pathOf(file)) ? [file as File] : []));
  const drop = judgeDrop(files.map(pathOf));
  const file = 'path' in drop ? files.find((one) => pathOf(one) === drop.path)! : null;
  switch (drop.kind) {
    case 'refused':
      return drop.sentence;
    case 'dataset':
      goTo('data');
      void readDataset({ kind: 'file', file: file!, name: file!.name });
      return null;
    case 'adapter-zip':
      if (facts.getState().problem) return NO_GPU;
      goTo('runs');
      void importAdapter({ kind: 'zip', name: file!.name, file: file! });
      return null;
    case 'adapter-folder':
      if (facts.getState().problem) return NO_GPU;
      goTo('runs');
      void importAdapter({ kind: 'folder', ...folderOf(files) });
      return null;
    case 'model-folder': {
      if (facts.getState().problem) return NO_GPU;
      goTo('model');
      const { name, files: inside } = folderOf(files);
      void loadModelFolder(name, inside);
      return null;
    }
  }
}
