/** The worker that reads what other programs wrote (api/reading.ts), so that no such file can hold up the engine. It has no GPU and no state of the engine. */
import { expose } from 'comlink';
import { createReading } from './api/reading.ts';

expose(createReading());
