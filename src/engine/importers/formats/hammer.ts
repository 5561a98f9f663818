import type { CheckpointFormat } from './checkpointFormat';

export const hammer: CheckpointFormat = { name: 'Hammer', read: () => undefined };
