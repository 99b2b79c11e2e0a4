/** A load opens, reads and checks a model once: what the page is told, the hash and the weights on the GPU come from the same files. */
import { expect, it, vi } from 'vitest';
import { bundledFiles } from '../../../e2e/fixtures/bundled-tab.ts';
import { openNodeGpu } from '../../headless/adapter.ts';
import { memoryStore } from '../files/byte-store.ts';
import { families } from '../models/index.ts';
import { openDevice } from './device.ts';
import { EngineState } from './engine-state.ts';
import { loadModel } from './model.ts';

/** A file that notes the ranges that are read of it. */
class NotedFile extends Blob {
  readonly ranges: [number, number][] = [];
  override slice(start = 0, end = this.size): Blob {
    this.ranges.push([start, end]);
    return super.slice(start, end);
  }
}

it('reads config.json and the header of the weights once, and lists the expected tensors once', async () => {
  const files = bundledFiles((bytes) => new NotedFile([bytes]));
  const ranges = (path: string): [number, number][] => files.find((file) => file.path === path)!.file.ranges;
  const engine = new EngineState({ files: memoryStore(), models: null, webgpu: await openNodeGpu() });
  await openDevice(engine, true);
  const tensors = vi.spyOn(families.gpt_oss!, 'tensors');
  const parse = vi.spyOn(families.gpt_oss!, 'parse');

  const summary = await loadModel(engine, { kind: 'folder', name: 'mini', files });

  expect(ranges('config.json').length).toBe(1);
  expect(ranges('model.safetensors').filter(([start]) => start === 0).length).toBe(1); // the header's length; its text follows
  expect(ranges('model.safetensors').filter(([start]) => start === 8).length).toBe(1);
  expect(parse).toHaveBeenCalledTimes(1);
  expect(tensors).toHaveBeenCalledTimes(1);
  expect(summary).toMatchObject({ family: 'gpt_oss', parameters: engine.model!.session.parameters, quant_method: 'mxfp4' });
  expect(engine.model!.session.weights.size).toBeGreaterThan(20);
  engine.gpu!.close();
});
