import type { MethodDefinition, ServiceDefinition } from '@grpc/grpc-js';

/**
 * The methods that a generated service interface names. The generated interfaces also carry an index signature,
 * through which a misspelt method would pass unseen: `satisfies Known<...>` sees it.
 */
export type Known<Service> = { [Name in keyof Service as string extends Name ? never : Name]: Service[Name] };

/**
 * The same service, but with requests as bytes: grpc-js turns whatever a deserialiser throws into INTERNAL, so
 * the adapters decode.
 */
export function withBytesAsRequests(definition: ServiceDefinition): ServiceDefinition {
  const entries = Object.entries(definition).map(([name, method]) => {
    const bytesOnly: MethodDefinition<unknown, unknown> = {
      ...method,
      requestDeserialize: (bytes: Buffer) => bytes,
    };
    return [name, bytesOnly] as const;
  });
  return Object.fromEntries(entries);
}
