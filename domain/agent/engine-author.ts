/** Author of messages that the engine itself adds; nobody else may use the name. */
export const engineAuthor = 'holdfast';
