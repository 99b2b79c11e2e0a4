/** The page where WebGPU is missing: what happened, what to do in this browser, and what still works. */
import { Alert, Anchor, Button, Group, List, Text } from '@mantine/core';
import type { DeviceProblem } from '../../../protocol/model.ts';
import { WarnIcon } from '../../parts/icons.tsx';
import { hashOf } from '../../router.ts';

const MENDS: Record<DeviceProblem['reason'], string[]> = {
  'no-webgpu': [
    'Use a current Chrome or Edge on Windows, macOS, Linux or ChromeOS.',
    'In Chrome on Linux, open chrome://flags, set "Unsafe WebGPU Support" to Enabled, and restart it.',
    'In Firefox, WebGPU is on by default only on some systems; see about:config, dom.webgpu.enabled.',
  ],
  'no-adapter': [
    'Turn on hardware acceleration: chrome://settings/system, "Use graphics acceleration when available", then restart the browser.',
    'Update the graphics driver; browsers block old ones.',
    'See chrome://gpu for what the browser says about your GPU.',
  ],
  'device-failed': [
    'Close other tabs and programs that use the GPU, then reload this page.',
    'Update the graphics driver; browsers block old ones.',
  ],
  'insecure-context': ['Open this page over https or from localhost; browsers offer WebGPU nowhere else.'],
};

export function NoGpu({ problem }: { problem: DeviceProblem }) {
  return (
    <Alert
      role="alert"
      variant="outline"
      color="orange"
      bg="var(--panel)"
      icon={<WarnIcon />}
      title="This browser offers no GPU to this page"
      mb="lg"
      data-testid="no-gpu"
    >
      <Text size="sm" className="reading">
        {problem.message}
      </Text>
      <Text size="sm" mt="sm" fw={600}>
        What to do
      </Text>
      <List size="sm" mt={4} className="reading" style={{ whiteSpace: 'normal' }}>
        {MENDS[problem.reason].map((mend) => (
          <List.Item key={mend}>{mend}</List.Item>
        ))}
      </List>
      <Text size="sm" mt="sm" className="reading">
        Loading, looking at and checking a dataset works without a GPU: see <Anchor href={hashOf('data')}>Data</Anchor>. Training and asking
        do not.
      </Text>
      <Group mt="sm">
        <Button size="xs" onClick={() => location.reload()}>
          Try again
        </Button>
      </Group>
    </Alert>
  );
}
