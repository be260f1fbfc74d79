import { HoldfastError } from '../../../../domain/failures.ts';
import { ToolError } from '../../tool.ts';

/** Turns what is wrong with a request into an answer to the model. What the machine lacks stays what it is. */
export async function asToolError<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.code === 'sandbox_unavailable') throw error;
    const fields = (error.fieldErrors ?? []).map(
      ({ field, constraint }) => `${field} ${constraint}`,
    );
    throw new ToolError(error.code, [error.message, ...fields].join('; '));
  }
}
