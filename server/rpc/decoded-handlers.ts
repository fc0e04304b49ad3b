import {
  AddNumRequest,
  DeleteNumRequest,
  FactExactRequest,
  FactRequest,
  GetNumRequest,
  GetStatsRequest,
  ListNumsRequest,
  SetNumRequest,
} from '../../generated/numstore.ts';
import type { Call } from './call.ts';
import { decodeRequest } from './decode.ts';
import type { Handlers } from './handlers.ts';
import type { MessageType } from './message-type.ts';

/**
 * What a transport serves: handlers that get the bytes of their request. So whatever stands before them, such as the guard,
 * has its say before anything of the request is read.
 */
export type WireHandlers = {
  readonly [Name in keyof Handlers]: (bytes: Uint8Array, call: Call) => ReturnType<Handlers[Name]>;
};

/** Puts the decoding of the request before a handler. @throws NumStoreError INVALID_REQUEST, when it is called */
export function decoding<Request, Answer>(
  type: MessageType<Request>,
  handler: (request: Request, call: Call) => Answer,
): (bytes: Uint8Array, call: Call) => Answer {
  return (bytes, call) => handler(decodeRequest(type, bytes), call);
}

/** All handlers behind the decoding of their requests. */
export function decodeHandlers(handlers: Handlers): WireHandlers {
  return {
    setNum: decoding(SetNumRequest, handlers.setNum),
    fact: decoding(FactRequest, handlers.fact),
    factExact: decoding(FactExactRequest, handlers.factExact),
    getNum: decoding(GetNumRequest, handlers.getNum),
    addNum: decoding(AddNumRequest, handlers.addNum),
    deleteNum: decoding(DeleteNumRequest, handlers.deleteNum),
    listNums: decoding(ListNumsRequest, handlers.listNums),
    getStats: decoding(GetStatsRequest, handlers.getStats),
  };
}
