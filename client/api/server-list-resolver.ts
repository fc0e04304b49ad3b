import { type ChannelOptions, experimental, status } from '@grpc/grpc-js';
import { formatAddress, formatHostPort, type ServerAddress, serverAddresses } from './address.ts';

/*
 * grpc-js spreads calls over the addresses of one name (its round_robin policy leaves out servers that are down and
 * takes them back), and over a list of IP addresses. What it lacks is a list of names: this resolver puts the
 * addresses of several of its own DNS resolvers together.
 */

const scheme = 'numstore-servers';
/** Every address that we write has a port. */
const portUnused = 0;

/** The grpc-js target that stands for all of `servers`; each is one endpoint for the round_robin policy. */
export function listTarget(servers: readonly ServerAddress[]): string {
  experimental.registerResolver(scheme, ListResolver); // the same again has no effect
  return `${scheme}:${servers.map(formatAddress).join(',')}`;
}

type Endpoints = experimental.StatusOr<experimental.Endpoint[]>;

/** One name of the list, and what is known of it. */
interface Member {
  readonly server: ServerAddress;
  readonly resolver: experimental.Resolver;
  /** undefined: nothing yet */
  result: Endpoints | undefined;
}

class ListResolver implements experimental.Resolver {
  readonly #listener: experimental.ResolverListener;
  readonly #members: readonly Member[];
  #isOpen = false;
  #telling: NodeJS.Immediate | undefined;
  #told: string | undefined;

  constructor(
    target: experimental.GrpcUri,
    listener: experimental.ResolverListener,
    options: ChannelOptions,
  ) {
    this.#listener = listener;
    this.#members = serversOf(target).map((server) => this.#createMember(server, options));
  }

  static getDefaultAuthority(target: experimental.GrpcUri): string {
    const [first] = serversOf(target);
    return first === undefined ? '' : formatHostPort(first);
  }

  updateResolution(): void {
    this.#isOpen = true;
    for (const { resolver } of this.#members) resolver.updateResolution();
  }

  destroy(): void {
    this.#isOpen = false;
    this.#told = undefined;
    clearImmediate(this.#telling);
    this.#telling = undefined;
    for (const member of this.#members) {
      member.resolver.destroy();
      member.result = undefined;
    }
  }

  #createMember(server: ServerAddress, options: ChannelOptions): Member {
    const target = { scheme: 'dns', path: formatHostPort(server) };
    const member: Member = {
      server,
      resolver: experimental.createResolver(target, (endpoints) => this.#take(member, endpoints), options),
      result: undefined,
    };
    return member;
  }

  #take(member: Member, endpoints: Endpoints): boolean {
    if (!this.#isOpen) return true; // a resolver of grpc-js may still speak just after it was destroyed
    member.result = endpoints;
    // nobody else would ask for this name again while the others answer; the resolver itself sees to the backoff
    if (!endpoints.ok) member.resolver.updateResolution();
    // addresses that are known at once are told at once, together; a slow name does not hold them up
    this.#telling ??= setImmediate(() => this.#tell());
    return true;
  }

  /** Tells what is known if that is news: each time, the policy starts over. */
  #tell(): void {
    this.#telling = undefined;
    const endpoints = this.#members.flatMap(endpointsOf);
    if (endpoints.length === 0 && this.#members.some(({ result }) => result === undefined)) return;
    const news = endpoints.map(experimental.endpointToString).join();
    if (news === this.#told) return;
    this.#told = news;
    const details = 'none of the names of the servers could be resolved';
    const result: Endpoints =
      endpoints.length > 0
        ? experimental.statusOrFromValue(endpoints)
        : experimental.statusOrFromError({ code: status.UNAVAILABLE, details });
    this.#listener(result, {}, null, '');
  }
}

function endpointsOf({ server, result }: Member): experimental.Endpoint[] {
  if (result?.ok !== true) return [];
  // localhost is one server, whether it is reached at ::1 or at 127.0.0.1
  return server.isEach
    ? result.value
    : [{ addresses: result.value.flatMap((endpoint) => endpoint.addresses) }];
}

function serversOf(target: experimental.GrpcUri): readonly ServerAddress[] {
  return serverAddresses(target.path, portUnused);
}
