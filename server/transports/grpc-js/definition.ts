import type {
  handleServerStreamingCall,
  handleUnaryCall,
  MethodDefinition,
  ServiceDefinition,
} from '@grpc/grpc-js';

/**
 * The methods that a generated service interface names. The generated interfaces also carry an index signature,
 * through which a misspelt method would pass unseen: `satisfies Known<...>` sees it.
 */
export type Known<Service> = {
  [Name in keyof Service as string extends Name ? never : Name]: OnBytes<Service[Name]>;
};

/** A handler as grpc-js wants it, of a method whose requests are bytes. */
type OnBytes<Handler> =
  Handler extends handleUnaryCall<infer _Request, infer Response>
    ? handleUnaryCall<Uint8Array, Response>
    : Handler extends handleServerStreamingCall<infer _Request, infer Response>
      ? handleServerStreamingCall<Uint8Array, Response>
      : Handler;

/**
 * The same service, but with requests as bytes: grpc-js turns whatever a deserialiser throws into INTERNAL, so
 * handlers decode.
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
