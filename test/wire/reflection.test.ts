import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { credentials } from '@grpc/grpc-js';
import {
  ServerReflectionClient,
  type ServerReflectionRequest,
  type ServerReflectionResponse,
} from '../../generated/grpc/reflection/v1/reflection.ts';
import { type ServedStack, serveStack } from '../support/stack.ts';

let stack: ServedStack;
let client: ServerReflectionClient;
before(async () => {
  stack = await serveStack();
  client = new ServerReflectionClient(stack.address, credentials.createInsecure(), {
    'grpc.enable_http_proxy': 0,
  });
});
after(async () => {
  client.close();
  await stack.close();
});

type Question = ServerReflectionRequest['messageRequest'];

/** Asks on one stream, and gives the answers in their order. */
async function ask(...questions: Question[]): Promise<ServerReflectionResponse['messageResponse'][]> {
  const call = client.serverReflectionInfo();
  const answers: ServerReflectionResponse['messageResponse'][] = [];
  call.on('data', (response: ServerReflectionResponse) => answers.push(response.messageResponse));
  for (const messageRequest of questions) call.write({ host: '', messageRequest });
  call.end();
  await once(call, 'end');
  return answers;
}

test('reflection: lists every service that is served', async () => {
  const [answer] = await ask({ $case: 'listServices', value: '' });
  assert.equal(answer?.$case, 'listServicesResponse');
  const names = answer?.$case === 'listServicesResponse' ? answer.value.service.map(({ name }) => name) : [];
  assert.deepEqual(names, [
    'NumStore',
    'NumStoreExtended',
    'grpc.health.v1.Health',
    'grpc.reflection.v1.ServerReflection',
  ]);
});

test('reflection: a service, a message, a method and a field lead to their file, and so does its name', async () => {
  const symbols = ['NumStore', 'SetNumRequest', 'NumStore.Fact', 'FactResponse.hit', '.NumStore'];
  const answers = await ask(...symbols.map((value) => ({ $case: 'fileContainingSymbol', value }) as const), {
    $case: 'fileByFilename',
    value: 'numstore.proto',
  });
  assert.equal(answers.length, symbols.length + 1);
  for (const answer of answers) {
    assert.equal(answer?.$case, 'fileDescriptorResponse');
    const [file] = answer?.$case === 'fileDescriptorResponse' ? answer.value.fileDescriptorProto : [];
    assert.ok(file);
    const descriptor = fromBinary(FileDescriptorProtoSchema, file);
    assert.equal(descriptor.name, 'numstore.proto');
    assert.equal(descriptor.service[0]?.name, 'NumStore');
  }
});

test('reflection: what is not here is NOT_FOUND inside the answer, and the stream goes on', async () => {
  const answers = await ask(
    { $case: 'fileContainingSymbol', value: 'Nothing' },
    { $case: 'fileByFilename', value: 'nothing.proto' },
    { $case: 'allExtensionNumbersOfType', value: 'Nothing' },
    { $case: 'fileContainingExtension', value: { containingType: 'FactRequest', extensionNumber: 1 } },
    undefined,
    { $case: 'allExtensionNumbersOfType', value: 'FactRequest' },
  );
  const codes = answers.map((answer) =>
    answer?.$case === 'errorResponse' ? answer.value.errorCode : answer?.$case,
  );
  assert.deepEqual(codes, [5, 5, 5, 5, 3, 'allExtensionNumbersResponse']);
});

test('reflection: what a caller sent is repeated up to 200 characters', async () => {
  const long = 'n'.repeat(9_000);
  const answers = await ask(
    { $case: 'fileContainingSymbol', value: long },
    { $case: 'fileByFilename', value: long },
    { $case: 'allExtensionNumbersOfType', value: long },
  );
  for (const answer of answers) {
    const text = answer?.$case === 'errorResponse' ? answer.value.errorMessage : '';
    assert.match(text, /^There is no (symbol |file |type )?n{190,200}\.\.\. here$/);
  }
});
