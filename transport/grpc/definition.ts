/** One method of a service as generators for grpc-js write it, as far as a server needs it. */
export interface ServerMethod<Request, Response> {
  readonly path: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  readonly requestDeserialize: (bytes: Buffer) => Request;
  readonly responseSerialize: (message: Response) => Uint8Array;
}

/** The same, as far as a client needs it. */
export interface ClientMethod<Request, Response> {
  readonly path: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  readonly requestSerialize: (message: Request) => Uint8Array;
  readonly responseDeserialize: (bytes: Buffer) => Response;
}

/** Narrows a method to one kind, so that a handler of another kind does not compile. */
export interface Kind<RequestStream extends boolean, ResponseStream extends boolean> {
  readonly requestStream: RequestStream;
  readonly responseStream: ResponseStream;
}
