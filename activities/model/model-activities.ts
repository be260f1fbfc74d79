import type { ModelActivities } from '../../domain/agent/activities.ts';
import { attempt } from '../effects/ledger/attempt.ts';
import { StoppedByRow, type StopWatcher } from '../effects/perform/stop-watcher.ts';
import type { ModelDependencies } from './dependencies.ts';
import { invokeModel } from './turn/invoke-model.ts';
import { ModelCallStopped } from './model-gateway.ts';

/** Makes the activity that asks models. */
export function createModelActivities(
  dependencies: ModelDependencies,
  stops: StopWatcher,
): ModelActivities {
  return {
    invokeModel: async (input) =>
      attempt(
        async (signal) => {
          try {
            return await invokeModel(dependencies, input, signal);
          } catch (error) {
            const { reason } = signal;
            if (error instanceof ModelCallStopped && reason instanceof StoppedByRow) {
              return { type: 'stopped', scope: reason.scope };
            }
            throw error;
          }
        },
        { stops, run: input.run, ends: 'also-when-lost' },
      ),
  };
}
