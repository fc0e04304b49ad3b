import {
  createFileRegistry,
  type DescFile,
  type FileRegistry,
  fromBinary,
  toBinary,
} from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import type {
  ServerReflectionRequest,
  ServerReflectionResponse,
} from '../../generated/grpc/reflection/v1/reflection.ts';
import type { BidiHandler } from './call.ts';
import { echo } from './echo.ts';

type Answer = ServerReflectionResponse['messageResponse'];

/** gRPC's NOT_FOUND and INVALID_ARGUMENT, as numbers inside the protocol's own error message. */
const notFound = 5;
const invalidArgument = 3;

/**
 * Server reflection, version 1: tells a client without our .proto file which services there are and what they look
 * like.
 *
 * @param descriptors a serialised FileDescriptorSet of every file that `services` need
 * @param services full names of the services to list
 * @throws Error if `descriptors` is no such set or lacks a service
 */
export function createReflection(
  descriptors: Uint8Array,
  services: readonly string[],
): BidiHandler<ServerReflectionRequest, ServerReflectionResponse> {
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, descriptors));
  for (const name of services) {
    if (registry.getService(name) === undefined) throw new Error(`The descriptors lack the service ${name}`);
  }

  return async function* reflect(requests) {
    for await (const request of requests) {
      yield {
        validHost: request.host,
        originalRequest: request,
        messageResponse: answer(request.messageRequest, registry, services),
      };
    }
  };
}

function answer(
  request: ServerReflectionRequest['messageRequest'],
  registry: FileRegistry,
  services: readonly string[],
): Answer {
  switch (request?.$case) {
    case 'listServices': {
      const service = services.map((name) => ({ name }));
      return { $case: 'listServicesResponse', value: { service } };
    }
    case 'fileByFilename':
      return describe(registry.getFile(request.value), `file ${request.value}`);
    case 'fileContainingSymbol':
      return describe(fileOf(registry, request.value), `symbol ${request.value}`);
    case 'fileContainingExtension':
      return failed(notFound, 'There are no extensions here');
    case 'allExtensionNumbersOfType': {
      const type = request.value;
      if (registry.getMessage(type) === undefined)
        return failed(notFound, `There is no type ${echo(type)} here`);
      return { $case: 'allExtensionNumbersResponse', value: { baseTypeName: type, extensionNumber: [] } };
    }
    case undefined:
      return failed(invalidArgument, 'Expected a request for services, a file, a symbol or extensions');
  }
}

/** The file that declares `symbol`: a type or a service, or a method or a field inside one. */
function fileOf(registry: FileRegistry, symbol: string): DescFile | undefined {
  const name = symbol.replace(/^\./, '');
  const whole = registry.get(name);
  const declared = whole ?? registry.get(name.slice(0, Math.max(0, name.lastIndexOf('.'))));
  return declared?.file;
}

function describe(file: DescFile | undefined, what: string): Answer {
  if (file === undefined) return failed(notFound, `There is no ${echo(what)} here`);
  const fileDescriptorProto = [...withDependencies(file)].map(({ proto }) =>
    Buffer.from(toBinary(FileDescriptorProtoSchema, proto)),
  );
  return { $case: 'fileDescriptorResponse', value: { fileDescriptorProto } };
}

/** The file and everything that it imports, each once. */
function withDependencies(file: DescFile, seen = new Set<DescFile>()): Set<DescFile> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const dependency of file.dependencies) withDependencies(dependency, seen);
  return seen;
}

function failed(errorCode: number, errorMessage: string): Answer {
  return { $case: 'errorResponse', value: { errorCode, errorMessage } };
}
