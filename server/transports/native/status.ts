import { GrpcError } from '../../../transport/index.ts';
import { NumStoreError } from '../../domain/errors.ts';
import type { Call } from '../../rpc/call.ts';
import { type ErrorStatus, type OnInternalError, toStatus } from '../../rpc/status.ts';

/** The project's one table of statuses, and what the transport itself found out, such as a deadline that has passed. */
export function createStatusMapper(
  onInternalError: OnInternalError,
): (error: unknown, call?: Call) => ErrorStatus {
  return (error, call) =>
    error instanceof GrpcError
      ? { code: error.code, details: error.message, trailers: error.trailers }
      : toStatus(error, onInternalError, call);
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
