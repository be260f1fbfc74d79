/** What a tool does to the world: read, change, destructive, wait (for a person), finish (ends the run). */
export type Access = 'read' | 'change' | 'destructive' | 'wait' | 'finish';
