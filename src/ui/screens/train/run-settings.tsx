/** The settings that a run was started with, by their names, while it goes on and afterwards; those of the form may be others by then. */
import { Button, Collapse, CopyButton, Group, Text } from '@mantine/core';
import { useState } from 'react';
import type { RunRecord } from '../../../protocol/training.ts';
import { isRunning } from '../../../state/facts.ts';
import { namedSettings, runSettingRows } from '../../../state/run-settings.ts';
import { takeSettings } from '../../../state/settings.ts';
import { DownIcon } from '../../parts/icons.tsx';
import classes from './train.module.css';

export function RunSettings({ run }: { run: RunRecord }) {
  const [open, setOpen] = useState(false);
  return (
    <div data-testid="run-settings">
      <Button
        variant="subtle"
        color="gray"
        c="var(--mantine-color-text)"
        size="compact-sm"
        px={4}
        aria-expanded={open}
        rightSection={<DownIcon size={12} />}
        onClick={() => setOpen(!open)}
      >
        Settings of this run
      </Button>
      <Collapse expanded={open} keepMounted={false}>
        <dl className={classes.runSettings}>
          {runSettingRows(run.settings).map(({ label, name, value, changed }) => (
            <div key={name} data-changed={changed}>
              <dt>
                {label} <span className={classes.name}>{name}</span>
              </dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
        <Group gap="xs" mt="xs">
          <CopyButton value={JSON.stringify(namedSettings(run.settings), null, 2)}>
            {({ copied, copy }) => (
              <Button size="compact-xs" variant="default" onClick={copy}>
                {copied ? 'Copied' : 'Copy as run.json'}
              </Button>
            )}
          </CopyButton>
          {!isRunning(run.phase) && (
            <Button size="compact-xs" variant="default" onClick={() => takeSettings(run.settings)} data-testid="use-run-settings">
              Use these settings again
            </Button>
          )}
          <Text size="xs" c="dimmed">
            In bold: what differs from the defaults of TRL and PEFT.
          </Text>
        </Group>
      </Collapse>
    </div>
  );
}
