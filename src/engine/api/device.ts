/** Opening the GPU, describing what it offers or why there is none, and the self-test of every kernel. */
import { throwIfCancelled } from '../../lib/cancel.ts';
import { MotherTongueError } from '../../lib/errors.ts';
import type { DeviceProblem, DeviceSummary } from '../../protocol/model.ts';
import { Gpu } from '../gpu/device.ts';
import { capabilitiesOf } from '../models/session.ts';
import { allTwins } from '../reference/index.ts';
import { runCase } from '../reference/self-test.ts';
import type { EngineState } from './engine-state.ts';

const PROBLEMS: Record<DeviceProblem['reason'], string> = {
  'no-webgpu': 'This browser has no WebGPU. Open this page in a current Chrome or Edge (version 121 or newer).',
  'no-adapter':
    'WebGPU is available, but the browser found no graphics adapter. Turn on hardware acceleration in the browser settings and update the graphics driver; on Linux also check chrome://gpu for Vulkan.',
  'device-failed': 'The graphics adapter refused to open. Close other pages that use the GPU and reload; a driver update may help.',
  'insecure-context': 'WebGPU works only on https addresses and on localhost. Open this page through one of them.',
};

/** Opens the GPU and emits its description, or why there is none; true when there is one. */
export async function openDevice(engine: EngineState, secure: boolean): Promise<boolean> {
  const { webgpu } = engine.places;
  const fail = (reason: DeviceProblem['reason'], detail = ''): false => {
    engine.emit({ type: 'device', device: null, problem: { reason, message: PROBLEMS[reason] + (detail && ` (${detail})`) } });
    return false;
  };
  if (!secure) return fail('insecure-context');
  if (!webgpu) return fail('no-webgpu');
  try {
    acceptDevice(engine, await Gpu.open(webgpu));
    return true;
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return error instanceof MotherTongueError ? fail('no-adapter') : fail('device-failed', detail);
  }
}

/** Takes over an opened GPU and watches for its loss. */
export function acceptDevice(engine: EngineState, gpu: Gpu): void {
  engine.gpu = gpu;
  engine.lost = null;
  gpu.whenLost((error) => lose(engine, gpu, error));
  engine.emit({ type: 'device', device: describe(gpu), problem: null });
}

/** All that was on the GPU is gone; what can bring it back stays: where the model came from, its text, the dataset, the run's last step. */
function lose(engine: EngineState, gpu: Gpu, error: MotherTongueError): void {
  if (engine.gpu !== gpu) return;
  engine.gpu = null;
  engine.model = null;
  engine.adapter = null;
  engine.lost = new MotherTongueError('DeviceError', `${error.message} Reopen it with the button at the top of the page.`);
  engine.emit({ type: 'device-lost', message: error.message });
  engine.emit({ type: 'adapter', adapter: null });
  engine.reportMemory();
  engine.run?.wake(); // a paused run ends too
}

function describe({ device, info }: Gpu): DeviceSummary {
  const limits: Record<string, number> = {};
  for (const name in device.limits) {
    const value = device.limits[name as keyof GPUSupportedLimits];
    if (typeof value === 'number') limits[name] = value;
  }
  const text = `${info.vendor} ${info.architecture} ${info.device} ${info.description}`;
  return {
    vendor: info.vendor,
    architecture: info.architecture,
    device: info.device,
    description: info.description,
    software: /swiftshader|llvmpipe|lavapipe|software|basic render/i.test(text),
    features: [...device.features].sort(),
    limits,
  };
}

/** All cases of all ops on this GPU; each result is an event. */
export async function selfTest(engine: EngineState): Promise<{ passed: number; failed: number }> {
  const gpu = engine.needGpu();
  const capabilities = capabilitiesOf(gpu);
  const all = allTwins.flatMap((twin) => twin.cases.map((c) => ({ twin, c })));
  let passed = 0;
  return engine.task('self-test', 'Testing the kernels', 'kernels', async (signal, progress) => {
    for (const [i, { twin, c }] of all.entries()) {
      throwIfCancelled(signal, 'The self-test');
      const release = await engine.lock();
      try {
        const { kernels, title, error, tolerance, passed: good } = await runCase(gpu, twin, c, capabilities);
        if (good) passed++;
        engine.emit({
          type: 'self-test',
          result: { kernel: kernels.join(', '), title: `${twin.op.name}: ${title}`, error, tolerance, passed: good },
        });
      } catch (error) {
        if (gpu.lost) throw gpu.lost;
        const message = error instanceof Error ? error.message : String(error);
        engine.emit({
          type: 'self-test',
          result: {
            kernel: twin.op.name,
            title: `${twin.op.name}: ${c.title}`,
            error: Number.POSITIVE_INFINITY,
            tolerance: 1e-5,
            passed: false,
            message,
          },
        });
      } finally {
        release();
      }
      progress(i + 1, all.length);
    }
    return { passed, failed: all.length - passed };
  });
}
