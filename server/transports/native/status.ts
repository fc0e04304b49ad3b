import { GrpcError, type StatusReply } from '../../../transport/index.ts';
import { NumStoreError } from '../../domain/errors.ts';
import type { Call } from '../../rpc/call.ts';
import { type OnInternalError, toStatus } from '../../rpc/status.ts';

/** The project's one table of statuses, for our own transport. */
export function createStatusMapper(
  onInternalError: OnInternalError,
): (error: unknown, call?: Call) => StatusReply {
  return (error, call) => {
    // What the transport itself found out, such as a deadline that has passed, is a status already.
    if (error instanceof GrpcError) {
      return { code: error.code, details: error.message, trailers: error.trailers };
    }
    const { code, details, metadata } = toStatus(error, onInternalError, call);
    const trailers = Object.entries(metadata.getMap()).map(([name, value]) => [name, String(value)] as const);
    return { code, details, trailers };
  };
}

/** Why a call's signal is aborted, in the words of the domain. */
export function abortReason(cause: 'cancelled' | 'deadline' | 'stalled'): NumStoreError {
  switch (cause) {
    case 'deadline':
      return new NumStoreError('DEADLINE_EXCEEDED', 'The deadline has passed');
    case 'stalled':
      return new NumStoreError('READER_STALLED', 'The reader has taken nothing for too long');
    case 'cancelled':
      return new NumStoreError('CANCELLED', 'The caller has gone');
  }
}
