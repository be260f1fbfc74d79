// The bundle's entry. Every name here is a Workflow Type: never rename one.
export { runWorkflow } from './run/run-workflow.ts';
export { upkeepWorkflow } from './upkeep/upkeep-workflow.ts';
export { undoWorkflow } from './undo/undo-workflow.ts';
export { lockWorkflow } from './locks/lock-workflow.ts';
