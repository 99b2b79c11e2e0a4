/**
 * WebGPU under Node: Dawn's bindings from npm `webgpu`, over whatever Vulkan driver scripts/vulkan.mjs chooses (Metal or Direct3D elsewhere).
 * The browser's own WebGPU is not involved; the engine takes either GPU object.
 *
 * Invariant: the driver is chosen before Dawn first looks for one, so this needs the main thread of a process (vitest pool `forks`, not
 * `threads`), where setting process.env reaches the C library.
 */
import { create, globals } from 'webgpu';
import { noAdapter, vulkanEnvironment } from '../../scripts/vulkan.mjs';
import { MotherTongueError } from '../lib/errors.ts';

let opened: GPU | undefined;

/** The one GPU of this process; throws where no driver gives an adapter. Also defines GPUBufferUsage and its like globally, as a browser does. */
export async function openNodeGpu(): Promise<GPU> {
  if (!opened) {
    Object.assign(process.env, vulkanEnvironment());
    Object.assign(globalThis, globals);
    const gpu = create([]);
    if (!(await gpu.requestAdapter())) throw new MotherTongueError('DeviceError', noAdapter());
    opened = gpu;
  }
  return opened;
}
