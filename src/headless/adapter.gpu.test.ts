/** The Node GPU is real: an adapter is found, a compute shader runs, its numbers come back. Fails, never skips, where there is no adapter. */
import { expect, test } from 'vitest';
import { openNodeGpu } from './adapter.ts';

const square = /* wgsl */ `
@group(0) @binding(0) var<storage, read_write> x: array<f32>;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) { x[id.x] = x[id.x] * x[id.x]; }`;

test('a compute shader squares 256 numbers', async () => {
  const gpu = await openNodeGpu();
  const adapter = await gpu.requestAdapter();
  const device = await adapter!.requestDevice();
  const buffer = device.createBuffer({ size: 1024, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC });
  const readback = device.createBuffer({ size: 1024, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  const values = Float32Array.from({ length: 256 }, (_, i) => i / 4);
  device.queue.writeBuffer(buffer, 0, values);

  const module = device.createShaderModule({ code: square });
  const pipeline = await device.createComputePipelineAsync({ layout: 'auto', compute: { module, entryPoint: 'main' } });
  const group = device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries: [{ binding: 0, resource: { buffer } }] });
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, group);
  pass.dispatchWorkgroups(4);
  pass.end();
  encoder.copyBufferToBuffer(buffer, 0, readback, 0, 1024);
  device.queue.submit([encoder.finish()]);
  await readback.mapAsync(GPUMapMode.READ);

  expect(new Float32Array(readback.getMappedRange())).toEqual(values.map((value) => value * value));
  device.destroy();
});

test('the adapter offers at least the default limits', async () => {
  const adapter = await (await openNodeGpu()).requestAdapter();
  expect(adapter?.limits.maxStorageBufferBindingSize).toBeGreaterThanOrEqual(128 * 1024 * 1024);
  expect(adapter?.limits.maxComputeInvocationsPerWorkgroup).toBeGreaterThanOrEqual(256);
});
