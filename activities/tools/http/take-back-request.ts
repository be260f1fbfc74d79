import { previewOf } from '../../../domain/tools/prepared-call.ts';
import {
  ToolError,
  type PerformContext,
  type ProbeResult,
  type TakeBack,
  type ToolContext,
  type ToolResult,
} from '../tool.ts';

/** A request that changes something. */
interface ChangingRequest {
  readonly url: string;
  readonly method: string;
}

/** How requests are looked at, sent and looked for. */
interface Requests<Request> {
  /** @throws {ToolError} when it may not be sent. */
  readonly factsOf: (request: Request, context: ToolContext) => Promise<unknown>;
  /** The request in full. */
  readonly detailOf: (request: Request) => string;
  readonly send: (request: Request, context: PerformContext) => Promise<ToolResult>;
  readonly probe: (request: Request, context: PerformContext) => Promise<ProbeResult>;
}

/** Answers that say that nothing was done, because what was to be changed is not there any more or not as it was. */
const movedOn = /^(?:404|409|410|412) /;

/** Takes a request back by the one that the call declared. Whether the state has moved on is for the server to say. */
export function takeBackRequest<Request extends ChangingRequest>({
  factsOf,
  detailOf,
  send,
  probe,
}: Requests<Request>): TakeBack<{ readonly undo?: Request | undefined }> {
  return {
    prepare: async ({ undo: asked }, context) => {
      const undo = declared(asked);
      await factsOf(undo, context);
      const { origin, pathname } = new URL(undo.url);
      return {
        preconditions: null,
        preview: previewOf(`${undo.method} ${origin}${pathname}`),
        detail: detailOf(undo),
      };
    },
    perform: async ({ undo }, context) => {
      const result = await send(declared(undo), context);
      if (result.status === 'error' && movedOn.test(result.text)) {
        throw new ToolError('conflict', `the server refuses: ${result.text.slice(0, 500)}`);
      }
      return result;
    },
    probe: async ({ undo }, context) => probe(declared(undo), context),
  };
}

function declared<Request>(undo: Request | undefined): Request {
  if (undo !== undefined) return undo;
  throw new ToolError(
    'compensation_failed',
    'the call declared no request by which it is taken back; ask the server for it by hand',
  );
}
