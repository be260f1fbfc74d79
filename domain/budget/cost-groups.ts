/** By what costs can be summed. Days are days of UTC. */
export const costGroups = ['project', 'model', 'day', 'run', 'specialist'] as const;

export type CostGroup = (typeof costGroups)[number];
