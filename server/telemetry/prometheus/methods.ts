import { HealthService } from '../../../generated/grpc/health/v1/health.ts';
import { ServerReflectionService } from '../../../generated/grpc/reflection/v1/reflection.ts';
import { NumStoreExtendedService, NumStoreService } from '../../../generated/numstore.ts';

/** What a method is called in metrics; the names are those of other gRPC servers. */
export interface MethodLabels {
  readonly grpc_type: 'unary' | 'server_stream' | 'bidi_stream';
  readonly grpc_service: string;
  readonly grpc_method: string;
}

/** Every method that is served, by its path: there can be no other labels. */
export const methodLabels: ReadonlyMap<string, MethodLabels> = new Map(
  [NumStoreService, NumStoreExtendedService, HealthService, ServerReflectionService]
    .flatMap((service) => Object.values(service))
    .map(({ path, requestStream, responseStream }) => {
      const [, grpc_service = '', grpc_method = ''] = path.split('/');
      const grpc_type = requestStream ? 'bidi_stream' : responseStream ? 'server_stream' : 'unary';
      return [path, { grpc_type, grpc_service, grpc_method }];
    }),
);

/** What the calls of a method ask of the store, where it is one thing. */
export const storeOperations: ReadonlyMap<string, 'read' | 'set' | 'add' | 'delete'> = new Map([
  [NumStoreService.setNum.path, 'set'],
  [NumStoreService.fact.path, 'read'],
  [NumStoreExtendedService.factExact.path, 'read'],
  [NumStoreExtendedService.getNum.path, 'read'],
  [NumStoreExtendedService.addNum.path, 'add'],
  [NumStoreExtendedService.deleteNum.path, 'delete'],
]);
